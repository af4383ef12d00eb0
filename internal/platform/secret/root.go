package secret

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"bellwether/internal/platform/fault"
)

// Root holds the root key, and during a change of root the one before it too.
// Whoever has it and the database can read every secret.
type Root struct {
	path string // "" where it did not come from a file
	keys []rootKey
}

// rootKey wraps data keys. Its id is derived from it and safe to show.
type rootKey struct {
	id   string
	key  []byte
	wrap []byte
}

const rootHeader = "bellwether root key 1"

// NewRoot makes a root key from the machine's random source. It lies in memory
// alone; LoadRoot keeps one in a file.
func NewRoot() (*Root, error) {
	k, err := newRootKey(Random(keySize))
	if err != nil {
		return nil, err
	}
	return &Root{keys: []rootKey{k}}, nil
}

// ID names the key that new data keys are wrapped with.
func (r *Root) ID() string { return r.keys[0].id }

func newRootKey(key []byte) (rootKey, error) {
	if len(key) != keySize {
		return rootKey{}, fault.New(fault.Invalid, "a root key has %d bytes, not %d", keySize, len(key))
	}
	wrap, err := subKey(key, "wrap")
	if err != nil {
		return rootKey{}, err
	}
	name, err := subKey(key, "root id")
	if err != nil {
		return rootKey{}, err
	}
	return rootKey{id: hex.EncodeToString(name[:8]), key: key, wrap: wrap}, nil
}

// find returns the key with that id.
func (r *Root) find(id string) (rootKey, bool) {
	for _, k := range r.keys {
		if k.id == id {
			return k, true
		}
	}
	return rootKey{}, false
}

// text writes the file's form. Each key is three lines; the first is the one in
// use.
func (r *Root) text() []byte {
	var b bytes.Buffer
	b.WriteString(rootHeader + "\n" +
		"# This key opens every secret in the database. Keep a copy apart from it,\n" +
		"# and never put it into a backup.\n")
	for _, k := range r.keys {
		text := base64.StdEncoding.EncodeToString(k.key)
		fmt.Fprintf(&b, "id %s\nkey %s\ncheck %s\n", k.id, text, rootCheck(k.id, text))
	}
	return b.Bytes()
}

func rootCheck(id, key string) string {
	sum := sha256.Sum256(join("root check", id, key))
	return hex.EncodeToString(sum[:6])
}

// ParseRoot reads the text of a key file. It fails with fault.Invalid where a
// line is missing, unknown or does not fit the others.
func ParseRoot(text []byte) (*Root, error) {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	if strings.TrimSpace(lines[0]) != rootHeader {
		return nil, fault.New(fault.Invalid, "it does not begin with %q", rootHeader)
	}
	r := &Root{}
	var words []string
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words = append(words, strings.Fields(line)...)
	}
	for len(words) > 0 {
		if len(words) < 6 || words[0] != "id" || words[2] != "key" || words[4] != "check" {
			return nil, fault.New(fault.Invalid, "key %d lacks one of the lines id, key, check", len(r.keys)+1)
		}
		k, err := parseRootKey(words[1], words[3], words[5])
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", len(r.keys)+1, err)
		}
		r.keys = append(r.keys, k)
		words = words[6:]
	}
	if len(r.keys) == 0 {
		return nil, fault.New(fault.Invalid, "there is no key in it")
	}
	return r, nil
}

func parseRootKey(id, text, check string) (rootKey, error) {
	if subtle.ConstantTimeCompare([]byte(rootCheck(id, text)), []byte(check)) != 1 {
		return rootKey{}, fault.New(fault.Invalid, "the check does not fit: the file was cut or changed")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return rootKey{}, fault.New(fault.Invalid, "the key is not base64")
	}
	k, err := newRootKey(raw)
	if err != nil {
		return rootKey{}, err
	}
	if k.id != id {
		return rootKey{}, fault.New(fault.Invalid, "the id does not belong to the key")
	}
	return k, nil
}
