package template

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Format is how a source's values are written down outside.
type Format string

// The formats.
const (
	AsText   Format = "text"   // key=value lines
	AsNative Format = "native" // the vendor's own file
	AsXML    Format = "xml"    // two sections: what phones share, and what is each one's own
)

// File is a source written down. Secrets in it are blanked.
type File struct {
	Name        string
	ContentType string
	Body        []byte
	LeftOut     int // values that the model has no words for, of a native file
}

// Export writes a version of a source down; number 0 is its draft. model says for
// which model a native file is, where the source is not for one.
func (s *Service) Export(ctx context.Context, id string, number int, f Format, model string) (File, error) {
	var src Source
	var items []Item
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		if src, err = s.GetIn(ctx, q, id); err == nil {
			items, err = itemsAt(ctx, q, src, number)
		}
		return err
	})
	if err != nil {
		return File{}, err
	}
	of := "draft"
	if number > 0 {
		of = fmt.Sprintf("version %d", number)
	}
	switch f {
	case AsXML:
		return s.sections(src, items, of)
	case AsText:
		return File{Name: fileName(src.Name, of) + ".txt", ContentType: "text/plain; charset=utf-8", Body: writeText(src.Name+", "+of, items)}, nil
	}
	return s.native(ctx, src, items, model, of)
}

func (s *Service) native(ctx context.Context, src Source, items []Item, model, of string) (File, error) {
	if src.Model != "" {
		model = src.Model
	}
	v, m, ok := s.vendors.ByModel(model)
	if !ok || src.Vendor != "" && src.Vendor != v.Name() {
		return File{}, fault.InvalidFields("the file cannot be written", fault.Field{Path: "model", Message: "name a model; the template is not for one alone"})
	}
	out := File{Name: fileName(src.Name, of) + ".xml", ContentType: "application/octet-stream"}
	doc := vendors.Document{Kind: vendors.Global, Target: param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}, Epoch: s.vendors.Epoch(v)}
	cats, err := s.lessons.Of(ctx, src.TenantID)
	if err != nil {
		return File{}, err
	}
	for _, it := range items {
		name, value, ok := spelled(cats.Of(v.Name()), it, doc.Target)
		if !ok {
			out.LeftOut++
			continue
		}
		doc.Values = append(doc.Values, vendors.SpelledValue{Name: name, Value: value})
	}
	vendors.SortValues(doc.Values)
	out.Body, err = v.Render(doc)
	return out, err
}

// spelled writes a value in a dialect, a secret blanked and a placeholder as it
// stands. Where the dialect has the name but not the value, ok is false.
func spelled(c *param.Catalog, it Item, t param.Target) (name, value string, ok bool) {
	if it.Secret != "" {
		it.Value = secret.Redacted
	}
	name, value, ok = c.Spell(it.Key, it.Value, t)
	if !ok && name != "" && strings.Contains(it.Value, placeholder.Open) {
		return name, it.Value, true
	}
	return name, value, ok
}

// fileName is a name that every file system and header takes.
func fileName(name, of string) string {
	plain := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}
	return strings.Map(plain, name+"-"+of)
}

// Import makes what is written down the template's draft as a whole. A name may
// be a key, or a name of any of the vendor's dialects. A name that no catalog
// knows is kept; it and what cannot be taken over is told in the warnings. A
// value that its parameter does not take refuses it all, with the lines. version
// must be the record's current one (Conflict).
func (s *Service) Import(ctx context.Context, id string, f Format, data []byte, version int64) (Source, []string, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return Source{}, nil, err
	}
	if err := s.access.Authorize(ctx, access.TemplateWrite, src.Where()); err != nil {
		return Source{}, nil, err
	}
	if len(data) > limit.ImportBytes {
		return Source{}, nil, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	in, err := s.intake(ctx, src, src.Vendor)
	if err != nil {
		return Source{}, nil, err
	}
	read := in.text
	switch f {
	case AsNative:
		read = in.native
	case AsXML:
		read = in.sections
	}
	if err := read(data); err != nil {
		return Source{}, nil, err
	}
	src, err = s.Update(ctx, id, Input{Draft: &in.items, Include: in.include}, version)
	return src, in.warnings(), err
}

// intake collects what an import takes over.
type intake struct {
	s        *Service
	src      Source
	cats     lesson.Catalogs
	vendors  []vendors.Vendor
	dialects map[string][]param.Target // of each vendor
	items    []Item
	include  *bool  // what the file says of include mode, nil for nothing
	section  string // that is read, of a file with sections
	wrong    []fault.Field
	unknown  []string // names that no catalog has
	lines    []string // keys that belong to an account on a line
	blank    []string // secrets that came blanked and are not here
}

// intake is for a source of one vendor, or of any for "".
func (s *Service) intake(ctx context.Context, src Source, vendor string) (*intake, error) {
	cats, err := s.lessons.Of(ctx, src.TenantID)
	in := &intake{s: s, src: src, cats: cats, vendors: s.vendors.All(), dialects: map[string][]param.Target{}}
	if v, ok := s.vendors.Get(vendor); ok {
		in.vendors = []vendors.Vendor{v}
	}
	return in, err
}

func (in *intake) text(data []byte) error {
	lines, wrong := readText(data)
	in.wrong = wrong
	in.takeLines(lines, map[param.Key]string{}, "")
	return in.verdict()
}

// takeLines takes lines over; first remembers where each key stood, where says
// in what.
func (in *intake) takeLines(lines []line, first map[param.Key]string, where string) {
	for _, l := range lines {
		if len(in.wrong) > maxWrong {
			break
		}
		k, value, err := in.meaning(l.name, l.value)
		if err == nil && first[k] != "" {
			err = fault.New(fault.Invalid, "%s stands in %s already", k, first[k])
		}
		if err != nil {
			in.wrong = append(in.wrong, fault.Field{Path: where + at(l.number), Message: fault.Message(err)})
			continue
		}
		first[k] = where + at(l.number)
		in.take(l.name, k, value)
	}
}

// maxWrong is after how many wrong lines the rest is not looked at.
const maxWrong = 50

func (in *intake) native(data []byte) error {
	var err error
	for _, v := range in.vendors {
		var doc vendors.Document
		if doc, err = v.Parse(vendors.Config, data); err != nil {
			continue
		}
		if len(doc.Values) > limit.TemplateItems {
			return fault.New(fault.Invalid, "the file holds %d values, at most %d fit", len(doc.Values), limit.TemplateItems)
		}
		_, m, _ := in.s.vendors.ByModel(in.src.Model)
		cat := in.cats.Of(v.Name())
		items, _ := unspelled(cat, m, doc)
		for i, it := range items {
			value, err := cat.Normalize(it.Key, it.Value)
			if err != nil && !strings.Contains(it.Value, placeholder.Open) {
				in.wrong = append(in.wrong, fault.Field{Path: doc.Values[i].Name, Message: fault.Message(err)})
				continue
			}
			if err == nil {
				it.Value = value
			}
			in.take(doc.Values[i].Name, it.Key, it.Value)
		}
		return in.verdict()
	}
	return err
}

func (in *intake) verdict() error {
	if len(in.wrong) > 0 {
		return fault.InvalidFields("the file is not taken", in.wrong...)
	}
	return nil
}

// meaning finds the key that a name stands for, and the canonical value. A key
// goes before a dialect's name, where both take the value.
func (in *intake) meaning(name, value string) (param.Key, string, error) {
	var reason error
	for _, v := range in.vendors {
		for _, read := range in.readings(v, name, value) {
			canonical, err := in.cats.Of(v.Name()).Normalize(read.Key, read.Value)
			switch {
			case strings.Contains(value, placeholder.Open):
				return read.Key, read.Value, nil
			case err == nil:
				return read.Key, canonical, nil
			case reason == nil:
				reason = err
			}
		}
	}
	if reason == nil && !validKey(param.Key(name)) {
		reason = fault.New(fault.Invalid, "%q is not a parameter's name", name)
	}
	return param.Key(name), value, reason
}

// readings are what a name and value may say, the likeliest first.
func (in *intake) readings(v vendors.Vendor, name, value string) (out []param.Setting) {
	cat := in.cats.Of(v.Name())
	if _, _, ok := cat.Lookup(param.Key(name)); ok {
		out = append(out, param.Setting{Key: param.Key(name), Value: value})
	}
	for _, t := range in.targets(v) {
		for _, spelled := range []string{name, strings.ToUpper(name), strings.ToLower(name)} {
			if k, meant, ok := cat.Unspell(spelled, value, t); ok {
				out = append(out, param.Setting{Key: k, Value: meant})
			}
		}
	}
	return out
}

// targets are the dialects of a vendor in which a name may be written, its
// model's first.
func (in *intake) targets(v vendors.Vendor) []param.Target {
	if out, ok := in.dialects[v.Name()]; ok {
		return out
	}
	_, m, _ := in.s.vendors.ByModel(in.src.Model)
	dialects := []string{m.Dialect}
	for _, p := range in.cats.Of(v.Name()).All() {
		for _, sp := range p.Spellings {
			if !slices.Contains(dialects, sp.Dialect) {
				dialects = append(dialects, sp.Dialect)
			}
		}
	}
	slices.Sort(dialects[1:])
	for _, d := range dialects {
		in.dialects[v.Name()] = append(in.dialects[v.Name()], param.Target{Dialect: d, Family: m.Family, Model: m.Name})
	}
	return in.dialects[v.Name()]
}

// take takes one value over, or remembers why not.
func (in *intake) take(name string, k param.Key, value string) {
	known := false
	for _, v := range in.vendors {
		p, _, ok := in.cats.Of(v.Name()).Lookup(k)
		if !ok {
			continue
		}
		known = true
		if p.Role.Identity() {
			in.lines = append(in.lines, name)
			return
		}
		if p.IsSecret() && value == secret.Redacted && !in.holds(k) {
			in.blank = append(in.blank, name)
			return
		}
	}
	if !known {
		in.unknown = append(in.unknown, name)
	}
	in.items = append(in.items, Item{Key: k, Value: value, Private: in.private(k)})
}

// private reports whether a value stays out of the shared file: what the section
// says, and without sections what it was.
func (in *intake) private(k param.Key) bool {
	if in.section != "" {
		return in.section == sectionPrivate
	}
	return slices.ContainsFunc(in.src.Draft, func(it Item) bool { return it.Key == k && it.Private })
}

// holds reports whether the draft has a secret under the key.
func (in *intake) holds(k param.Key) bool {
	return slices.ContainsFunc(in.src.Draft, func(it Item) bool { return it.Key == k && it.Secret != "" })
}

func (in *intake) warnings() []string {
	out := []string{}
	for _, w := range []struct {
		names []string
		text  string
	}{
		{in.unknown, "not in the catalog, kept as they are; a phone gets those that have the form of its own names"},
		{in.lines, "belong to an account on a line and were left out; put accounts onto lines instead"},
		{in.blank, "blanked secrets that this template does not hold; they were left out"},
	} {
		if len(w.names) > 0 {
			out = append(out, fmt.Sprintf("%d %s: %s", len(w.names), w.text, some(w.names)))
		}
	}
	return out
}

// some names the first few of a list.
func some(names []string) string {
	const few = 8
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:few], ", ") + " …"
}
