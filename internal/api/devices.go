package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
)

// Device is a phone, gateway or intercom.
type Device struct {
	ID         string     `json:"id"`
	MAC        string     `json:"mac" doc:"12 lower-case hex digits"`
	Vendor     string     `json:"vendor"`
	Model      string     `json:"model"`
	Family     string     `json:"family"`
	Name       string     `json:"name"`
	Serial     string     `json:"serial"`
	Sync       bool       `json:"sync_configuration" doc:"take over what it holds when it is first online"`
	SiteID     string     `json:"site_id"`
	SiteName   string     `json:"site_name"`
	Life       string     `json:"life" enum:"seen,waiting,adopted,rejected,quarantined,retired"`
	Reach      string     `json:"reach" enum:"online,restricted,offline"`
	Standing   string     `json:"status" doc:"how the phone says that it stands with its SIP server: started, registered, unregistered, signed_out, another word of its own, or empty where it never told"`
	StandingAt *time.Time `json:"status_at" doc:"when it said so last"`
	ExpectedBy *time.Time `json:"expected_by" doc:"when it should report next"`
	LastSeen   *time.Time `json:"last_seen" doc:"also where only its name came, and no proof"`
	Address    string     `json:"address" doc:"source IP of its last proven request"`
	Firmware   string     `json:"firmware" doc:"as the phone says"`
	UserAgent  string     `json:"user_agent"`
	Lines      []Line     `json:"lines"`
	Desired    string     `json:"desired_revision"`
	Delivered  string     `json:"delivered_revision"`
	Confirmed  string     `json:"confirmed_revision"`
	DeliveryAt *time.Time `json:"delivered_at"`
	State      string     `json:"config_state" enum:"none,pending,delivered,confirmed,failed"`
	Problem    string     `json:"problem" doc:"why its configuration does not compile"`
	Version    int64      `json:"version"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

func (a *API) deviceOf(d device.Device, lines []account.Line) Device {
	_, m, _ := a.Vendors.ByModel(d.Model)
	out := Device{ID: d.ID, MAC: d.MAC.String(), Vendor: d.Vendor, Model: d.Model, Family: m.Family, Name: d.Name, Serial: d.Serial, Sync: d.SyncConfiguration, SiteID: d.SiteID, SiteName: d.SiteName,
		Life: string(d.Life), Reach: string(d.Hot.Reach), Standing: string(d.Hot.Status), StandingAt: optional(d.Hot.StatusAt), ExpectedBy: optional(d.Hot.ExpectedBy), LastSeen: optional(d.Hot.LastSeen), Address: d.Hot.Address, Firmware: d.Hot.Firmware,
		UserAgent: d.Hot.UserAgent, Lines: []Line{}, Desired: d.Config.Desired, Delivered: d.Config.Delivered, Confirmed: d.Config.Confirmed, DeliveryAt: optional(d.Config.DeliveredAt),
		State: d.Config.Word(), Problem: d.Config.Problem, Version: d.Version, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
	for _, l := range lines {
		out.Lines = append(out.Lines, lineOf(l))
	}
	return out
}

// DeviceRef is a device in a path.
type DeviceRef struct {
	OrgRef
	Device string `path:"device" maxLength:"64" doc:"id, or MAC in any form"`
}

type deviceQuery struct {
	OrgRef
	Paging
	Q      string `query:"q" maxLength:"256" doc:"part of MAC, name, extension, serial, model or IP"`
	Site   string `query:"site" maxLength:"64" doc:"a site's id; what lies below it counts"`
	Model  string `query:"model" maxLength:"64"`
	Life   string `query:"life" maxLength:"16"`
	Reach  string `query:"reach" maxLength:"16"`
	Status string `query:"status" maxLength:"16" doc:"how it stands with its SIP server, as it says: registered"`
	Config string `query:"config_state" maxLength:"16"`
	Group  string `query:"group" maxLength:"64" doc:"members of this group"`
	Source string `query:"template" maxLength:"64" doc:"those that have values from this template"`
}

func (a *API) devices() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices", "list-devices", "The devices of an organization"), func(ctx context.Context, in *deviceQuery) (*List[Device], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		f := device.Filter{OrgID: o.ID, Q: in.Q, SiteID: in.Site, Model: in.Model, Life: device.Life(in.Life), Reach: device.Reach(in.Reach), Status: device.Status(in.Status), ConfigState: in.Config}
		f.Page = in.page()
		if f.IDs, err = a.listedDevices(ctx, in); err != nil {
			return nil, err
		}
		return a.deviceList(ctx, f)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices", "create-device", "Add a device"), func(ctx context.Context, in *struct {
		OrgRef
		Body struct {
			MAC    string `json:"mac" maxLength:"64"`
			Model  string `json:"model" maxLength:"64"`
			Name   string `json:"name,omitempty" maxLength:"256"`
			Serial string `json:"serial,omitempty" maxLength:"256"`
			SiteID string `json:"site_id,omitempty" maxLength:"64" doc:"left out: the organization's default site"`
			Life   string `json:"life,omitempty" enum:"waiting,adopted"`
			Label
			Sync bool `json:"sync_configuration,omitempty"`
		}
	}) (*One[Device], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		b := in.Body
		d, err := a.Devices.Create(ctx, o, device.Input{MAC: b.MAC, Model: b.Model, Name: b.Name, Serial: b.Serial, SiteID: b.SiteID, Life: device.Life(b.Life), SyncConfiguration: b.Sync, Then: a.sticker(b.Label)})
		return one(a.deviceOf(d, nil), d.Version), a.clashing(ctx, o, b.MAC, err)
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}", "get-device", "One device"), func(ctx context.Context, in *DeviceRef) (*One[Device], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		return a.oneDevice(ctx, d)
	})
	a.changeDevices()
	a.replacement()
	a.moves()
	a.lines()
	a.deviceProvisioning()
}

func (a *API) changeDevices() {
	register(a, op(http.MethodPatch, "/orgs/{org}/devices/{device}", "update-device", "Change a device. After a change of model the answer says what of its configuration the new one does not take; it reaches the phone by a push"), func(ctx context.Context, in *struct {
		DeviceRef
		IfMatch
		Body struct {
			Name   *string `json:"name,omitempty" maxLength:"256"`
			Serial *string `json:"serial,omitempty" maxLength:"256"`
			SiteID *string `json:"site_id,omitempty" maxLength:"64"`
			Sync   *bool   `json:"sync_configuration,omitempty"`
			Label
			Model *string `json:"model,omitempty" maxLength:"64"`
			Life  *string `json:"life,omitempty" enum:"waiting,adopted,rejected,quarantined,retired"`
		}
	}) (*One[Updated], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		b := in.Body
		p := device.Patch{Name: b.Name, Serial: b.Serial, SiteID: b.SiteID, Model: b.Model, SyncConfiguration: b.Sync, Then: a.sticker(b.Label)}
		if b.Life != nil {
			l := device.Life(*b.Life)
			p.Life = &l
		}
		now, err := a.Devices.Update(ctx, d.ID, p, v)
		if err != nil {
			return nil, err
		}
		return a.updated(ctx, d, now)
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/devices/{device}", "delete-device", "Delete a device with its history"), func(ctx context.Context, in *struct {
		DeviceRef
		IfMatch
	}) (*Nothing, error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return nil, a.Devices.Delete(ctx, d.ID, v)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/adopt", "adopt-device", "Accept a waiting device; where one party alone waits for it, that one gets it"), func(ctx context.Context, in *DeviceRef) (*One[Device], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		life := device.Adopted
		if d, err = a.Devices.Update(ctx, d.ID, device.Patch{Life: &life}, d.Version); err != nil {
			return nil, err
		}
		if err := a.Identity.ApproveOnly(ctx, d); err != nil {
			return nil, err
		}
		return a.oneDevice(ctx, d)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/was-reset", "note-reset", "Say that the phone was set back to what it was in the box: its next file comes as to one that holds nothing, in clear over HTTPS"), func(ctx context.Context, in *DeviceRef) (*One[Device], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		if err := a.Revisions.WasReset(ctx, d); err != nil {
			return nil, err
		}
		return a.oneDevice(ctx, d)
	})
}

// Provisioning is how a device reaches its own configuration.
type Provisioning struct {
	URL   string   `json:"url" doc:"the secret address of this device alone"`
	State string   `json:"token_state"`
	Names []string `json:"names" doc:"the files that it asks for, in order"`
}

func (a *API) deviceProvisioning() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/provisioning", "get-provisioning", "The device's secret provisioning address; showing it is audited"), func(ctx context.Context, in *DeviceRef) (*Plain[Provisioning], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		if err := a.Access.Authorize(ctx, access.SecretReveal, d.Where()); err != nil {
			return nil, err
		}
		url, state, err := a.Previews.Address(ctx, d)
		out := Provisioning{URL: url, State: state, Names: []string{}}
		if err != nil {
			return nil, err
		}
		holds, err := a.Revisions.Holds(ctx, d)
		if v, ok := a.Vendors.Get(d.Vendor); ok {
			_, m, _ := a.Vendors.ByModel(d.Model)
			for _, f := range v.Files(vendors.Device{MAC: d.MAC, Model: d.Model, Family: m.Family, Firmware: d.Hot.Firmware, Prefix: text(holds.Prefix), Postfix: text(holds.Postfix)}) {
				out.Names = append(out.Names, f.Name)
			}
		}
		return plain(out), err
	})
}

// text is what is said, "" where nothing is.
func text(said *string) string {
	if said == nil {
		return ""
	}
	return *said
}

// device enters the organization and finds one of its devices that the asker
// may see.
func (a *API) device(ctx context.Context, in *DeviceRef, p access.Permission) (context.Context, device.Device, error) {
	ctx, o, err := a.in(ctx, in.Org, p)
	if err != nil {
		return ctx, device.Device{}, err
	}
	d, err := a.Devices.Get(ctx, in.Device)
	if err == nil && d.OrgID != o.ID {
		err = fault.New(fault.NotFound, "device not found")
	}
	return ctx, d, err
}

// listedDevices are the ids that a group or a template narrows a list to; nil
// where neither does.
func (a *API) listedDevices(ctx context.Context, in *deviceQuery) (ids []string, err error) {
	switch {
	case in.Group != "":
		ids, err = a.Groups.MemberIDs(ctx, in.Group)
	case in.Source != "":
		ids, err = a.Templates.Bound(ctx, in.Source)
	default:
		return nil, nil
	}
	if len(ids) == 0 {
		ids = []string{"none"}
	}
	return ids, err
}

func (a *API) oneDevice(ctx context.Context, d device.Device) (*One[Device], error) {
	d, err := a.Devices.Get(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	lines, err := a.Accounts.Lines(ctx, d.ID)
	return one(a.deviceOf(d, lines[d.ID]), d.Version), err
}

func (a *API) deviceList(ctx context.Context, f device.Filter) (*List[Device], error) {
	s, err := a.Devices.List(ctx, f)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(s.Items))
	for i, d := range s.Items {
		ids[i] = d.ID
	}
	lines, err := a.Accounts.Lines(ctx, ids...)
	return listOf(s, func(d device.Device) Device { return a.deviceOf(d, lines[d.ID]) }), err
}
