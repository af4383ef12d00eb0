package revision

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/vendors"
)

// Where phones are told to look for their configuration by a redirection profile.
// A binding of the layer Redirection says what a profile's version says; one of
// the layer Left is what remains of it when the association has ended: it says
// nothing more, and what it said stays on the phone (adr/0011).

// Elsewhere tells how an address of a configuration server relates to this
// program.
type Elsewhere string

// The relations.
const (
	Ours     Elsewhere = "ours"      // our own HTTPS door
	OursOpen Elsewhere = "ours_open" // another of our doors
	Others   Elsewhere = "others"
)

// moveRedirection binds what a device should have by its own assignment or its
// organization's, or leaves what it had.
func (w *world) moveRedirection(ctx context.Context, q db.Q, d device.Device, st *state, author string) error {
	p, assigned, err := w.redirection(ctx, q, d)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(st.bindings, func(b binding) bool { return b.Layer.redirects() })
	if assigned {
		next := binding{SourceID: p.ID, Number: p.Number, Layer: Redirection, Author: author}
		switch {
		case at < 0:
			st.bindings = append(st.bindings, next)
		case st.bindings[at].SourceID != next.SourceID || st.bindings[at].Number != next.Number || st.bindings[at].Layer != Redirection:
			st.bindings[at] = next
		}
		return nil
	}
	if at >= 0 && st.bindings[at].Layer == Redirection {
		st.bindings[at].Layer, st.bindings[at].Author = Left, author
	}
	return nil
}

// redirection is the profile that a device should have; of a device that the plan
// is for it is known since load.
func (w *world) redirection(ctx context.Context, q db.Q, d device.Device) (rps.Profile, bool, error) {
	if w.profiles == nil {
		var err error
		if w.profiles, err = w.s.redirects.For(ctx, q, w.devices); err != nil {
			return rps.Profile{}, false, err
		}
	}
	p, ok := w.profiles[d.ID]
	return p, ok, nil
}

func (l Layer) redirects() bool { return l == Redirection || l == Left }

// bound is what a binding says to a device: its name for people and its values.
// One that is left says nothing.
func (w *world) bound(ctx context.Context, q db.Q, d device.Device, b binding) (BoundSource, template.Version, error) {
	out := BoundSource{Layer: b.Layer, SourceID: b.SourceID, Version: b.Number, Author: b.Author}
	if b.Layer.redirects() {
		v, err := w.redirectVersion(ctx, q, versionKey{b.SourceID, b.Number})
		if err != nil {
			return out, template.Version{}, err
		}
		cat, _, err := w.catalog(ctx, q, d)
		out.Name, out.Items = v.Name, redirectItems(cat, v)
		return out, template.Version{}, err
	}
	src, err := w.source(ctx, q, b.SourceID)
	if err != nil {
		return out, template.Version{}, err
	}
	v, err := w.version(ctx, q, b.SourceID, b.Number)
	out.Name, out.Items = src.Name, v.Items
	if b.Layer == Override || b.Layer == ConfigFile {
		out.Name = "this device"
	}
	return out, v, err
}

func (w *world) redirectVersion(ctx context.Context, q db.Q, k versionKey) (rps.Version, error) {
	if v, ok := w.said[k]; ok {
		return v, nil
	}
	v, err := w.s.redirects.VersionIn(ctx, q, k.id, k.number)
	if err == nil {
		w.said[k] = v
	}
	return v, err
}

// redirectItems are a profile's settings in the keys of a vendor. What is empty
// is said too, so that an edit takes away what was there before. A setting that
// the vendor has no key for goes under its role, as undeliverable.
func redirectItems(cat *param.Catalog, v rps.Version) []template.Item {
	first := "no"
	if v.AuthFirst {
		first = "yes"
	}
	var out []template.Item
	say := func(role param.Role, value, ref string) {
		k, known := cat.ByRole(role, 0)
		if !known {
			if value == "" && ref == "" || role == param.AuthFirst && value == "no" {
				return
			}
			k = param.Key(role)
		}
		it := template.Item{Key: k, Value: value, Secret: ref, Private: true, Author: v.Author, At: v.At}
		if n, err := cat.Normalize(k, value); err == nil && ref == "" {
			it.Value = n
		}
		out = append(out, it)
	}
	if k, ok := cat.ByRole(param.ConfigPath, 0); ok && typeOf(cat, k) == param.URL {
		say(param.ConfigPath, v.URL(), "")
	} else {
		say(param.ConfigProtocol, string(v.Via), "")
		say(param.ConfigPath, v.Path, "")
	}
	say(param.ConfigUser, v.User, "")
	say(param.ConfigPassword, "", string(v.Password))
	say(param.AuthFirst, first, "")
	say(param.FilePrefix, v.Prefix, "")
	say(param.FilePostfix, v.Postfix, "")
	return out
}

func typeOf(cat *param.Catalog, k param.Key) param.Type {
	p, _, _ := cat.Lookup(k)
	return p.Type
}

// server is the address of the configuration server that a config tells its
// phone, "" where it tells none.
func (e Effective) server(cat *param.Catalog) string {
	k, ok := cat.ByRole(param.ConfigPath, 0)
	path, told := e.Lookup(k)
	if !ok || !told || path.State != Set || path.Layer == Default || path.Undeliverable || path.Value == "" {
		return ""
	}
	if strings.Contains(path.Value, "://") {
		return path.Value
	}
	via := "https"
	if k, ok := cat.ByRole(param.ConfigProtocol, 0); ok {
		if v, told := e.Lookup(k); told && v.Value != "" {
			via = strings.ToLower(v.Value)
		}
	}
	return via + "://" + path.Value
}

// sent says what a change of the configuration server's address means: a phone
// that looks elsewhere is ours no more.
func (s *Service) sent(cat *param.Catalog, was, will Effective) []vendors.Advice {
	to := will.server(cat)
	if to == "" || to == was.server(cat) || s.elsewhere == nil {
		return nil
	}
	shown := to
	if u, err := url.Parse(to); err == nil {
		shown = u.Redacted()
	}
	switch s.elsewhere(to) {
	case Others:
		return []vendors.Advice{{Code: CodeLeaves, Text: "these phones will ask another server (" + shown + ") and will not come back to us"}}
	case OursOpen:
		return []vendors.Advice{{Code: "door_without_proof", Text: "these phones will ask at a door of ours (" + shown + ") where they prove nothing: they get no configuration there unless their site's legacy flag covers them"}}
	}
	return nil
}

// CodeLeaves is the code of the warning that phones will look elsewhere.
const CodeLeaves = "leaves_us"

// Leaves reports whether the plan sends phones away from this server.
func (p Plan) Leaves() bool {
	return slices.ContainsFunc(p.Warnings, func(w Warning) bool { return w.Code == CodeLeaves })
}
