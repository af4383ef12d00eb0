package revision

import (
	"context"
	"fmt"
	"strconv"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
)

// compare lists what differs between two effective configs, by key. Both are
// sorted, so one walk along them is enough: it is made for each device of a plan.
func compare(cat *param.Catalog, was, will Effective) []Change {
	var out []Change
	at := 0
	// gone tells of the old values before a key: they go without a trace.
	gone := func(before func(param.Key) bool) {
		for ; at < len(was.Values) && before(was.Values[at].Key); at++ {
			if v := &was.Values[at]; !v.untouched() && v.State == Set {
				out = append(out, Change{Key: v.Key, Kind: Withdrawn, Old: v.shown()}.labelled(cat))
			}
		}
	}
	for i := range will.Values {
		v := &will.Values[i]
		gone(func(k param.Key) bool { return k < v.Key })
		var before *Value
		if at < len(was.Values) && was.Values[at].Key == v.Key {
			before = &was.Values[at]
			at++
		}
		if before != nil && before.untouched() {
			before = nil
		}
		if c, differs := difference(before, v); differs {
			out = append(out, c.labelled(cat))
		}
	}
	gone(func(param.Key) bool { return true })
	return out
}

// untouched reports whether a value is a default that nobody said.
func (v *Value) untouched() bool { return v.Layer == Default && v.State == Set }

// same reports whether two values of a key stand alike in a file.
func (v *Value) same(o *Value) bool {
	return v.Value == o.Value && v.Secret == o.Secret && v.Undeliverable == o.Undeliverable && v.Name == o.Name && v.Spelled == o.Spelled
}

// difference is what a push does about a key; before is nil where nobody said
// anything of it.
func difference(before, v *Value) (Change, bool) {
	had := before != nil
	if had && before.State == v.State && v.State == Set && v.Layer != Default && before.same(v) {
		return Change{}, false
	}
	c := Change{Key: v.Key, Layer: v.Layer, New: v.shown(), Why: v.Why, unlisted: v.Unlisted}
	if had {
		c.Old = before.shown()
	}
	switch {
	case v.State == Residue:
		c.Kind, c.Old, c.New = WasLeft, v.Kept, v.Kept
		return c, !had || before.State != Residue
	case v.State == Reset:
		c.Kind = WasReset
		return c, !had || before.State != Reset || !before.same(v)
	case v.Layer == Default:
		c.Kind = Withdrawn
		return c, had && before.State == Set
	case v.Undeliverable:
		c.Kind = IsUndelivered
	case had && before.State == Set && before.Value == v.Value && before.Secret == v.Secret:
		c.Kind, c.Old, c.New = Respelled, before.written(), v.written()
	case had && before.State == Set:
		c.Kind = Changed
	default:
		c.Kind = Added
	}
	return c, true
}

// written is a value as it stands in the file, "" for one that does not.
func (v *Value) written() string {
	e := Entry{Name: v.Name, Value: v.Spelled, Secret: v.Secret, State: v.State}
	return e.written()
}

func (c Change) labelled(cat *param.Catalog) Change {
	if p, n, ok := cat.Lookup(c.Key); ok {
		c.Label, c.Reboot = p.Label, p.Reboot
		if n > 0 && p.Count > 1 {
			c.Label = fmt.Sprintf("%s (%d)", p.Label, n)
		}
	}
	return c
}

// drifted lists what a device's published revision says otherwise than its own
// bindings give today, though nobody moved anything: another firmware, a fix of
// the catalog or of the renderer changed how it is written. told are the keys
// that the plan speaks of already.
func (w *world) drifted(ctx context.Context, q db.Q, d device.Device, old, next state, was, will Effective, told []Change) ([]Change, error) {
	var out []Change
	if old.Epoch != next.Epoch {
		out = append(out, Change{Kind: NewEpoch, Old: strconv.Itoa(old.Epoch), New: strconv.Itoa(next.Epoch)})
	}
	if old.Desired == "" || w.s.revisionID(d, old.Epoch, was) == old.Desired {
		return out, nil
	}
	r, err := findRevision(ctx, q, d.ID, old.Desired)
	if err != nil {
		return nil, err
	}
	cat, _, err := w.catalog(ctx, q, d)
	if err != nil {
		return nil, err
	}
	said := make(map[param.Key]bool, len(told))
	for _, c := range told {
		said[c.Key] = said[c.Key] || c.Kind != IsShadowed
	}
	for _, e := range changed(r.Entries, will.Entries()) {
		if said[e.Key] {
			continue
		}
		c := Change{Key: e.Key, Kind: Respelled, Old: e.Old.written(), New: e.New.written()}
		if v, ok := will.Lookup(e.Key); ok {
			c.Layer, c.Why, c.unlisted = v.Layer, v.Why, v.Unlisted
			if v.Undeliverable {
				c.Kind = IsUndelivered
			}
		}
		out = append(out, c.labelled(cat))
	}
	return out, nil
}

// written is an entry as it stands in the file, "" for one that does not.
func (e *Entry) written() string {
	if e == nil || e.Name == "" || e.State == Residue {
		return ""
	}
	return e.Name + "=" + e.Shown()
}
