package revision

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/vendors"
)

// IncludeKey is the key under which a config in include mode names the file that
// its phone shares with others. It is part of the revision as any value is.
const IncludeKey param.Key = "include"

// IncludeLabel is what people read for IncludeKey.
const IncludeLabel = "Shared file"

// Global parts a config into a shared file and the phone's own.
type Global struct {
	Origin                                           // the template that asks for it
	Pull   func(content string) (name, value string) // what pulls a shared file of that content in
}

// global is how a template's version parts the config of a device, or nil.
func (w *world) global(d device.Device, t param.Target, epoch int, b BoundSource, v template.Version) *Global {
	vendor, ok := w.s.vendors.Get(d.Vendor)
	if !ok || !v.Include {
		return nil
	}
	in, ok := w.s.vendors.AsIncluder(vendor)
	if !ok {
		return nil
	}
	return &Global{
		Origin: Origin{Layer: Model, SourceID: b.SourceID, Source: b.Name, SourceVersion: v.Number, Author: v.Author, At: v.At},
		Pull: func(content string) (name, value string) {
			tag := w.s.vault.MAC("global file", d.OrgID, t.Dialect, t.Family, t.Model, strconv.Itoa(epoch), content)[:24]
			line := in.Include(in.GlobalName(t.Model, tag))
			return line.Name, line.Value
		},
	}
}

// part marks what goes into the shared file, and adds the value that names it.
// That is what a template's word is: no secret, nothing that is the device's own,
// and nothing that a template keeps private.
func (c *compiler) part(e *Effective) {
	var content []Entry
	e.Values = slices.DeleteFunc(e.Values, func(v Value) bool { return v.Key == IncludeKey })
	for i := range e.Values {
		v := &e.Values[i]
		p, _, known := c.stack.Catalog.Lookup(v.Key) // of another key nobody knows whether it is secret
		v.Global = known && v.fromTemplate() && v.Name != "" && v.Secret == "" && !v.Private && !p.IsSecret()
		if v.Global {
			content = append(content, Entry{Name: v.Name, Value: v.Spelled})
		}
	}
	slices.SortFunc(content, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	text, err := json.Marshal(content)
	if err != nil {
		text = nil // plain text always has a JSON form
	}
	in := Value{Key: IncludeKey, Origin: c.stack.Global.Origin, State: Set}
	in.Name, in.Spelled = c.stack.Global.Pull(string(text))
	in.Value = in.Spelled
	at, _ := slices.BinarySearchFunc(e.Values, IncludeKey, func(v Value, k param.Key) int { return strings.Compare(string(v.Key), string(k)) })
	e.Values = slices.Insert(e.Values, at, in)
}

// pulled completes what compare has: a plan names the shared file for people, and
// tells where a phone is to pull none in any more.
func pulled(changes []Change, was, will Effective) []Change {
	for i, c := range changes {
		if c.Key == IncludeKey {
			changes[i].Label = IncludeLabel
			return changes
		}
	}
	if o, had := was.Lookup(IncludeKey); had && was.parted() && !will.parted() {
		changes = append(changes, Change{Key: IncludeKey, Label: IncludeLabel, Kind: Changed, Old: o.shown(), Layer: Model})
	}
	return changes
}

func (v Value) fromTemplate() bool {
	return v.State == Set && (v.Layer == Model || v.Layer == Site || v.Layer == Group)
}

// parted reports whether the config is in include mode.
func (e Effective) parted() bool {
	v, ok := e.Lookup(IncludeKey)
	return ok && v.Name != ""
}

// halves splits entries into what devices share and a device's own. In include
// mode the shared half is the shared file.
func (e Effective) halves(all []Entry) (shared, own []Entry) {
	share := make(map[param.Key]bool, len(e.Values))
	parted := e.parted()
	for _, v := range e.Values {
		share[v.Key] = v.Global || !parted && v.fromTemplate()
	}
	for _, en := range all {
		if share[en.Key] {
			shared = append(shared, en)
		} else {
			own = append(own, en)
		}
	}
	return shared, own
}

// merge joins the two halves of a revision by key.
func merge(a, b []Entry) []Entry {
	out := append(slices.Clone(a), b...)
	slices.SortFunc(out, func(x, y Entry) int { return strings.Compare(string(x.Key), string(y.Key)) })
	return out
}

// GlobalFile is the name of the shared file that the revision's own file pulls
// in, "" for none.
func (r Revision) GlobalFile() string {
	for _, e := range r.Entries {
		if e.Key == IncludeKey && e.Name != "" {
			return e.Value
		}
	}
	return ""
}

// GlobalDocument is the shared file as its vendor renders it: the same for all
// devices whose revisions name it. It holds no secret.
func (r Revision) GlobalDocument() vendors.Document {
	doc := vendors.Document{Kind: vendors.Global, Target: r.Target, Epoch: r.Epoch}
	for _, e := range r.Entries {
		if e.Global && e.Name != "" && e.Secret == "" && e.State == "" {
			doc.Values = append(doc.Values, vendors.SpelledValue{Name: e.Name, Value: e.Value})
		}
	}
	vendors.SortValues(doc.Values)
	return doc
}
