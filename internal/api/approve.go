package api

import (
	"context"
	"errors"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/adoption"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/onboard"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

// Stranger is a machine that asked from a subnet of one of the organization's
// sites and belongs to nobody.
type Stranger struct {
	Unclaimed
	SiteID   string `json:"site_id" doc:"the site whose subnet it asked from: where approving puts it"`
	SiteName string `json:"site_name"`
	Known    bool   `json:"model_known" doc:"its model has a catalog; else approving has to name one"`
	// Suggestion is where approving puts it instead.
	Suggestion *Suggestion `json:"suggestion,omitempty" doc:"what the adoption rules say of it: approving puts it there; left out for nothing"`
}

// Approval is one phone to approve or to refuse.
type Approval struct {
	Device   string           `json:"device" maxLength:"64" doc:"MAC in any form, or a record's id"`
	Claim    string           `json:"claim,omitempty" maxLength:"64" doc:"which party gets it; left out: the one that waits alone"`
	Address  string           `json:"address,omitempty" maxLength:"64" doc:"where the stranger was seen: that very party gets the phone at its next request, from wherever that is. Left out: the first from the site's subnets within a day"`
	SiteID   string           `json:"site_id,omitempty" maxLength:"64" doc:"left out: as it is, or as the request suggests"`
	Model    string           `json:"model,omitempty" maxLength:"64"`
	Name     string           `json:"name,omitempty" maxLength:"256"`
	Template *string          `json:"template_id,omitempty" maxLength:"64" doc:"a template that a phone without a configuration gets with its first one; left out: the suggestion's, empty: none"`
	Account  *ApprovalAccount `json:"account,omitempty"`
}

// ApprovalAccount is the account for the first line.
type ApprovalAccount struct {
	ServerID string `json:"server_id" maxLength:"64"`
	UserID   string `json:"user_id" maxLength:"256" doc:"may be a number that phones share; one that is there already is used as it is"`
	Name     string `json:"name,omitempty" maxLength:"256" doc:"shown on the phone"`
	Password string `json:"password,omitempty" maxLength:"4096" doc:"some servers want none"`
}

// Decided is what became of one row.
type Decided struct {
	Asked   string  `json:"asked" doc:"the device as the row named it"`
	Done    bool    `json:"done"`
	Device  *Device `json:"device" doc:"null where nothing was done"`
	Problem string  `json:"problem" doc:"why nothing was done"`
	Code    string  `json:"code" doc:"the problem's stable word, if it has one"`
	Clash   *Clash  `json:"clash,omitempty" doc:"where the phone is whose MAC is taken, as far as the asker may see it"`
}

type approvals struct {
	OrgRef
	Body struct {
		Devices []Approval `json:"devices" minItems:"1" maxItems:"500"`
	}
}

func (a *API) onboard() {
	register(a, op(http.MethodGet, "/orgs/{org}/unclaimed", "list-strangers", "Machines that asked from the subnets of the organization's sites and belong to nobody, the newest first"), func(ctx context.Context, in *OrgRef) (*List[Stranger], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		list, err := a.Devices.Strangers(ctx, o)
		if err != nil {
			return nil, err
		}
		said, err := a.Adoption.Suggest(ctx, o, list)
		return whole(list, func(s device.Stranger) Stranger { return a.strangerOf(s, said[s.MAC]) }), err
	})
	decide := func(path, id, what string, do func(context.Context, org.Org, []onboard.Row) ([]onboard.Outcome, error)) {
		register(a, op(http.MethodPost, "/orgs/{org}/devices/"+path, id, what), func(ctx context.Context, in *approvals) (*List[Decided], error) {
			ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
			if err != nil {
				return nil, err
			}
			rows := make([]onboard.Row, len(in.Body.Devices))
			for i, r := range in.Body.Devices {
				rows[i] = r.row()
			}
			outcomes, err := do(ctx, o, rows)
			if err != nil {
				return nil, err
			}
			out := make([]Decided, len(outcomes))
			for i, x := range outcomes {
				out[i] = a.decidedOf(ctx, o, rows[i].Device, x)
			}
			return whole(out, func(d Decided) Decided { return d }), nil
		})
	}
	decide("approve", "approve-devices", "Take phones in that wait: strangers, waiting records, parties that ask for a record; each row by itself", a.Onboard.Approve)
	decide("reject", "reject-devices", "Refuse phones that wait; each row by itself. A stranger becomes a record that gets nothing", a.Onboard.Reject)
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/release", "release-device", "Put a quarantined phone in service again that no two parties contest"), func(ctx context.Context, in *DeviceRef) (*One[Device], error) {
		ctx, d, err := a.deviceToChange(ctx, in)
		if err != nil {
			return nil, err
		}
		done, err := a.Identity.Release(ctx, d)
		if err == nil && !done {
			err = fault.New(fault.Conflict, "the phone is not quarantined, or two parties contest it: decide on their requests").WithCode("contested")
		}
		if err != nil {
			return nil, err
		}
		return a.oneDevice(ctx, d)
	})
}

func (r Approval) row() onboard.Row {
	out := onboard.Row{Device: r.Device, Claim: r.Claim, Address: r.Address, SiteID: r.SiteID, Model: r.Model, Name: r.Name, Template: r.Template}
	if c := r.Account; c != nil {
		out.Account = &onboard.Account{ServerID: c.ServerID, UserID: c.UserID, Name: c.Name, Password: secret.NewString(c.Password)}
	}
	return out
}

func (a *API) strangerOf(s device.Stranger, said adoption.Outcome) Stranger {
	_, _, known := a.Vendors.ByModel(s.Model)
	return Stranger{Unclaimed: unclaimedOf(s.Unclaimed), SiteID: s.Site.ID, SiteName: s.Site.Name, Known: known, Suggestion: suggestionOf(said)}
}

func unclaimedOf(u device.Unclaimed) Unclaimed {
	return Unclaimed{u.MAC.String(), u.Vendor, u.Model, u.Firmware, u.Address, u.Door, u.FirstAt, u.LastAt, u.Requests, u.Subject}
}

func (a *API) decidedOf(ctx context.Context, o org.Org, asked string, x onboard.Outcome) Decided {
	out := Decided{Asked: asked, Done: x.Err == nil}
	if x.Err == nil {
		lines, err := a.Accounts.Lines(ctx, x.Device.ID)
		if err != nil {
			a.Log.WarnContext(ctx, "lines of an approved phone not read", "error", err)
		}
		d := a.deviceOf(x.Device, lines[x.Device.ID])
		out.Device = &d
		return out
	}
	out.Code, out.Problem, out.Clash = fault.CodeOf(x.Err), fault.Message(x.Err), a.clash(ctx, o, asked, x.Err)
	if fault.Is(x.Err, fault.Internal) {
		a.Log.ErrorContext(ctx, "a phone not decided on", "device", asked, "error", x.Err)
	}
	var f *fault.Error
	if errors.As(x.Err, &f) {
		for _, w := range f.Fields {
			out.Problem += "; " + w.Path + ": " + w.Message
		}
	}
	return out
}
