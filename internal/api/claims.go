package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
)

// Claim is a party that asked for a device's file without any proof.
type Claim struct {
	ID        string      `json:"id"`
	Device    NamedDevice `json:"device"`
	Address   string      `json:"address"`
	Agent     string      `json:"user_agent" doc:"of its last request; hearsay"`
	Subject   string      `json:"subject" doc:"of the certificate that it showed last, which proved nothing yet; empty for none"`
	State     string      `json:"state" enum:"open,approved,taken,rejected,contested" doc:"contested: a second party asked within the claim window, and the device is quarantined"`
	FirstAt   time.Time   `json:"first_at"`
	LastAt    time.Time   `json:"last_at"`
	Requests  int64       `json:"requests"`
	TakenAt   *time.Time  `json:"taken_at" doc:"when it was given the device"`
	DecidedBy string      `json:"decided_by"`
	DecidedAt *time.Time  `json:"decided_at"`
}

// ClaimWindow is until when the first party from a device's own subnet gets it.
type ClaimWindow struct {
	Until time.Time `json:"until"`
}

// claimRef is a claim in a path.
type claimRef struct {
	DeviceRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) claims() {
	register(a, op(http.MethodGet, "/orgs/{org}/claims", "list-claims", "Who asked for phones with nothing that proves who they are"), func(ctx context.Context, in *OrgRef) (*List[Claim], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		out, err := a.claimList(ctx, o.ID, "")
		return whole(out, func(c Claim) Claim { return c }), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/claims", "list-device-claims", "Who asked for a phone with nothing that proves who they are"), func(ctx context.Context, in *DeviceRef) (*List[Claim], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		out, err := a.claimList(ctx, d.OrgID, d.ID)
		return whole(out, func(c Claim) Claim { return c }), err
	})
	a.decideClaims()
	a.proofs()
	a.doorPassword()
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/claim-window", "open-claim-window", "Open a phone's claim window again: the first party from its site's subnets gets it"), func(ctx context.Context, in *struct {
		DeviceRef
		Body struct {
			Hours int `json:"hours" minimum:"1" maximum:"24"`
		}
	}) (*Plain[ClaimWindow], error) {
		ctx, d, err := a.deviceToChange(ctx, &in.DeviceRef)
		if err != nil {
			return nil, err
		}
		until, err := a.Identity.OpenClaims(ctx, d, time.Duration(in.Body.Hours)*time.Hour)
		return plain(ClaimWindow{until}), err
	})
}

func (a *API) decideClaims() {
	decide := func(path, id, what string, do func(context.Context, device.Device, string) error) {
		register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/claims/{id}/"+path, id, what), func(ctx context.Context, in *claimRef) (*One[Device], error) {
			ctx, d, err := a.deviceToChange(ctx, &in.DeviceRef)
			if err != nil {
				return nil, err
			}
			if err := do(ctx, d, in.ID); err != nil {
				return nil, err
			}
			return a.oneDevice(ctx, d)
		})
	}
	decide("approve", "approve-claim", "Give the phone to this party: it gets its configuration and a permanent token at its next request; whoever had it loses it", a.Identity.Approve)
	decide("reject", "reject-claim", "Refuse this party the phone", a.Identity.Reject)
}

// deviceToChange is a device that the asker may change.
func (a *API) deviceToChange(ctx context.Context, in *DeviceRef) (context.Context, device.Device, error) {
	ctx, d, err := a.device(ctx, in, access.DeviceRead)
	if err == nil {
		err = a.Access.Authorize(ctx, access.DeviceWrite, d.Where())
	}
	return ctx, d, err
}

func (a *API) claimList(ctx context.Context, orgID, deviceID string) ([]Claim, error) {
	cs, err := a.Identity.Claims(ctx, orgID, deviceID)
	if err != nil || len(cs) == 0 {
		return nil, err
	}
	ids := make([]string, len(cs))
	for i, c := range cs {
		ids[i] = c.DeviceID
	}
	byID, err := a.devicesByID(ctx, orgID, ids)
	out := make([]Claim, 0, len(cs))
	for _, c := range cs {
		d := byID[c.DeviceID]
		out = append(out, claimOf(c, d))
	}
	return out, err
}

func claimOf(c identity.Claim, d device.Device) Claim {
	return Claim{ID: c.ID, Device: NamedDevice{ID: c.DeviceID, MAC: d.MAC.String(), Name: d.Name}, Address: c.Address, Agent: c.Agent, Subject: c.Subject, State: string(c.State), FirstAt: c.FirstAt, LastAt: c.LastAt, Requests: c.Requests,
		TakenAt: optional(c.TakenAt), DecidedBy: c.DecidedBy, DecidedAt: optional(c.DecidedAt)}
}

// DoorPassword is a phone's user and password for the doors.
type DoorPassword struct {
	User     string `json:"user"`
	Password string `json:"password" doc:"shown this once"`
}

func (a *API) doorPassword() {
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/door-password", "new-door-password", "Give a phone a new user and password for the doors, shown once; the one before is good until this one was used"), func(ctx context.Context, in *DeviceRef) (*Plain[DoorPassword], error) {
		ctx, d, err := a.deviceToChange(ctx, in)
		if err != nil {
			return nil, err
		}
		if err := a.Access.Authorize(ctx, access.SecretReveal, d.Where()); err != nil {
			return nil, err
		}
		user, password, err := a.Identity.NewPassword(ctx, d)
		return plain(DoorPassword{user, password.Reveal()}), err
	})
}
