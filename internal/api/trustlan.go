package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
)

type trustBody struct {
	Hours   int      `json:"hours" minimum:"1" maximum:"24"`
	Subnets []string `json:"subnets,omitempty" maxItems:"64" doc:"private networks that lie in the site's subnets; left out: every private subnet of the site"`
}

// networks reads the body's subnets.
func (b trustBody) networks() (out []netip.Prefix, err error) {
	for _, text := range b.Subnets {
		n, err := org.ParseSubnet(text, false)
		if err != nil {
			return nil, fault.InvalidFields("the network is not trusted", fault.Field{Path: "subnets", Message: fault.Message(err)})
		}
		out = append(out, n.CIDR)
	}
	return out, nil
}

func (a *API) trustLAN() {
	register(a, op(http.MethodPost, "/orgs/{org}/sites/{id}/trust-lan", "trust-lan", "Trust a site's network for up to 24 hours: phones of the record that were never claimed get in from there without approval; nobody else does"), func(ctx context.Context, in *struct {
		SiteRef
		Body trustBody
	}) (*One[Site], error) {
		ctx, s, err := a.site(ctx, &in.SiteRef)
		if err != nil {
			return nil, err
		}
		nets, err := in.Body.networks()
		if err != nil {
			return nil, err
		}
		if s, err = a.Orgs.TrustLAN(ctx, s.ID, nets, time.Duration(in.Body.Hours)*time.Hour); err != nil {
			return nil, err
		}
		return a.countedSite(ctx, s)
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/sites/{id}/trust-lan", "distrust-lan", "Trust a site's network no longer"), func(ctx context.Context, in *SiteRef) (*One[Site], error) {
		ctx, s, err := a.site(ctx, in)
		if err != nil {
			return nil, err
		}
		if s, err = a.Orgs.DistrustLAN(ctx, s.ID); err != nil {
			return nil, err
		}
		return a.countedSite(ctx, s)
	})
}

// countedSite is a site with the number of its devices.
func (a *API) countedSite(ctx context.Context, s org.Site) (*One[Site], error) {
	l, err := a.Orgs.Sites(ctx, s.OrgID)
	return one(a.siteOf(s, l.Devices[s.ID]), s.Version), err
}
