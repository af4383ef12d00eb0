package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/onboard"
)

// SyncPlan is what taking over from a phone would do.
type SyncPlan struct {
	State    string        `json:"state" enum:"none,reading,failed,ready" doc:"none: it was not asked, or too long ago; reading: it has not answered yet"`
	Reason   string        `json:"reason" doc:"where it failed"`
	Command  string        `json:"command" doc:"that asked the phone"`
	ReadAt   *time.Time    `json:"read_at" doc:"when it answered"`
	Values   []SyncValue   `json:"values" doc:"what it holds otherwise than its effective configuration; it becomes the phone's own values"`
	Accounts []SyncAccount `json:"accounts" doc:"accounts on it that are not those put on its lines here"`
	Hash     string        `json:"hash" doc:"to take it over with"`
}

// SyncValue is a setting that a phone holds otherwise.
type SyncValue struct {
	Key    string  `json:"key"`
	Label  string  `json:"label"`
	Ours   *string `json:"ours" doc:"null where nothing here says any"`
	Theirs string  `json:"theirs"`
}

// SyncAccount is an account on a phone that is not the one put on its line here.
type SyncAccount struct {
	Line      int    `json:"line"`
	UserID    string `json:"user_id"`
	Name      string `json:"name"`
	Server    string `json:"server_address"`
	ServerID  string `json:"server_id" doc:"empty: it is made"`
	AccountID string `json:"account_id" doc:"empty: it is made, without the password, which the phone keeps to itself"`
	Replaces  string `json:"replaces" doc:"user of the account that was put on the line"`
	Problem   string `json:"problem" doc:"why it cannot be taken over"`
}

// Synced is what was taken over.
type Synced struct {
	Values   int      `json:"values"`
	Accounts int      `json:"accounts"`
	Made     []string `json:"made" doc:"servers and accounts that were made"`
}

func (a *API) syncPlan(ctx context.Context, in *DeviceRef) (*Plain[SyncPlan], error) {
	ctx, d, err := a.device(ctx, in, access.DeviceRead)
	if err != nil {
		return nil, err
	}
	p, err := a.Onboard.Sync(ctx, d)
	if err != nil {
		return nil, err
	}
	cat, target, err := a.Revisions.Catalog(ctx, d)
	if err != nil {
		return nil, err
	}
	out := SyncPlan{State: "none", Command: p.Command.ID, ReadAt: optional(p.ReadAt), Values: []SyncValue{}, Accounts: []SyncAccount{}, Hash: p.Hash}
	switch {
	case p.Hash != "":
		out.State = "ready"
	case p.Command.ID != "" && p.Command.State.Terminal():
		out.State, out.Reason = "failed", p.Command.Reason
	case p.Command.ID != "":
		out.State = "reading"
	}
	for _, v := range p.Values {
		s := SyncValue{Key: string(v.Key), Label: string(v.Key), Theirs: v.Theirs}
		if v.Known {
			s.Ours = &v.Ours
		}
		if par, _, ok := cat.On(v.Key, target); ok {
			s.Label = par.Label
		}
		out.Values = append(out.Values, s)
	}
	for _, x := range p.Accounts {
		out.Accounts = append(out.Accounts, SyncAccount{x.Line, x.UserID, x.Name, x.Server, x.ServerID, x.AccountID, x.Replaces, x.Problem})
	}
	return plain(out), nil
}

func (a *API) sync() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/sync", "get-sync", "What taking over what a phone holds would do"), a.syncPlan)
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/sync", "read-for-sync", "Ask a phone that is online for all of its settings and accounts, to look at before they are taken over"), func(ctx context.Context, in *DeviceRef) (*Plain[SyncPlan], error) {
		inner, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		if _, err := a.Manager.AskAll(inner, d); err != nil {
			return nil, err
		}
		return a.syncPlan(ctx, in)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/sync/apply", "apply-sync", "Take over what a phone holds: the phone prevails, templates stay as they are; it is published by a push"), func(ctx context.Context, in *struct {
		DeviceRef
		Body struct {
			Hash     string `json:"hash" maxLength:"64" doc:"of the plan that was looked at"`
			Accounts bool   `json:"accounts,omitempty" doc:"its SIP accounts too; servers and accounts that there are not are made"`
		}
	}) (*Plain[Synced], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		_, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		done, err := a.Onboard.TakeOver(ctx, o, d, in.Body.Hash, onboard.Accounts(in.Body.Accounts))
		return plain(Synced{done.Values, done.Accounts, append([]string{}, done.Made...)}), err
	})
}
