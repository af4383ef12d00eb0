package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
)

// Revision is a published configuration.
type Revision struct {
	ID          string     `json:"id"`
	Seq         int        `json:"seq"`
	CreatedAt   time.Time  `json:"created_at"`
	Author      string     `json:"author"`
	Reason      string     `json:"reason"`
	Plan        string     `json:"plan"`
	DeliveredAt *time.Time `json:"delivered_at" doc:"when the phone first took it"`
	Desired     bool       `json:"desired"`
	Delivered   bool       `json:"delivered"`
	Confirmed   bool       `json:"confirmed"`
	Kept        bool       `json:"content_kept" doc:"false: only that it was, when and by which plan"`
	Pinned      bool       `json:"pinned" doc:"its content stays"`
	Epoch       int        `json:"epoch"`
	Keys        int        `json:"keys"`
}

// RevisionContent is a revision with what it says.
type RevisionContent struct {
	Revision
	Entries []RevisionEntry `json:"entries"`
}

// RevisionEntry is a key of a published revision.
type RevisionEntry struct {
	Key    string `json:"key"`
	Label  string `json:"label"`
	Name   string `json:"name" doc:"in the device's dialect; empty: not delivered"`
	Value  string `json:"value" doc:"as it was delivered; a secret shows as its version"`
	State  string `json:"state" enum:"set,reset,residue"`
	Secret bool   `json:"secret"`
}

// RevisionChange is a key that two revisions have otherwise.
type RevisionChange struct {
	Key string         `json:"key"`
	Old *RevisionEntry `json:"old" doc:"null: it was not there"`
	New *RevisionEntry `json:"new" doc:"null: it is not there"`
}

// SeqRef is a revision in a path.
type SeqRef struct {
	DeviceRef
	Seq int `path:"seq" minimum:"1" doc:"its number"`
}

func revisionOf(st revision.Status) func(revision.Revision) Revision {
	return func(r revision.Revision) Revision {
		return Revision{ID: r.ID, Seq: r.Seq, CreatedAt: r.CreatedAt, Author: r.Author, Reason: r.Reason, Plan: r.Plan, DeliveredAt: optional(r.DeliveredAt), Kept: r.Kept, Pinned: r.Pinned,
			Epoch: r.Epoch, Keys: len(r.Entries), Desired: r.ID == st.Desired, Delivered: r.ID == st.Delivered, Confirmed: r.ID == st.Confirmed}
	}
}

func entryOf(cat *param.Catalog, e revision.Entry) RevisionEntry {
	out := RevisionEntry{Key: string(e.Key), Label: string(e.Key), Name: e.Name, Value: e.Shown(), State: string(e.State), Secret: e.Secret != ""}
	if out.State == "" {
		out.State = string(revision.Set)
	}
	if p, _, ok := cat.Lookup(e.Key); ok {
		out.Label, out.Secret = p.Label, out.Secret || p.IsSecret()
	}
	return out
}

func (a *API) revisions() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/revisions", "list-revisions", "The revisions of a device, newest first"), func(ctx context.Context, in *DeviceRef) (*List[Revision], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		all, st, err := a.Revisions.History(ctx, d.ID)
		return whole(all, revisionOf(st)), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/revisions/at", "get-revision-at", "What the phone had at a time"), func(ctx context.Context, in *struct {
		DeviceRef
		Time time.Time `query:"time" required:"true"`
	}) (*Plain[RevisionContent], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		r, err := a.Revisions.At(ctx, d.ID, in.Time)
		if err != nil {
			return nil, err
		}
		return a.revisionContent(ctx, d, r)
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/revisions/{seq}", "get-revision", "One revision with what it says"), func(ctx context.Context, in *SeqRef) (*Plain[RevisionContent], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		r, err := a.Revisions.Numbered(ctx, d.ID, in.Seq)
		if err != nil {
			return nil, err
		}
		return a.revisionContent(ctx, d, r)
	})
	a.pins()
	a.compareRevisions()
}

func (a *API) pins() {
	register(a, op(http.MethodPut, "/orgs/{org}/devices/{device}/revisions/{seq}/pin", "pin-revision", "Keep a revision's content, or let it go with the others again"), func(ctx context.Context, in *struct {
		SeqRef
		Body struct {
			Pinned bool `json:"pinned"`
		}
	}) (*Plain[RevisionContent], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		if err := a.Revisions.Pin(ctx, d, in.Seq, in.Body.Pinned); err != nil {
			return nil, err
		}
		r, err := a.Revisions.Numbered(ctx, d.ID, in.Seq)
		if err != nil {
			return nil, err
		}
		return a.revisionContent(ctx, d, r)
	})
}

func (a *API) compareRevisions() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/revisions/{seq}/diff", "compare-revisions", "What a revision has otherwise than another one"), func(ctx context.Context, in *struct {
		SeqRef
		With int `query:"with" minimum:"0" doc:"the number of the earlier one; 0 is the one before"`
	}) (*List[RevisionChange], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		with := in.With
		if with == 0 {
			with = in.Seq - 1
		}
		changes, err := a.Revisions.Compare(ctx, d.ID, with, in.Seq)
		if err != nil {
			return nil, err
		}
		cat, _, err := a.Revisions.Catalog(ctx, d)
		if err != nil {
			return nil, err
		}
		entry := func(e *revision.Entry) *RevisionEntry {
			if e == nil {
				return nil
			}
			out := entryOf(cat, *e)
			return &out
		}
		return whole(changes, func(c revision.EntryChange) RevisionChange {
			return RevisionChange{Key: string(c.Key), Old: entry(c.Old), New: entry(c.New)}
		}), nil
	})
}

func (a *API) revisionContent(ctx context.Context, d device.Device, r revision.Revision) (*Plain[RevisionContent], error) {
	cat, _, err := a.Revisions.Catalog(ctx, d)
	if err != nil {
		return nil, err
	}
	st, err := a.Revisions.Status(ctx, d.ID)
	out := RevisionContent{Revision: revisionOf(st)(r), Entries: make([]RevisionEntry, len(r.Entries))}
	for i, e := range r.Entries {
		out.Entries[i] = entryOf(cat, e)
	}
	return plain(out), err
}
