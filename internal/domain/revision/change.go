package revision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// ChangeKind is what a push does about a key.
type ChangeKind string

// The kinds of change.
const (
	Added         ChangeKind = "set"
	Changed       ChangeKind = "change"
	WasReset      ChangeKind = "reset"
	WasLeft       ChangeKind = "residue"
	IsShadowed    ChangeKind = "shadowed"
	IsUndelivered ChangeKind = "undeliverable"
	Withdrawn     ChangeKind = "withdrawn" // was published, never reached the phone, and is taken back
	Respelled     ChangeKind = "respelled" // the same value, which the phone is told otherwise than before
	NewEpoch      ChangeKind = "epoch"     // the file is written by a newer renderer
)

// Change is one key's difference. A secret shows as its version, never its value.
type Change struct {
	Key      param.Key
	Label    string
	Kind     ChangeKind
	Old, New string
	Layer    Layer // where the new value comes from
	ByLayer  Layer // of a shadowed one: the stronger layer
	Reboot   bool
	Why      string // why it is undeliverable, or what else is to be said of it
	unlisted bool   // no catalog has the key
}

// ChangeGroup is the same change on several devices.
type ChangeGroup struct {
	ID      string
	Changes []Change
	Devices []GroupDevice
	Reboot  bool
}

// GroupDevice is a device in a ChangeGroup.
type GroupDevice struct{ ID, MAC, Name, Old, New string }

// shown is the value as a plan may print it.
func (v Value) shown() string { return v.Origin.Shown() }

// Shown is the value as anybody who may read the device may see it: a secret is
// its version.
func (o Origin) Shown() string {
	if o.Secret == "" {
		return o.Value
	}
	return secret.Redacted + " (version " + strconv.Itoa(o.Secret.Version()) + ")"
}

// shadowed lists the values that the moved sources bring and a stronger layer
// keeps from the phone.
func (w *world) shadowed(ctx context.Context, q db.Q, d device.Device, old, next state, will Effective) ([]Change, error) {
	var out []Change
	for _, b := range next.bindings {
		if b.Layer == Override || b.Layer == Left || slices.ContainsFunc(old.bindings, func(o binding) bool { return o.SourceID == b.SourceID && o.Number == b.Number }) {
			continue
		}
		said, _, err := w.bound(ctx, q, d, b)
		if err != nil {
			return nil, err
		}
		for _, it := range said.Items {
			won, ok := will.Lookup(it.Key)
			if ok && won.SourceID != b.SourceID && won.Layer != Default {
				out = append(out, Change{Key: it.Key, Kind: IsShadowed, Old: won.shown(), New: Origin{Value: it.Value, Secret: secret.Ref(it.Secret)}.Shown(), Layer: b.Layer, ByLayer: won.Layer})
			}
		}
	}
	return out, nil
}

// onlyShadowed keeps the changes that a stronger layer hides.
func onlyShadowed(changes []Change) []Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.Kind != IsShadowed })
}

// grouper puts devices with the same change together.
type grouper struct {
	groups map[string]*ChangeGroup
	order  []string
	count  map[ChangeKind]int
	advice []vendors.Advice
	advise map[vendors.Advice]int // how many devices each is for
}

func newGrouper() *grouper {
	return &grouper{groups: map[string]*ChangeGroup{}, count: map[ChangeKind]int{}, advise: map[vendors.Advice]int{}}
}

// note counts the changes of a device for the warnings.
func (g *grouper) note(changes []Change) {
	seen := map[ChangeKind]bool{}
	for _, c := range changes {
		kind := c.Kind
		if c.unlisted && kind != IsShadowed {
			kind = unlisted
		}
		if !seen[kind] {
			seen[kind] = true
			g.count[kind]++
		}
	}
}

// unlisted counts the phones that get keys which no catalog has.
const unlisted ChangeKind = "unlisted"

// advised counts what the vendor says of a device's change.
func (g *grouper) advised(list []vendors.Advice) {
	for _, a := range list {
		if g.advise[a] == 0 {
			g.advice = append(g.advice, a)
		}
		g.advise[a]++
	}
}

func (g *grouper) add(d FrozenDevice, changes []Change) {
	g.note(changes)
	b, err := json.Marshal(changes)
	if err != nil {
		b = []byte(d.ID)
	}
	sum := sha256.Sum256(b)
	id := hex.EncodeToString(sum[:8])
	grp := g.groups[id]
	if grp == nil {
		grp = &ChangeGroup{ID: id, Changes: changes, Reboot: slices.ContainsFunc(changes, func(c Change) bool { return c.Reboot })}
		g.groups[id] = grp
		g.order = append(g.order, id)
	}
	grp.Devices = append(grp.Devices, GroupDevice{d.ID, d.mac, d.name, d.Old, d.New})
}

func (g *grouper) result() (out []ChangeGroup, warnings []Warning) {
	for _, id := range g.order {
		out = append(out, *g.groups[id])
	}
	for _, w := range []struct {
		kind ChangeKind
		text string
	}{
		{IsUndelivered, "some values have no spelling for these phones and will not reach them"},
		{WasLeft, "some values are taken away without a known default; the phones keep them"},
		{unlisted, "some keys are in no catalog; the phones get them as they were typed"},
		{Respelled, "some values stay the same and are written otherwise, because the phone's firmware or the catalog is another one than when they were published"},
		{NewEpoch, "the files are written by a newer renderer"},
		{IsShadowed, "some values change nothing because a stronger layer sets them"},
	} {
		if n := g.count[w.kind]; n > 0 {
			warnings = append(warnings, Warning{Code: string(w.kind), Text: w.text, Devices: n})
		}
	}
	for _, a := range g.advice {
		warnings = append(warnings, Warning{Code: a.Code, Text: a.Text, Devices: g.advise[a]})
	}
	return out, warnings
}

// Undeliverable reports whether pushing the plan needs the operator's word that
// values without a spelling stay behind.
func (p Plan) Undeliverable() bool {
	return slices.ContainsFunc(p.Warnings, func(w Warning) bool { return w.Code == string(IsUndelivered) })
}
