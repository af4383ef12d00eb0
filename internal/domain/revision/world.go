package revision

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
)

// world is what one compile or plan reads, loaded once for all its devices.
type world struct {
	s        *Service
	states   map[string]state
	lines    map[string][]account.Line
	versions map[versionKey]template.Version
	sources  map[string]template.Source
	scoped   map[string][]template.Source // by organization
	pinned   map[secret.Ref]secret.Ref
}

type versionKey struct {
	id     string
	number int
}

func (s *Service) load(ctx context.Context, q db.Q, devices []device.Device) (*world, error) {
	ids := make([]string, len(devices))
	for i, d := range devices {
		ids[i] = d.ID
	}
	w := &world{s: s, versions: map[versionKey]template.Version{}, sources: map[string]template.Source{}, scoped: map[string][]template.Source{}, pinned: map[secret.Ref]secret.Ref{}}
	var err error
	if w.states, err = loadStates(ctx, q, ids); err != nil {
		return nil, err
	}
	w.lines, err = s.accounts.LinesIn(ctx, q, ids...)
	return w, err
}

func (w *world) source(ctx context.Context, q db.Q, id string) (template.Source, error) {
	if src, ok := w.sources[id]; ok {
		return src, nil
	}
	src, err := w.s.templates.GetIn(ctx, q, id)
	if err == nil {
		w.sources[id] = src
	}
	return src, err
}

func (w *world) version(ctx context.Context, q db.Q, id string, number int) (template.Version, error) {
	k := versionKey{id, number}
	if v, ok := w.versions[k]; ok {
		return v, nil
	}
	v, err := w.s.templates.VersionIn(ctx, q, id, number)
	if err == nil {
		w.versions[k] = v
	}
	return v, err
}

// firstContact is the state of a device that nothing was ever pushed to: the
// latest of everything whose automatic scope takes it in.
func (w *world) firstContact(ctx context.Context, q db.Q, d device.Device) (state, error) {
	all, ok := w.scoped[d.OrgID]
	if !ok {
		var err error
		if all, err = w.s.templates.ScopedIn(ctx, q, d.OrgID); err != nil {
			return state{}, err
		}
		w.scoped[d.OrgID] = all
	}
	st := w.states[d.ID].of(d)
	for _, src := range all {
		if src.Covers(d.Vendor, d.Model, d.SitePath) {
			w.sources[src.ID] = src
			st.bindings = append(st.bindings, binding{SourceID: src.ID, Number: src.Latest, Layer: Layer(src.Kind), Author: "first contact"})
		}
	}
	if err := w.moveOverrides(ctx, q, d, &st, "first contact"); err != nil {
		return state{}, err
	}
	w.moveLines(d, &st)
	st.placeholders = placeholders(d)
	return st, w.order(ctx, q, d, &st)
}

func (w *world) moveOverrides(ctx context.Context, q db.Q, d device.Device, st *state, author string) error {
	src, err := w.s.templates.OverridesIn(ctx, q, d)
	if err != nil {
		return err
	}
	st.bindings = slices.DeleteFunc(slices.Clone(st.bindings), func(b binding) bool { return b.Layer == Override })
	if src.Latest == 0 || len(src.Draft) == 0 {
		return nil
	}
	w.sources[src.ID] = src
	st.bindings = append(st.bindings, binding{SourceID: src.ID, Number: src.Latest, Layer: Override, Author: author})
	return nil
}

func (w *world) moveLines(d device.Device, st *state) {
	st.lines = nil
	for _, l := range w.lines[d.ID] {
		st.lines = append(st.lines, BoundLine{Line: l.N, AccountID: l.Account.ID, Server: l.Account.ServerAddress, UserID: l.Account.UserID, AuthID: l.Account.AuthID,
			Name: l.Account.Name, Password: l.Account.Password, Author: l.Author, At: clock.Millis(l.At)})
	}
}

// placeholders are the values that every device has by itself.
func placeholders(d device.Device) map[string]string {
	return map[string]string{"MAC": d.MAC.String(), "DeviceName": d.Name, "Model": d.Model, "SiteName": d.SiteName}
}

func rank(l Layer) int {
	return slices.Index([]Layer{Default, Model, Site, Group, ConfigFile, Override, Line}, l)
}

// order sorts the bindings from the weakest to the strongest: by layer, sites
// from the root to the leaf, groups in the order they were bound.
func (w *world) order(ctx context.Context, q db.Q, d device.Device, st *state) error {
	depth := map[string]int{}
	for _, b := range st.bindings {
		src, err := w.source(ctx, q, b.SourceID)
		if err != nil {
			return err
		}
		if b.Layer == Site {
			depth[b.SourceID] = slices.Index(d.SitePath, src.SiteID)
		}
	}
	slices.SortStableFunc(st.bindings, func(a, b binding) int {
		if c := cmp.Compare(rank(a.Layer), rank(b.Layer)); c != 0 || a.Layer == Group {
			return c
		}
		if c := cmp.Compare(depth[a.SourceID], depth[b.SourceID]); c != 0 {
			return c
		}
		// of two templates for one place the general one is the weaker
		if c := strings.Compare(w.sources[a.SourceID].Model, w.sources[b.SourceID].Model); c != 0 {
			return c
		}
		return strings.Compare(a.SourceID, b.SourceID)
	})
	for i := range st.bindings {
		st.bindings[i].Position = i
	}
	return nil
}

// stack is what Compile gets for a device in a state.
func (w *world) stack(ctx context.Context, q db.Q, d device.Device, st state) (Stack, error) {
	cat, target, err := w.s.Catalog(d)
	if err != nil {
		return Stack{}, err
	}
	out := Stack{Catalog: cat, Target: target, Accounts: st.lines, Placeholders: st.placeholders, Ever: st.ever}
	for _, b := range st.bindings {
		src, err := w.source(ctx, q, b.SourceID)
		if err != nil {
			return Stack{}, err
		}
		v, err := w.version(ctx, q, b.SourceID, b.Number)
		if err != nil {
			return Stack{}, err
		}
		name := src.Name
		if b.Layer == Override {
			name = "this device"
		}
		out.Layers = append(out.Layers, BoundSource{Layer: b.Layer, SourceID: b.SourceID, Name: name, Version: b.Number, Items: v.Items, Author: b.Author})
	}
	return out, nil
}
