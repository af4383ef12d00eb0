package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/identity"
)

// LegacyFlag is a site's legacy flag with the phones that it let in.
type LegacyFlag struct {
	State    string       `json:"state" enum:"off,on,ending,grace,over" doc:"ending: within 30 days; grace: its end date has passed and it serves for 14 days yet; over: phones get a bootstrap alone"`
	Until    *time.Time   `json:"until" doc:"its end date"`
	Ends     *time.Time   `json:"ends" doc:"when it serves no longer: 14 days after its end date"`
	Subnets  []string     `json:"subnets" doc:"that it covers"`
	Breaking int          `json:"breaking" doc:"how many phones get no configuration once it serves no longer"`
	Devices  []LegacyUser `json:"devices" doc:"those that will break first, then the latest; at most five hundred"`
}

// LegacyUser is a phone that the flag let in.
type LegacyUser struct {
	Device  NamedDevice `json:"device"`
	Breaks  bool        `json:"breaks" doc:"it used the flag within 30 days, and nothing better since: it gets no configuration once the flag serves no longer"`
	LastAt  time.Time   `json:"last_at" doc:"when the flag let it in last"`
	Door    string      `json:"door"`
	Address string      `json:"address"`
	Proof   string      `json:"proof" doc:"what it showed"`
	SafeAt  *time.Time  `json:"safe_at" doc:"when it last came with a proof that needs no flag"`
}

func (a *API) legacy() {
	register(a, op(http.MethodGet, "/orgs/{org}/sites/{id}/legacy", "get-legacy-flag", "A site's legacy flag: where it is in its life, and the phones that break when it ends"), func(ctx context.Context, in *SiteRef) (*Plain[LegacyFlag], error) {
		ctx, s, err := a.site(ctx, in)
		if err != nil {
			return nil, err
		}
		uses, err := a.Identity.Legacy(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		flag := s.LegacyAt(a.Clock.Now())
		out := LegacyFlag{State: string(flag.State), Until: optional(flag.Until), Ends: optional(flag.Ends), Subnets: []string{}, Breaking: uses.Breaking}
		for _, n := range flag.Subnets {
			out.Subnets = append(out.Subnets, n.String())
		}
		out.Devices, err = a.legacyUsers(ctx, s.OrgID, uses.List)
		return plain(out), err
	})
}

func (a *API) legacyUsers(ctx context.Context, orgID string, list []identity.LegacyUse) ([]LegacyUser, error) {
	out := make([]LegacyUser, 0, len(list))
	ids := make([]string, len(list))
	for i, u := range list {
		ids[i] = u.DeviceID
	}
	byID, err := a.devicesByID(ctx, orgID, ids)
	for _, u := range list {
		if d, ok := byID[u.DeviceID]; ok {
			out = append(out, LegacyUser{Device: NamedDevice{d.ID, d.MAC.String(), d.Name, d.Model}, Breaks: u.Breaks, LastAt: u.LastAt, Door: u.Door, Address: u.Address, Proof: string(u.Proof), SafeAt: optional(u.SafeAt)})
		}
	}
	return out, err
}
