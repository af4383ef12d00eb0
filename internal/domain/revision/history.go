package revision

import (
	"context"
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// EntryChange is a key that two revisions have otherwise.
type EntryChange struct {
	Key      param.Key
	Old, New *Entry // nil: not there
}

// Shown is the entry's value as anybody who may read the device may see it: a
// secret is its version.
func (e Entry) Shown() string { return Origin{Value: e.Value, Secret: e.Secret}.Shown() }

// Status tells where a device stands; the zero value before its first contact.
func (s *Service) Status(ctx context.Context, deviceID string) (st Status, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		states, err := loadStates(ctx, q, []string{deviceID})
		st = states[deviceID].status()
		return err
	})
	return st, err
}

// Numbered returns one revision of a device by its number, or NotFound.
func (s *Service) Numbered(ctx context.Context, deviceID string, seq int) (r Revision, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		r, err = numbered(ctx, q, deviceID, seq)
		return err
	})
	return r, err
}

// Compare lists by key what a later revision of a device has otherwise than an
// earlier one. Number 0 is the state before the first revision: nothing. Where
// the content of either is no longer kept, it is a Conflict.
func (s *Service) Compare(ctx context.Context, deviceID string, from, to int) ([]EntryChange, error) {
	var sides [2]Revision
	for i, seq := range []int{from, to} {
		if seq == 0 {
			continue
		}
		r, err := s.Numbered(ctx, deviceID, seq)
		if err != nil {
			return nil, err
		}
		if !r.Kept {
			return nil, fault.New(fault.Conflict, "the content of revision %d is no longer kept", seq)
		}
		sides[i] = r
	}
	return changed(sides[0].Entries, sides[1].Entries), nil
}

func changed(old, now []Entry) (out []EntryChange) {
	at := make(map[param.Key]int, len(old))
	for i := range old {
		at[old[i].Key] = len(out)
		out = append(out, EntryChange{Key: old[i].Key, Old: &old[i]})
	}
	for i := range now {
		if j, ok := at[now[i].Key]; ok {
			out[j].New = &now[i]
			continue
		}
		out = append(out, EntryChange{Key: now[i].Key, New: &now[i]})
	}
	same := func(a, b Entry) bool {
		a.Global = b.Global // which file it stands in is told by IncludeKey
		return a == b
	}
	out = slices.DeleteFunc(out, func(c EntryChange) bool { return c.Old != nil && c.New != nil && same(*c.Old, *c.New) })
	slices.SortFunc(out, func(a, b EntryChange) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return out
}
