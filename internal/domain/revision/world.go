package revision

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/placeholder"
	"bellwether/internal/domain/rps"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
)

// world is what one compile or plan reads, loaded once for all its devices.
type world struct {
	s        *Service
	states   map[string]state
	lines    map[string][]account.Line
	versions map[versionKey]template.Version
	sources  map[string]template.Source
	scoped   map[string][]template.Source // by organization
	books    map[string]placeholder.Book  // by organization
	groups   map[string][]string          // of each device
	catalogs map[string]lesson.Catalogs   // by tenant
	devices  []device.Device
	profiles map[string]rps.Profile // by device, once one is asked for
	said     map[versionKey]rps.Version
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
	w := &world{s: s, devices: devices, versions: map[versionKey]template.Version{}, said: map[versionKey]rps.Version{}, sources: map[string]template.Source{}, scoped: map[string][]template.Source{}, books: map[string]placeholder.Book{}, catalogs: map[string]lesson.Catalogs{}}
	var err error
	if w.states, err = loadStates(ctx, q, ids); err != nil {
		return nil, err
	}
	if w.groups, err = s.groups.OfIn(ctx, q, ids); err != nil {
		return nil, err
	}
	w.lines, err = s.accounts.LinesIn(ctx, q, ids...)
	return w, err
}

// placeholders are a device's own values of now.
func (w *world) placeholders(ctx context.Context, q db.Q, d device.Device) (map[string]string, error) {
	b, ok := w.books[d.OrgID]
	if !ok {
		var err error
		if b, err = w.s.holders.BookIn(ctx, q, d.OrgID); err != nil {
			return nil, err
		}
		w.books[d.OrgID] = b
	}
	return b.For(d), nil
}

// catalog is that of a device's vendor, as its tenant has it, and the target
// that its values are spelled for.
func (w *world) catalog(ctx context.Context, q db.Q, d device.Device) (*param.Catalog, param.Target, error) {
	cats, ok := w.catalogs[d.TenantID]
	if !ok {
		var err error
		if cats, err = w.s.lessons.In(ctx, q, d.TenantID); err != nil {
			return nil, param.Target{}, err
		}
		w.catalogs[d.TenantID] = cats
	}
	return w.s.catalogOf(cats, d)
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
	scoped, err := w.scopedFor(ctx, q, d)
	if err != nil {
		return state{}, err
	}
	st := w.states[d.ID].of(d)
	for _, src := range scoped {
		w.sources[src.ID] = src
		st.bindings = append(st.bindings, binding{SourceID: src.ID, Number: src.Latest, Layer: Layer(src.Kind), Author: "first contact"})
	}
	if err := w.movePromised(ctx, q, d, &st); err != nil {
		return state{}, err
	}
	if err := w.moveRedirection(ctx, q, d, &st, "first contact"); err != nil {
		return state{}, err
	}
	if err := w.moveOwn(ctx, q, d, &st, ConfigFile, "first contact"); err != nil {
		return state{}, err
	}
	if err := w.moveOwn(ctx, q, d, &st, Override, "first contact"); err != nil {
		return state{}, err
	}
	w.moveLines(d, &st)
	st.Epoch, st.Firmware = w.s.epoch(d.Vendor), d.Firmware
	if st.placeholders, err = w.placeholders(ctx, q, d); err != nil {
		return state{}, err
	}
	return st, w.order(ctx, q, d, &st)
}

// scopedFor lists the templates whose automatic scope takes a device in.
func (w *world) scopedFor(ctx context.Context, q db.Q, d device.Device) (out []template.Source, err error) {
	all, ok := w.scoped[d.OrgID]
	if !ok {
		if all, err = w.s.templates.ScopedIn(ctx, q, d.OrgID); err != nil {
			return nil, err
		}
		w.scoped[d.OrgID] = all
	}
	place := template.Place{Vendor: d.Vendor, Model: d.Model, SitePath: d.SitePath, Groups: w.groups[d.ID]}
	for _, src := range all {
		stronger := func(o template.Source) bool { return src.Yields(o) && o.Covers(place) }
		if src.Covers(place) && !slices.ContainsFunc(all, stronger) {
			out = append(out, src)
		}
	}
	return out, nil
}

// moveOwn binds the latest of a device's own source, its overrides or its config
// file, or unbinds it where nothing is left in it.
func (w *world) moveOwn(ctx context.Context, q db.Q, d device.Device, st *state, l Layer, author string) error {
	read := w.s.templates.OverridesIn
	if l == ConfigFile {
		read = w.s.templates.ConfigFileIn
	}
	src, err := read(ctx, q, d)
	if err != nil {
		return err
	}
	st.bindings = slices.DeleteFunc(slices.Clone(st.bindings), func(b binding) bool { return b.Layer == l })
	if src.Latest == 0 || len(src.Draft) == 0 {
		return nil
	}
	w.sources[src.ID] = src
	st.bindings = append(st.bindings, binding{SourceID: src.ID, Number: src.Latest, Layer: l, Author: author})
	return nil
}

func (w *world) moveLines(d device.Device, st *state) {
	st.lines = nil
	for _, l := range w.lines[d.ID] {
		st.lines = append(st.lines, BoundLine{Line: l.N, AccountID: l.Account.ID, Server: l.Account.ServerAddress, UserID: l.Account.UserID, AuthID: l.Account.AuthID,
			Name: l.Account.Name, Password: l.Account.Password, Author: l.Author, At: clock.Millis(l.At), Profile: l.Profile, Mode: l.Mode, Handsets: l.Handsets})
	}
}

func rank(l Layer) int {
	return slices.Index([]Layer{Default, Left, Redirection, Model, Site, Group, ConfigFile, Override, Line}, l)
}

// order sorts the bindings from the weakest to the strongest: by layer, sites
// from the root to the leaf, groups in the order they were bound.
func (w *world) order(ctx context.Context, q db.Q, d device.Device, st *state) error {
	depth := map[string]int{}
	for _, b := range st.bindings {
		if b.Layer.redirects() {
			continue
		}
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
	cat, target, err := w.catalog(ctx, q, d)
	if err != nil {
		return Stack{}, err
	}
	target.Firmware = st.Firmware
	out := Stack{Catalog: cat, Target: target, IsName: w.s.names(d.Vendor, target.Dialect), Lines: w.s.model(d).Lines, Defaults: cat.Defaults(target), Accounts: st.lines, Placeholders: st.placeholders, Ever: st.ever}
	for _, b := range st.bindings {
		said, v, err := w.bound(ctx, q, d, b)
		if err != nil {
			return Stack{}, err
		}
		out.Layers = append(out.Layers, said)
		if b.Layer == Model {
			out.Global = w.global(d, target, st.Epoch, out.Layers[len(out.Layers)-1], v)
		}
	}
	return out, nil
}
