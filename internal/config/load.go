package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/v2"

	"bellwether/internal/platform/fault"
)

const envPrefix = "BELLWETHER_"

// maxFile is how large a configuration file may be, in bytes.
const maxFile = 1 << 20

// foreign are variables with our prefix that others set: our own tests and
// scripts, and Kubernetes for a service of our name.
var foreign = regexp.MustCompile(`^BELLWETHER_(TEST_|E2E_|(BIN|API|OPENAPI)$|([A-Z0-9]+_)*(SERVICE_(HOST|PORT)|PORT)(_|$))`)

// Sources is where settings come from, weakest first.
type Sources struct {
	File  string            // YAML; "" = none. One that is named must be there.
	Env   []string          // as of os.Environ
	Flags map[string]string // dotted key → value, as in the environment
	Demo  bool              // see Config.Demo
}

// Load reads and validates the settings. It fails with fault.Invalid and names
// each key that is unknown or wrong.
func Load(s Sources) (Config, error) {
	c := Default()
	c.Demo = s.Demo
	keys := schema(&c)
	k := koanf.New(".")
	file, err := readFile(s.File, keys)
	if err != nil {
		return Config{}, err
	}
	env, err := readEnv(s.Env, keys)
	if err != nil {
		return Config{}, err
	}
	flags, err := readFlags(s.Flags, keys)
	if err != nil {
		return Config{}, err
	}
	for _, layer := range []values{file, env, flags} {
		if err := k.Load(layer, nil); err != nil {
			return Config{}, err
		}
	}
	var wrong []fault.Field
	for _, n := range leaves(keys) {
		if !k.Exists(n.path) {
			continue
		}
		if msg := set(n.value, k.Get(n.path)); msg != "" {
			wrong = append(wrong, fault.Field{Path: n.path, Message: msg})
		}
	}
	if len(wrong) > 0 {
		return Config{}, wrongKeys(wrong)
	}
	c.normalize()
	if wrong := c.validate(); len(wrong) > 0 {
		return Config{}, wrongKeys(wrong)
	}
	return c, nil
}

func wrongKeys(list []fault.Field) error {
	lines := make([]string, len(list))
	for i, f := range list {
		lines[i] = f.Path + ": " + f.Message
	}
	return fault.InvalidFields("the configuration is wrong: "+strings.Join(lines, "; "), list...)
}

// values is a layer of settings, nested by section.
type values map[string]any

var _ koanf.Provider = values(nil)

// ReadBytes is not supported: a layer is parsed already.
func (values) ReadBytes() ([]byte, error) { return nil, errors.New("no bytes") }

// Read returns the layer.
func (v values) Read() (map[string]any, error) { return v, nil }

func (v values) put(path string, value any) {
	m := map[string]any(v)
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := m[p].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[p] = next
		}
		m = next
	}
	m[parts[len(parts)-1]] = value
}

func readFile(path string, keys []node) (values, error) {
	if path == "" {
		return values{}, nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "the configuration file %s does not exist", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fault.New(fault.Invalid, "the configuration file %s is larger than %d bytes", path, maxFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	m, err := yaml.Parser().Unmarshal(b)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the configuration file %s is not YAML: %v", path, err)
	}
	if wrong := unknown("", m, keys); len(wrong) > 0 {
		return nil, wrongKeys(wrong)
	}
	return m, nil
}

// unknown returns the keys of m that are not in the schema, and the values that
// stand where a section should.
func unknown(prefix string, m map[string]any, keys []node) []fault.Field {
	var wrong []fault.Field
	for name, v := range m {
		i := slices.IndexFunc(keys, func(n node) bool { return n.name == name })
		if i < 0 {
			wrong = append(wrong, fault.Field{Path: prefix + name, Message: "there is no such key"})
			continue
		}
		sub, isMap := v.(map[string]any)
		switch {
		case keys[i].children != nil && isMap:
			wrong = append(wrong, unknown(keys[i].path+".", sub, keys[i].children)...)
		case keys[i].children != nil && v != nil:
			wrong = append(wrong, fault.Field{Path: keys[i].path, Message: "keys below it are wanted"})
		case keys[i].children == nil && isMap:
			wrong = append(wrong, fault.Field{Path: keys[i].path, Message: "it has no keys below it"})
		}
	}
	slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	return wrong
}

func readEnv(env []string, keys []node) (values, error) {
	known := map[string]string{}
	for _, n := range leaves(keys) {
		known[n.env()] = n.path
	}
	out := values{}
	var wrong []fault.Field
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		path, ok := known[name]
		switch {
		case ok:
			out.put(path, value)
		case strings.HasPrefix(name, envPrefix) && !foreign.MatchString(name):
			wrong = append(wrong, fault.Field{Path: name, Message: "there is no such key"})
		}
	}
	if len(wrong) > 0 {
		return nil, wrongKeys(wrong)
	}
	return out, nil
}

func readFlags(flags map[string]string, keys []node) (values, error) {
	out := values{}
	all := leaves(keys)
	for path, value := range flags {
		if !slices.ContainsFunc(all, func(n node) bool { return n.path == path }) {
			return nil, wrongKeys([]fault.Field{{Path: path, Message: "there is no such key"}})
		}
		out.put(path, value)
	}
	return out, nil
}

// set stores v in a leaf and returns what is wrong with it, or "".
func set(dst reflect.Value, v any) string {
	switch dst.Interface().(type) {
	case string:
		s, ok := v.(string)
		if !ok && v != nil {
			return "a text is wanted; put it in quotes"
		}
		dst.SetString(s)
	case []string:
		list, ok := texts(v)
		if !ok {
			return "a list of texts is wanted, as [\"a\", \"b\"]"
		}
		dst.Set(reflect.ValueOf(list))
	case int:
		n, err := strconv.Atoi(fmt.Sprint(v))
		if err != nil {
			return "a whole number is wanted"
		}
		dst.SetInt(int64(n))
	case time.Duration:
		d, err := time.ParseDuration(fmt.Sprint(v))
		if err != nil {
			return "a time is wanted, as 30s, 15m or 1h"
		}
		dst.SetInt(int64(d))
	}
	return ""
}

// texts reads a list: one of YAML, or a text with commas.
func texts(v any) ([]string, bool) {
	list := []string{}
	switch v := v.(type) {
	case nil:
		return list, true
	case string:
		for s := range strings.SplitSeq(v, ",") {
			if s = strings.TrimSpace(s); s != "" && s != "[]" {
				list = append(list, s)
			}
		}
		return list, true
	case []any:
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			list = append(list, s)
		}
		return list, true
	}
	return nil, false
}
