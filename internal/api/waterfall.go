package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// Waterfall is a phone's way from its first packet to being confirmed.
type Waterfall struct {
	MAC      string           `json:"mac"`
	DeviceID string           `json:"device_id" doc:"empty for a machine that is nobody's"`
	Steps    []WaterfallStep  `json:"steps" doc:"every stage once, in the order of the way"`
	Stands   string           `json:"stands" enum:",sought,asked,bootstrap,encrypted,came_back,claim,proven,delivered,own_address,firmware,registered,confirmed" doc:"the stage where it stands now; empty where nothing is awaited"`
	Since    *time.Time       `json:"since" doc:"since when it stands there"`
	Awaits   string           `json:"awaits" doc:"one sentence: what is awaited"`
	Code     string           `json:"reason_code" doc:"the stable code of why it stands there; empty where nothing is wrong"`
	Severity string           `json:"severity" enum:"info,warning,problem"`
	Remedy   string           `json:"remedy" doc:"what to do; empty for nothing"`
	Others   []WaterfallParty `json:"others" doc:"who else asked in its name since it last proved itself"`
}

// WaterfallStep is one stage of the way.
type WaterfallStep struct {
	Stage   string     `json:"stage" enum:"sought,asked,bootstrap,encrypted,came_back,claim,proven,delivered,own_address,firmware,registered,confirmed"`
	State   string     `json:"state" enum:"done,here,ahead,skipped,unseen" doc:"skipped: its way did not lead over it; unseen: nothing here can see it"`
	At      *time.Time `json:"at"`
	After   int64      `json:"after_millis" doc:"since the step before that has a time"`
	Door    string     `json:"door"`
	Address string     `json:"address"`
	Verdict string     `json:"verdict"`
	Text    string     `json:"text" doc:"what happened, or what is known, in plain words"`
	Code    string     `json:"reason_code"`
	Bytes   int64      `json:"bytes"`
	Millis  int64      `json:"millis" doc:"that the answer took"`
}

// WaterfallParty is somebody else who asked in a phone's name.
type WaterfallParty struct {
	Address string    `json:"address"`
	LastAt  time.Time `json:"last_at"`
	Count   int64     `json:"count"`
	Text    string    `json:"text"`
}

func waterfallOf(w provision.Waterfall) Waterfall {
	out := Waterfall{MAC: w.MAC, DeviceID: w.DeviceID, Steps: make([]WaterfallStep, len(w.Steps)), Stands: string(w.Stands), Since: optional(w.Since), Awaits: w.Awaits, Code: string(w.Reason),
		Severity: string(w.Reason.Severity()), Remedy: w.Remedy, Others: make([]WaterfallParty, len(w.Others))}
	for i, s := range w.Steps {
		out.Steps[i] = WaterfallStep{Stage: string(s.Stage), State: string(s.Progress), At: optional(s.At), After: s.After.Milliseconds(), Door: string(s.Door), Address: s.Address, Verdict: string(s.Verdict),
			Text: s.Text, Code: string(s.Reason), Bytes: s.Bytes, Millis: s.Took.Milliseconds()}
	}
	for i, p := range w.Others {
		out.Others[i] = WaterfallParty{p.Address, p.LastAt, p.Count, p.Text}
	}
	return out
}

// MACQuery is a MAC in a query.
type MACQuery struct {
	MAC string `query:"mac" required:"true" maxLength:"64" doc:"in any form"`
}

func (b MACQuery) parse() (mac.Address, error) {
	m, err := mac.Parse(b.MAC)
	if err != nil {
		return "", fault.InvalidFields("the query is not valid", fault.Field{Path: "mac", Message: "a MAC is wanted"})
	}
	return m, nil
}

func (a *API) waterfalls() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/waterfall", "get-waterfall", "A phone's way from its first packet on, and where it stands"), func(ctx context.Context, in *DeviceRef) (*Plain[Waterfall], error) {
		ctx, d, err := a.device(ctx, in, access.RequestRead)
		if err != nil {
			return nil, err
		}
		w, err := a.Previews.Waterfall(ctx, d)
		return plain(waterfallOf(w)), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/unclaimed/waterfall", "get-stranger-waterfall", "The way of a machine that is nobody's, as far as it asked from the subnets of the organization's sites"), func(ctx context.Context, in *struct {
		OrgRef
		MACQuery
	}) (*Plain[Waterfall], error) {
		ctx, o, err := a.in(ctx, in.Org, access.RequestRead)
		if err != nil {
			return nil, err
		}
		m, err := in.parse()
		if err != nil {
			return nil, err
		}
		if _, err = a.Devices.Stranger(ctx, o, m); fault.Is(err, fault.NotFound) {
			return plain(waterfallOf(provision.Unheard(m))), nil
		}
		if err != nil {
			return nil, err
		}
		w, err := a.Previews.StrangerWaterfall(ctx, o.ID, m)
		return plain(waterfallOf(w)), err
	})
	register(a, op(http.MethodGet, "/unclaimed/waterfall", "get-unclaimed-waterfall", "The way of a machine that is nobody's; the platform owner's"), func(ctx context.Context, in *MACQuery) (*Plain[Waterfall], error) {
		if err := a.Access.Authorize(ctx, access.UnclaimedRead, access.Where{}); err != nil {
			return nil, err
		}
		m, err := in.parse()
		if err != nil {
			return nil, err
		}
		w, err := a.Previews.StrangerWaterfall(ctx, "", m)
		return plain(waterfallOf(w)), err
	})
}
