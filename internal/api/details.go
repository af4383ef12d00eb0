package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/manager"
)

// Details are what a phone tells of its own state.
type Details struct {
	Freshness   string          `json:"freshness" enum:"live,known,offline,never" doc:"live: it told it just now; known: it was asked and has not answered yet; offline: it cannot be asked, and this is what it told before; never: it reports to nothing that could ask it"`
	ReadAt      *time.Time      `json:"read_at" doc:"when it told all of it last"`
	Why         string          `json:"why" doc:"why it was not asked, or has not answered"`
	Command     string          `json:"command" doc:"that asks it, while it has not answered"`
	StartedAt   *time.Time      `json:"started_at"`
	StartReason string          `json:"start_reason" enum:",command,factory_reset,transfer,unknown"`
	Fields      []DetailsField  `json:"fields"`
	Accounts    []AccountStatus `json:"accounts"`
}

// DetailsField is one thing that a phone tells.
type DetailsField struct {
	Name  string     `json:"name" doc:"system.hardware, ipv4.address, …"`
	Value string     `json:"value"`
	At    *time.Time `json:"at" doc:"when it told it; null where it did not"`
	Why   string     `json:"why" doc:"why there is no value"`
}

// AccountStatus is an account as the phone has it.
type AccountStatus struct {
	Account    int        `json:"account"`
	Name       string     `json:"name"`
	Enabled    *bool      `json:"enabled"`
	UserID     string     `json:"user_id"`
	Server     string     `json:"server_address"`
	ServerName string     `json:"server_name" doc:"of the organization's server, where it is one"`
	Status     string     `json:"status" enum:"registered,unregistered,unknown"`
	Told       string     `json:"told" doc:"the status in the phone's own word"`
	Call       string     `json:"call" enum:",idle,busy"`
	Local      bool       `json:"local" doc:"it is none that was put on this line here"`
	At         *time.Time `json:"at"`
}

func detailsOf(d manager.Details) Details {
	out := Details{Freshness: string(d.Freshness), ReadAt: optional(d.ReadAt), Why: d.Why, Command: d.Command, StartedAt: optional(d.StartedAt), StartReason: string(d.Start), Fields: []DetailsField{}, Accounts: []AccountStatus{}}
	for _, f := range d.Fields {
		out.Fields = append(out.Fields, DetailsField{f.Name, f.Value, optional(f.At), f.Why})
	}
	for _, a := range d.Accounts {
		out.Accounts = append(out.Accounts, AccountStatus{Account: a.Account, Name: a.Name, Enabled: a.Enabled, UserID: a.UserID, Server: a.Server, ServerName: a.ServerName, Status: string(a.Status), Told: a.Told, Call: a.Call, Local: a.Local, At: optional(a.At)})
	}
	return out
}

// RefusedName is a name that phones of a model and firmware do not tell.
type RefusedName struct {
	Name   string    `json:"name"`
	Code   int       `json:"code" doc:"of TR-069"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

func (a *API) details() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/details", "get-device-details", "What a phone tells of its own state: it is asked where it can be reached, and else this is what it told before"), func(ctx context.Context, in *struct {
		DeviceRef
		Wait int `query:"wait" minimum:"0" maximum:"20" default:"10" doc:"seconds that its answer is waited for"`
	}) (*Plain[Details], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		found, err := a.Manager.Details(ctx, d, time.Duration(in.Wait)*time.Second)
		return plain(detailsOf(found)), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/refused-names", "list-refused-names", "Names of the data model that phones of this model and firmware refused to tell; they are not asked for again unless a command is forced"), func(ctx context.Context, in *DeviceRef) (*List[RefusedName], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		all, err := a.Manager.Refusals(ctx, d)
		return whole(all, func(r manager.Refusal) RefusedName { return RefusedName{r.Name, r.Code, r.Reason, r.At} }), err
	})
}
