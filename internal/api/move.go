package api

import (
	"context"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// Clash is where a phone stands whose MAC was given, and how it is moved.
type Clash struct {
	DeviceID string `json:"device_id"`
	MAC      string `json:"mac"`
	Name     string `json:"name"`
	OrgID    string `json:"org_id"`
	Org      string `json:"org"`
	SiteID   string `json:"site_id"`
	Site     string `json:"site"`
	Version  int64  `json:"version" doc:"to move it by"`
	Move     string `json:"move" doc:"POST here moves it (move-device); empty where the asker may not change it there"`
}

func (a *API) moves() {
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/move", "move-device", "Put a phone into another site, or into another organization of the tenant, where it starts anew: its lines, own settings, groups and revisions stay behind"), func(ctx context.Context, in *struct {
		DeviceRef
		IfMatch
		Body struct {
			Org    string `json:"org,omitempty" maxLength:"64" doc:"id or slug; left out: the organization that it is in"`
			SiteID string `json:"site_id,omitempty" maxLength:"64" doc:"left out: the organization's default site"`
		}
	}) (*One[Device], error) {
		here, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		if in.Body.Org == "" {
			in.Body.Org = d.OrgID
		}
		there, to, err := a.in(ctx, in.Body.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		if d, err = a.Devices.Move(here, d.ID, to, in.Body.SiteID, v); err != nil {
			return nil, err
		}
		return a.oneDevice(there, d)
	})
}

// clashing adds to a refusal for a MAC that is taken where it is, as far as the
// asker may see it.
func (a *API) clashing(ctx context.Context, o org.Org, given string, err error) error {
	if c := a.clash(ctx, o, given, err); c != nil {
		p := a.asProblem(ctx, err)
		p.Clash = c
		return p
	}
	return err
}

func (a *API) clash(ctx context.Context, o org.Org, given string, err error) *Clash {
	m, wrong := mac.Parse(given)
	if code := fault.CodeOf(err); wrong != nil || code != "mac_taken" && code != "mac_elsewhere" {
		return nil
	}
	c, found, err := a.Devices.Clash(ctx, o, m)
	if err != nil {
		a.Log.WarnContext(ctx, "a clash not looked up", "mac", m, "error", err)
	}
	if !found {
		return nil
	}
	out := &Clash{DeviceID: c.Device.ID, MAC: m.String(), Name: c.Device.Name, OrgID: c.Org.ID, Org: c.Org.Name, SiteID: c.Device.SiteID, Site: c.Device.SiteName, Version: c.Device.Version}
	if c.Moveable {
		out.Move = "/api/v1/orgs/" + c.Org.ID + "/devices/" + c.Device.ID + "/move"
	}
	return out
}
