package vendors

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/param"
)

// DataModeler is a vendor whose phones tell and take single values by TR-069, with
// names of the maker's own.
type DataModeler interface {
	DataModel() *DataModel
}

// DataModel is what phones call their values when they are managed by TR-069. It is
// read from a table and never changes; the zero value knows no name.
type DataModel struct {
	entries []ModelEntry
}

// ModelEntry is a line of such a table.
type ModelEntry struct {
	Path     string            // below the root, {n} for the account; "" where no name is evidenced
	Type     string            // "string", "int", "unsignedInt", "boolean" or "dateTime"
	Writable bool              //
	Secret   bool              // reads empty
	Key      string            // the setting's in the catalog, with {n}; "" for none
	Role     param.Role        // instead of the key, where the table is no vendor's
	Words    map[string]string // canonical value → the model's; what it lacks is written as it is
	Shows    string            // what of the phone's state it tells, one of Shown; "" for nothing
	Source   string            // where the name comes from, or what is known of none
}

// ModelName is one name in the data model of a phone.
type ModelName struct {
	ModelEntry
	Path    string    // below the root
	Key     param.Key // "" for none
	Account int       // 0 for none
}

// Shown is what of a phone's state can be shown, in the order in which people read it.
func Shown() []string {
	return []string{
		"system.maker", "system.model", "system.hardware", "system.software", "system.serial", "system.part_number", "system.mac", "system.uptime", "system.time", "system.time_zone", "system.openvpn",
		"ipv4.type", "ipv4.address", "ipv4.subnet", "ipv4.gateway", "ipv4.dns", "ipv6.type", "ipv6.address", "ipv6.gateway",
		"account.name", "account.enabled", "account.user", "account.server", "account.status", "account.call",
		"energy.mode", "energy.saved", "energy.deep", "energy.since", "energy.time",
	}
}

// Maker is how a phone names its maker: what no vendor here knows still has a data
// model that others have seen.
type Maker struct{ OUI, Name string }

//go:embed datamodel/*.csv
var modelTables embed.FS

// ReadDataModel reads a table, a line for each name; base is what it adds to and
// partly replaces, nil for nothing. It fails, naming the line, where a line is
// malformed.
func ReadDataModel(text string, base *DataModel) (*DataModel, error) {
	out := &DataModel{}
	if base != nil {
		out.entries = slices.Clone(base.entries)
	}
	err := eachLine(text, func(r map[string]string) error {
		e, err := readEntry(r)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(out.entries, func(o ModelEntry) bool {
			return e.Path != "" && o.Path == e.Path || e.Path == "" && o.Path == "" && o.Shows == e.Shows
		})
		if at < 0 {
			out.entries = append(out.entries, e)
			return nil
		}
		out.entries[at] = e
		return nil
	})
	return out, err
}

// eachLine reads a table whose first line names the columns.
func eachLine(text string, take func(map[string]string) error) error {
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return errors.New("the table is empty")
	}
	for i, fields := range lines[1:] {
		r := make(map[string]string, len(fields))
		for j, column := range lines[0] {
			r[column] = fields[j]
		}
		if err := take(r); err != nil {
			return fmt.Errorf("line %d, %s: %w", i+2, r["path"], err)
		}
	}
	return nil
}

func readEntry(r map[string]string) (ModelEntry, error) {
	e := ModelEntry{Path: r["path"], Type: r["type"], Key: r["key"], Shows: r["shows"], Source: r["source"]}
	if role, ok := strings.CutPrefix(e.Key, "role:"); ok {
		e.Key, e.Role = "", param.Role(role)
	}
	switch r["access"] {
	case "rw":
		e.Writable = true
	case "w":
		e.Writable, e.Secret = true, true
	case "r":
	default:
		return e, fmt.Errorf("access is r, rw or w, not %q", r["access"])
	}
	if !slices.Contains([]string{"string", "int", "unsignedInt", "boolean", "dateTime"}, e.Type) {
		return e, fmt.Errorf("there is no type %q", e.Type)
	}
	if e.Shows != "" && !slices.Contains(Shown(), e.Shows) {
		return e, fmt.Errorf("nobody shows %q", e.Shows)
	}
	if e.Source == "" || e.Path == "" && e.Shows == "" {
		return e, errors.New("a line has a source, and what it is for")
	}
	for pair := range strings.SplitSeq(r["values"], ";") {
		canonical, word, ok := strings.Cut(pair, "=")
		if pair == "" {
			continue
		}
		if !ok {
			return e, fmt.Errorf("%q is no pair of value and word", pair)
		}
		if e.Words == nil {
			e.Words = map[string]string{}
		}
		e.Words[canonical] = word
	}
	return e, nil
}

// Entries are the lines, in the table's order.
func (m *DataModel) Entries() []ModelEntry {
	if m == nil {
		return nil
	}
	return slices.Clone(m.entries)
}

// On lists the names of a phone: those of its accounts once for each, those of
// settings only where the phone has the setting. The order is the table's, account
// after account.
func (m *DataModel) On(c *param.Catalog, t param.Target, accounts int) []ModelName {
	var out []ModelName
	for _, e := range m.Entries() {
		last := 0
		if strings.Contains(e.Path, index) {
			last = accounts
		}
		for n := min(last, 1); n <= last && e.Path != ""; n++ {
			name := ModelName{ModelEntry: e, Path: strings.ReplaceAll(e.Path, index, strconv.Itoa(n)), Account: n}
			if k, ok := e.key(c, n); ok && c.Spelled(k, t) {
				name.Key = k
			}
			if name.Key != "" || e.Shows != "" {
				out = append(out, name)
			}
		}
	}
	return out
}

// index stands for the account.
const index = "{n}"

func (e ModelEntry) key(c *param.Catalog, n int) (param.Key, bool) {
	if e.Role != "" {
		return c.ByRole(e.Role, n)
	}
	k := param.Key(strings.ReplaceAll(e.Key, index, strconv.Itoa(n)))
	_, _, ok := c.Lookup(k)
	return k, ok
}

// Canonical is what a phone told in the catalog's words: as the parameter takes it,
// or where it does not as it was told.
func (e ModelEntry) Canonical(p param.Parameter, told string) string {
	for canonical, word := range e.Words {
		if strings.EqualFold(word, strings.TrimSpace(told)) {
			return canonical
		}
	}
	if v, err := p.Normalize(told); err == nil {
		return v
	}
	return told
}

// Word is a canonical value in the model's words.
func (e ModelEntry) Word(canonical string) string {
	if w, ok := e.Words[canonical]; ok {
		return w
	}
	if e.Type == "boolean" {
		switch canonical {
		case "yes":
			return "1"
		case "no":
			return "0"
		}
	}
	return canonical
}

// fallback are the data models of phones whose vendor has none here.
type fallback struct {
	plain   *DataModel
	byOUI   map[string]*DataModel
	byMaker map[string]*DataModel
}

// readFallback reads the plain model and what others have seen of makers that have
// no folder here.
func readFallback() (f fallback, err error) {
	text, err := modelTables.ReadFile("datamodel/plain.csv")
	if err != nil {
		return f, err
	}
	if f.plain, err = ReadDataModel(string(text), nil); err != nil {
		return f, fmt.Errorf("read the plain data model: %w", err)
	}
	if text, err = modelTables.ReadFile("datamodel/makers.csv"); err != nil {
		return f, err
	}
	f.byOUI, f.byMaker = map[string]*DataModel{}, map[string]*DataModel{}
	tables := map[string]*DataModel{}
	err = eachLine(string(text), func(r map[string]string) error {
		e, err := readEntry(r)
		m := tables[r["maker"]]
		if m == nil {
			m = &DataModel{entries: slices.Clone(f.plain.entries)}
			tables[r["maker"]] = m
		}
		m.entries = append(m.entries, e)
		f.byMaker[strings.ToLower(r["maker"])], f.byOUI[r["oui"]] = m, m
		return err
	})
	if err != nil {
		return f, fmt.Errorf("read the makers' data models: %w", err)
	}
	return f, nil
}

func (f fallback) of(m Maker) *DataModel {
	if d := f.byOUI[strings.ToUpper(m.OUI)]; d != nil {
		return d
	}
	if d := f.byMaker[strings.ToLower(m.Name)]; d != nil {
		return d
	}
	return f.plain
}

// PlainDataModel is what any phone may have: TR-106 and TR-104 without any maker's
// names. A vendor's table begins with it.
func PlainDataModel() (*DataModel, error) {
	f, err := readFallback()
	return f.plain, err
}
