package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
)

// Site is a place in an organization's tree.
type Site struct {
	ID             string     `json:"id"`
	ParentID       string     `json:"parent_id"`
	Name           string     `json:"name"`
	Description    string     `json:"description"`
	Depth          int        `json:"depth" doc:"1 at the top"`
	Path           []string   `json:"path" doc:"names from the top to this site"`
	IsDefault      bool       `json:"is_default"`
	Subnets        []Subnet   `json:"subnets"`
	LegacyUntil    *time.Time `json:"legacy_until" doc:"the legacy flag's end date: from then on it warns for 14 days while phones of legacy subnets get their configuration in clear text yet"`
	LegacyState    string     `json:"legacy_state" enum:"off,on,ending,grace,over" doc:"ending: within 30 days; grace: its end date has passed and it serves yet; over: a bootstrap alone"`
	LegacyEnds     *time.Time `json:"legacy_ends" doc:"when the legacy flag serves no longer"`
	TrustedUntil   *time.Time `json:"trusted_until" doc:"until when phones of the record that were never claimed get in without approval from the trusted subnets; null where no network is trusted now"`
	TrustedSubnets []string   `json:"trusted_subnets"`
	Devices        int        `json:"devices" doc:"that stand in this site itself"`
	Version        int64      `json:"version"`
}

// Subnet is a network that a site's phones come from.
type Subnet struct {
	CIDR   string `json:"cidr" maxLength:"64" example:"192.0.2.0/24"`
	Legacy bool   `json:"legacy,omitempty"`
}

// siteBody makes or changes a site.
type siteBody struct {
	ParentID    *string    `json:"parent_id,omitempty" maxLength:"64"`
	Name        *string    `json:"name,omitempty" maxLength:"256"`
	Description *string    `json:"description,omitempty" maxLength:"1024"`
	Subnets     *[]Subnet  `json:"subnets,omitempty" maxItems:"64"`
	LegacyUntil *time.Time `json:"legacy_until,omitempty"`
	LegacyOff   bool       `json:"legacy_off,omitempty" doc:"end the legacy flag now"`
}

func (b siteBody) input() (org.SiteInput, error) {
	in := org.SiteInput{ParentID: b.ParentID, Name: b.Name, Description: b.Description, LegacyUntil: b.LegacyUntil}
	if b.LegacyOff {
		in.LegacyUntil = new(time.Time)
	}
	if b.Subnets == nil {
		return in, nil
	}
	nets := make([]org.Subnet, len(*b.Subnets))
	for i, n := range *b.Subnets {
		var err error
		if nets[i], err = org.ParseSubnet(n.CIDR, n.Legacy); err != nil {
			return in, fault.InvalidFields("site is not valid", fault.Field{Path: "subnets", Message: fault.Message(err)})
		}
	}
	in.Subnets = &nets
	return in, nil
}

func (a *API) siteOf(s org.Site, devices int) Site {
	now := a.Clock.Now()
	flag := s.LegacyAt(now)
	out := Site{ID: s.ID, ParentID: s.ParentID, Name: s.Name, Description: s.Description, Depth: s.Depth, Path: s.Names, IsDefault: s.IsDefault,
		Subnets: []Subnet{}, LegacyUntil: optional(s.LegacyUntil), LegacyState: string(flag.State), LegacyEnds: optional(flag.Ends), TrustedSubnets: []string{},
		Devices: devices, Version: s.Version}
	if s.TrustedUntil.After(now) {
		out.TrustedUntil = optional(s.TrustedUntil)
		for _, n := range s.TrustedNets {
			out.TrustedSubnets = append(out.TrustedSubnets, n.String())
		}
	}
	for _, n := range s.Subnets {
		out.Subnets = append(out.Subnets, Subnet{n.CIDR.String(), n.Legacy})
	}
	return out
}

// optional is a time as JSON has it: null for the zero time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// SiteRef is a site in a path.
type SiteRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) sites() {
	register(a, op(http.MethodGet, "/orgs/{org}/sites", "list-sites", "The tree of sites, in path order"), func(ctx context.Context, in *OrgRef) (*List[Site], error) {
		ctx, o, err := a.in(ctx, in.Org, access.SiteRead)
		if err != nil {
			return nil, err
		}
		l, err := a.Orgs.Sites(ctx, o.ID)
		return whole(l.Sites, func(s org.Site) Site { return a.siteOf(s, l.Devices[s.ID]) }), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/sites", "create-site", "Make a site"), func(ctx context.Context, in *struct {
		OrgRef
		Body siteBody
	}) (*One[Site], error) {
		ctx, o, err := a.in(ctx, in.Org, access.SiteRead)
		if err != nil {
			return nil, err
		}
		si, err := in.Body.input()
		if err != nil {
			return nil, err
		}
		s, err := a.Orgs.CreateSite(ctx, o, si)
		return one(a.siteOf(s, 0), s.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/sites/{id}", "get-site", "One site"), func(ctx context.Context, in *SiteRef) (*One[Site], error) {
		ctx, s, err := a.site(ctx, in)
		if err != nil {
			return nil, err
		}
		return a.countedSite(ctx, s)
	})
	register(a, op(http.MethodPatch, "/orgs/{org}/sites/{id}", "update-site", "Change a site"), func(ctx context.Context, in *struct {
		SiteRef
		IfMatch
		Body siteBody
	}) (*One[Site], error) {
		ctx, s, err := a.site(ctx, &in.SiteRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		si, err := in.Body.input()
		if err != nil {
			return nil, err
		}
		s, err = a.Orgs.UpdateSite(ctx, s.ID, si, v)
		return one(a.siteOf(s, 0), s.Version), err
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/sites/{id}", "delete-site", "Delete an empty site"), func(ctx context.Context, in *struct {
		SiteRef
		IfMatch
	}) (*Nothing, error) {
		ctx, s, err := a.site(ctx, &in.SiteRef)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Orgs.DeleteSite(ctx, s.ID, v)
	})
}

// site enters the organization and finds one of its sites that the asker may see.
func (a *API) site(ctx context.Context, in *SiteRef) (context.Context, org.Site, error) {
	ctx, o, err := a.in(ctx, in.Org, access.SiteRead)
	if err != nil {
		return ctx, org.Site{}, err
	}
	s, err := a.Orgs.Site(ctx, in.ID)
	if err == nil && s.OrgID != o.ID {
		err = fault.New(fault.NotFound, "site not found")
	}
	return ctx, s, err
}
