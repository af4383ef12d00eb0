package revision

import (
	"context"
	"maps"
	"slices"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Fit is what becomes of a device's configuration on other hardware of its maker.
type Fit struct {
	Was, Will vendors.Model
	Firmware  string // that the present hardware told, "" for none; of the other one none is known
	Unfit     []Unfit
	Beyond    []Beyond
	Back      []FitKey    // what reaches the other hardware and not the present one
	Defaults  []Differing // what nobody set and the two hold otherwise out of the box
	Delivered int         // settings that reach the other hardware
	Respelled int         // of them, those that its file says in other words
	Kept      int         // settings that the present phone keeps though nobody says them any more; the other one does not
	Notes     []FitNote
	Problem   string // why nothing can be published for it, "" where it can
}

// FitKey is a setting with its whole provenance and its name for people.
type FitKey struct {
	Value
	Label  string
	Secret bool // its value is a secret's
}

// Shown is the value as anybody who may read the device may see it.
func (k FitKey) Shown() string {
	if k.Secret && k.Origin.Secret == "" && k.Origin.Value != "" {
		return secret.Redacted
	}
	return k.shown()
}

// Unfit is a setting that does not reach the other hardware; Why says why not.
type Unfit struct {
	FitKey
	Already bool // nor does it reach the present one
}

// Beyond is an account on a line that the other hardware does not have. Keys are
// what the line says; they stay behind with it.
type Beyond struct {
	BoundLine
	Keys []param.Key
}

// Differing is a default that differs; of a secret both are masked.
type Differing struct {
	Key       param.Key
	Label     string
	Was, Will string
}

// FitNote is something else to know before. Name is the template's that it speaks of.
type FitNote struct{ Code, Name, Text string }

// The codes of notes.
const (
	NoteTheirs     = "template_of_old_model"
	NoteOffered    = "template_of_new_model"
	NoteProfiles   = "servers_share_profile"
	NoteUnverified = "model_unverified"
)

// counts are what the operation log keeps of it.
func (f Fit) counts() map[string]any {
	return map[string]any{"undeliverable": len(f.Unfit), "lines_beyond": len(f.Beyond), "delivered": f.Delivered}
}

// Fit works out what becomes of a device's configuration on the hardware that it
// would have; see device.Try. It changes nothing.
func (s *Service) Fit(ctx context.Context, was, will device.Device) (f Fit, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		w, err := s.load(ctx, q, []device.Device{was})
		if err != nil {
			return err
		}
		f, _, err = w.fit(ctx, q, was, will)
		return err
	})
	return f, err
}

// fitting compares what a device has with what it would have.
type fitting struct {
	out           Fit
	cat           *param.Catalog
	before, after Effective
	old           param.Target // the present hardware's
}

// fit returns the state too that the other hardware gets: the same bindings, and
// what the hardware itself decides as it is with the new one.
func (w *world) fit(ctx context.Context, q db.Q, was, will device.Device) (Fit, state, error) {
	old, next, err := w.rehouse(ctx, q, was, will)
	if err != nil {
		return Fit{}, state{}, err
	}
	f := fitting{out: Fit{Was: w.s.model(was), Will: w.s.model(will), Firmware: was.Firmware}}
	if f.before, err = w.compiled(ctx, q, was, old); err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return Fit{}, state{}, err
	}
	if f.cat, _, err = w.catalog(ctx, q, will); err != nil {
		return Fit{}, state{}, err
	}
	f.old = param.Target{Dialect: f.out.Was.Dialect, Family: f.out.Was.Family, Model: f.out.Was.Name, Firmware: old.Firmware}
	f.after, err = w.compiled(ctx, q, will, next)
	if err == nil {
		_, err = w.s.drafted(will, next, f.after)
	}
	if err != nil && !fault.Is(err, fault.Invalid) {
		return Fit{}, state{}, err
	}
	if err != nil {
		f.out.Problem = fault.Message(err)
	}
	f.lines(next)
	f.values()
	f.out.Notes, err = w.fitNotes(ctx, q, was, will, next)
	return f.out, next, err
}

// rehouse gives a device's state of now and that with other hardware. What the
// old hardware took is not on it, and its firmware is not known.
func (w *world) rehouse(ctx context.Context, q db.Q, was, will device.Device) (old, next state, err error) {
	old = w.states[was.ID].of(was)
	if !old.isBound() {
		if old, err = w.firstContact(ctx, q, was); err != nil {
			return state{}, state{}, err
		}
		next, err = w.firstContact(ctx, q, will)
	} else {
		next = old
		next.placeholders, err = w.ofHardware(ctx, q, was, will, old.placeholders)
	}
	if now := w.s.epoch(will.Vendor); next.Epoch < now-1 { // the last two are kept
		next.Epoch = now
	}
	next.Firmware, next.ever = "", nil
	return old, next, err
}

// ofHardware changes those placeholder values that the hardware decides, its MAC,
// its model and what is said for that model alone, and leaves the others as they
// were pushed.
func (w *world) ofHardware(ctx context.Context, q db.Q, was, will device.Device, pushed map[string]string) (map[string]string, error) {
	a, err := w.placeholders(ctx, q, was)
	if err != nil {
		return nil, err
	}
	b, err := w.placeholders(ctx, q, will)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(pushed)
	if out == nil {
		out = map[string]string{}
	}
	for name, v := range b {
		if before, had := a[name]; !had || before != v {
			out[name] = v
		}
	}
	for name := range a {
		if _, still := b[name]; !still {
			delete(out, name)
		}
	}
	return out, nil
}

// lines lists the accounts that the other hardware has no line for.
func (f *fitting) lines(next state) {
	for _, l := range next.lines {
		if l.Line > f.out.Will.Lines {
			f.out.Beyond = append(f.out.Beyond, Beyond{BoundLine: l})
		}
	}
}

func (f *fitting) values() {
	for i := range f.before.Values {
		if f.before.Values[i].State == Residue {
			f.out.Kept++
		}
	}
	for i := range f.after.Values {
		v := &f.after.Values[i]
		had, known := f.before.Lookup(v.Key)
		switch {
		case v.Layer == Default:
			f.holds(v)
		case v.Undeliverable:
			f.unfit(v, known && had.Undeliverable)
		default:
			f.out.Delivered++
			if known && had.Undeliverable {
				f.out.Back = append(f.out.Back, f.named(v))
			} else if known && (had.Name != v.Name || had.Spelled != v.Spelled) {
				f.out.Respelled++
			}
		}
	}
}

// holds notes a default that differs.
func (f *fitting) holds(v *Value) {
	d, known := f.cat.Default(v.Key, f.old)
	if !known || d.Value == v.Value {
		return
	}
	out := Differing{Key: v.Key, Label: f.label(v.Key), Was: d.Value, Will: v.Value}
	if p, _, _ := f.cat.Lookup(v.Key); p.IsSecret() {
		out.Was, out.Will = secret.Redacted, secret.Redacted
	}
	f.out.Defaults = append(f.out.Defaults, out)
}

// unfit notes a setting that stays behind, with its line where that does.
func (f *fitting) unfit(v *Value, already bool) {
	if p, n, _ := f.cat.Lookup(v.Key); v.Layer == Line && strings.HasPrefix(string(p.Role), "line.") {
		if i := slices.IndexFunc(f.out.Beyond, func(b Beyond) bool { return b.Line == n }); i >= 0 {
			f.out.Beyond[i].Keys = append(f.out.Beyond[i].Keys, v.Key)
			return
		}
	}
	f.out.Unfit = append(f.out.Unfit, Unfit{FitKey: f.named(v), Already: already})
}

func (f *fitting) named(v *Value) FitKey {
	p, _, _ := f.cat.Lookup(v.Key)
	return FitKey{Value: *v, Label: f.label(v.Key), Secret: v.Secret != "" || p.IsSecret()}
}

func (f *fitting) label(k param.Key) string {
	if c := (Change{Key: k}).labelled(f.cat); c.Label != "" {
		return c.Label
	}
	return string(k)
}

// fitNotes are what else is to be known.
func (w *world) fitNotes(ctx context.Context, q db.Q, was, will device.Device, next state) (out []FitNote, err error) {
	m := w.s.model(will)
	if was.Model != will.Model {
		if out, err = w.templateNotes(ctx, q, was, will, next); err != nil {
			return nil, err
		}
		if m.Proof == vendors.Unverified {
			out = append(out, FitNote{Code: NoteUnverified, Text: "how this model writes its settings is not verified"})
		}
	}
	servers := map[int]string{}
	for _, l := range next.lines {
		p := max(1, l.Profile)
		if have, taken := servers[p]; m.Base.Profiles > 0 && taken && have != l.Server {
			return append(out, FitNote{Code: NoteProfiles, Text: "accounts of different SIP servers would share a profile; put them on profiles of their own"}), nil
		}
		servers[p] = l.Server
	}
	return out, nil
}

// templateNotes tell of templates that are for the one model and not for the other.
func (w *world) templateNotes(ctx context.Context, q db.Q, was, will device.Device, next state) (out []FitNote, err error) {
	for _, b := range next.bindings {
		if b.Layer.redirects() {
			continue
		}
		src, err := w.source(ctx, q, b.SourceID)
		if err != nil {
			return nil, err
		}
		if src.Kind.IsTemplate() && !Suits(src, will.Vendor, will.Model) {
			out = append(out, FitNote{NoteTheirs, src.Name, "the template " + src.Name + " is for " + src.Model + "; it stays bound until a push takes it away"})
		}
	}
	before, err := w.scopedFor(ctx, q, was)
	if err != nil {
		return nil, err
	}
	after, err := w.scopedFor(ctx, q, will)
	for _, src := range after {
		bound := slices.ContainsFunc(next.bindings, func(b binding) bool { return b.SourceID == src.ID })
		if !bound && !slices.ContainsFunc(before, func(o template.Source) bool { return o.ID == src.ID }) {
			out = append(out, FitNote{NoteOffered, src.Name, "the template " + src.Name + " is for the new model; push it to have its values"})
		}
	}
	return out, err
}
