package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
)

// Request is a row of the provisioning ledger.
type Request struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	LastAt    time.Time `json:"last_at"`
	Count     int64     `json:"count" doc:"equal requests of one hour stand in one row"`
	Door      string    `json:"door"`
	Address   string    `json:"address"`
	MAC       string    `json:"mac"`
	DeviceID  string    `json:"device_id"`
	Name      string    `json:"name" doc:"the file that was asked for"`
	UserAgent string    `json:"user_agent"`
	Kind      string    `json:"kind" doc:"what the name stands for: config, global, probe, firmware, resource or common; empty for none of ours"`
	Shown     string    `json:"shown" doc:"what the request proved itself by; empty for nothing"`
	Verdict   string    `json:"verdict" enum:"served,not_modified,bootstrap,probe,refused,no_revision,invalid,busy,error,handshake,reported"`
	Reason    string    `json:"reason" doc:"why, in plain words"`
	Code      string    `json:"reason_code" doc:"the stable code of the deciding reason, empty where nothing is wrong"`
	Severity  string    `json:"severity" enum:"info,warning,problem" doc:"the worst of the findings"`
	Findings  []Finding `json:"findings" doc:"all that is wrong, the deciding reason first"`
	Status    int       `json:"status"`
	Bytes     int64     `json:"bytes"`
	Revision  string    `json:"revision"`
	Millis    int64     `json:"millis"`
}

// Finding is one thing that is wrong with a request.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity" enum:"info,warning,problem"`
	Text     string `json:"text" doc:"in plain words"`
	Remedy   string `json:"remedy" doc:"what to do; empty for nothing"`
}

func findingsOf(list []identity.Finding) []Finding {
	out := make([]Finding, len(list))
	for i, f := range list {
		out[i] = Finding{string(f.Reason), string(f.Reason.Severity()), f.Text, f.Reason.Remedy()}
	}
	return out
}

func requestOf(e provision.Entry) Request {
	r := Request{ID: e.ID, At: e.At, LastAt: e.LastAt, Count: e.Count, Door: string(e.Door), Address: e.Address, MAC: e.MAC, DeviceID: e.DeviceID, Name: e.Name, UserAgent: e.UserAgent, Kind: string(e.Kind), Shown: string(e.Shown),
		Verdict: string(e.Verdict), Reason: e.Reason, Severity: string(identity.Worst(e.Findings)), Findings: findingsOf(e.Findings), Status: e.Status, Bytes: e.Bytes, Revision: e.Revision, Millis: e.Took.Milliseconds()}
	if len(e.Findings) > 0 {
		r.Code = string(e.Findings[0].Reason)
	}
	return r
}

func (a *API) requests() {
	register(a, op(http.MethodGet, "/orgs/{org}/requests", "list-requests", "What phones asked for and got, newest first"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		Device  string   `query:"device" maxLength:"64"`
		MAC     string   `query:"mac" maxLength:"64" doc:"the whole or a part, in any form"`
		Address string   `query:"address" maxLength:"64"`
		Verdict string   `query:"verdict" maxLength:"16"`
		Reason  []string `query:"reason,explode" maxItems:"32" doc:"code of any of the findings; given several times, any of them"`
		Q       string   `query:"q" maxLength:"256"`
	}) (*List[Request], error) {
		ctx, o, err := a.in(ctx, in.Org, access.RequestRead)
		if err != nil {
			return nil, err
		}
		f := provision.Filter{OrgID: o.ID, MAC: in.MAC, Address: in.Address, Verdict: provision.Verdict(in.Verdict), Q: in.Q}
		for _, code := range in.Reason {
			f.Reasons = append(f.Reasons, identity.Reason(code))
		}
		f.Page = in.page()
		if in.Device != "" {
			d, err := a.Devices.Get(ctx, in.Device)
			if err != nil {
				return nil, err
			}
			f.DeviceID = d.ID
		}
		s, err := a.Ledger.List(ctx, f)
		return listOf(s, requestOf), err
	})
}
