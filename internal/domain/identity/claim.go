package identity

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
)

// Claim is one party that asked for a device's file with a bootstrap token and
// no other proof. A party is known by its address.
type Claim struct {
	ID, TenantID, OrgID string
	DeviceID            string
	Address             string
	Agent               string // user agent of its last request
	Subject             string // of the certificate that it showed last, which proved nothing yet; "" none
	State               ClaimState
	FirstAt, LastAt     time.Time
	Requests            int64
	TakenAt             time.Time // when it was given the device, zero for never
	DecidedBy           string
	DecidedAt           time.Time
}

// ClaimState is where a claim stands.
type ClaimState string

// The states. A claim that is taken was given the device's configuration and its
// permanent token.
const (
	ClaimOpen      ClaimState = "open"      // waits for an operator's word
	ClaimApproved  ClaimState = "approved"  // gets the device at its next request
	ClaimTaken     ClaimState = "taken"     // got it
	ClaimRejected  ClaimState = "rejected"  // gets nothing
	ClaimContested ClaimState = "contested" // two asked within the window: the device is quarantined
)

// ClaimWindow is how long the first party that asks from a device's own subnet
// gets it, from when it was entered or the window was opened again.
const ClaimWindow = 24 * time.Hour

// byBootstrap judges a request with a bootstrap token. It proves only that this
// party asked here before; what is still missing is one of: an operator's word on
// this very request, or an open claim window.
func (s *Service) byBootstrap(ctx context.Context, ev Evidence) (AuthenticatedDevice, Verdict) {
	name := nameOf(ev)
	ok, why := s.CheckBootstrap(ev.Token, name, ev.Address)
	if !ok || ev.Door.Clear() || name == "" || ev.AgentMAC != "" && ev.AgentMAC != name {
		// Whose token has expired is as bare as its name: it may ask here anew, or it
		// would ask under the old one for ever.
		return AuthenticatedDevice{}, Verdict{Waiting: ok, Bootstrap: why.Reason == BootstrapOld, Reason: why.Text, Findings: []Finding{why}}
	}
	var c *standing
	var given, known bool
	v := Verdict{Waiting: true, Reason: why.Text, Findings: []Finding{why}}
	near, err := s.orgs.Near(ctx, ev.Address)
	if err == nil {
		err = s.db.Read(ctx, func(q db.Q) (err error) {
			c, known, err = s.glance(ctx, q, name, ev, near)
			return err
		})
	}
	if err != nil {
		return undecided(err)
	}
	if !known {
		return AuthenticatedDevice{}, v
	}
	before := c.mine.State
	v.DeviceID = c.device.ID
	given, why = c.judge()
	v.Reason, v.Findings = why.Text, []Finding{why}
	if ev.User != "" && !c.sticker {
		wrong := Finding{WrongSticker, "the password is not the sticker secret, or too many wrong ones came today"}
		v.Reason, v.Findings = wrong.Text+"; "+v.Reason, []Finding{wrong, why}
	}
	if !given && c.mine.State == before {
		s.asked.add(*c.mine) // nobody waits for that to be written: it would tell a known MAC from an unknown one
		return AuthenticatedDevice{}, v
	}
	return s.settle(ctx, name, ev, v, c.sticker)
}

// settle judges once more in a transaction of its own, and writes down what came
// of it.
func (s *Service) settle(ctx context.Context, name mac.Address, ev Evidence, v Verdict, seen bool) (AuthenticatedDevice, Verdict) {
	var out AuthenticatedDevice
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "identity."+v.DeviceID); err != nil {
			return err
		}
		c, err := s.standing(ctx, tx, name, ev)
		if err != nil || c.device.ID == "" {
			return err
		}
		c.sticker = seen // judged once: each judgement costs a try
		given, why, err := c.decide(ctx, tx)
		v.Reason, v.Findings = why.Text, []Finding{why}
		if err == nil && given {
			v.Findings = nil
			v.OK, v.Waiting = true, false
			out = proven(c.device, Claimed)
		}
		return err
	})
	if err != nil {
		return undecided(err)
	}
	return out, v
}

// standing is all that a claim's decision is made from.
type standing struct {
	s       *Service
	device  device.Device
	mine    *claimRow
	others  []claimRow
	rivals  int       // besides others: parties that got the device
	full    bool      // as many parties as are kept have asked already
	used    time.Time // when the device's own token was last used, zero for never
	until   time.Time // end of the claim window
	inside  bool      // the party is in one of the site's subnets
	trusted bool      // and that network is trusted now; never of a device that proved itself by a certificate
	sticker bool      // it shows the sticker secret as its password
	address netip.Addr
}

// standing reads all that there is on a name, for who is about to be given the
// device or to lose it.
func (s *Service) standing(ctx context.Context, q db.Q, name mac.Address, ev Evidence) (*standing, error) {
	d, err := s.devices.GetIn(ctx, q, name.String())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	out := &standing{s: s, device: d, address: ev.Address.Unmap().WithZone("")}
	rows, err := claimsOf(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	now := s.db.Now().UnixMilli()
	for i := range rows {
		if rows[i].Address == out.address.String() {
			out.mine = &rows[i]
			continue
		}
		out.others = append(out.others, rows[i])
	}
	switch {
	case out.mine != nil:
		out.mine.LastAt, out.mine.Requests = now, out.mine.Requests+1
	default:
		out.full = len(rows) >= limit.ClaimParties
		out.mine = &claimRow{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Address: out.address.String(), State: string(ClaimOpen), FirstAt: now, LastAt: now, Requests: 1}
	}
	out.mine.Agent, out.mine.Subject = ev.Agent, ev.subject
	if out.used, err = lastUse(ctx, q, d.ID); err != nil {
		return nil, err
	}
	if out.until, err = windowOf(ctx, q, d.ID); err != nil {
		return nil, err
	}
	if out.inside, out.trusted, err = s.orgs.Covers(ctx, q, d.SiteID, out.address); err != nil {
		return nil, err
	}
	proved, err := trust.Proved(ctx, q, d.ID)
	out.trusted = out.trusted && !proved
	return out, err
}

// decide gives the device to the party or says why not, and writes down what
// became of the claim.
func (c *standing) decide(ctx context.Context, tx *db.Tx) (given bool, why Finding, err error) {
	given, why = c.judge()
	if c.mine.State == string(ClaimContested) {
		for i := range c.others {
			if c.others[i].State == string(ClaimTaken) {
				c.others[i].State = string(ClaimContested)
				if err := saveClaim(ctx, tx, c.others[i]); err != nil {
					return false, Finding{}, err
				}
			}
		}
		if err := c.s.quarantine(ctx, tx, c.device); err != nil {
			return false, Finding{}, err
		}
	}
	if given {
		c.mine.State, c.mine.TakenAt = string(ClaimTaken), c.s.db.Now().UnixMilli()
		if err := c.s.noteTaken(ctx, tx, c.device, c.mine.Address, why.Text); err != nil {
			return false, Finding{}, err
		}
	}
	return given, why, saveClaim(ctx, tx, *c.mine)
}

func (c *standing) judge() (given bool, why Finding) {
	now := c.s.db.Now()
	switch state := ClaimState(c.mine.State); {
	case c.full:
		return false, Finding{ClaimFull, "more parties have asked for this device than are kept; an operator has to decide on those first"}
	case c.device.Life == device.Quarantined:
		return false, Finding{Contested, "the device is quarantined: two parties asked for it; an operator has to say which one is it"}
	case c.device.Life != device.Adopted && c.device.Life != device.Waiting:
		return false, Finding{OfLife(c.device.Life), "the device is " + string(c.device.Life)}
	case state == ClaimRejected:
		return false, Finding{ClaimRefused, "an operator refused this party the device"}
	case state == ClaimContested:
		return false, Finding{Contested, "two parties asked for the device; an operator has to say which one is it"}
	case state == ClaimApproved:
		return true, Finding{"", "an operator approved this very request"}
	case state == ClaimTaken && !c.used.After(c.taken()):
		return true, Finding{"", "it was given the device before and has not used its own token yet: its answer may have been lost"}
	case state == ClaimTaken:
		c.mine.State = string(ClaimOpen)
		return false, Finding{CameBackBare, "it had the device, used its own token, and comes with nothing again, as after a reset; an operator has to approve it"}
	case c.sticker && c.used.IsZero() && !c.rival():
		return true, Finding{"", "its password is the sticker secret that the record holds"}
	case c.device.Life == device.Waiting && !c.trusted:
		return false, Finding{DeviceWaiting, "the device waits for an operator's approval"}
	case !c.until.After(now) && !c.trusted:
		return false, Finding{ClaimClosed, "the claim window of the device is closed; an operator has to approve this request"}
	case !c.inside:
		return false, Finding{OutsideSubnet, "the address is outside the subnets of the device's site, so the open claim window does not count; an operator has to approve this request"}
	case c.rival():
		c.mine.State = string(ClaimContested)
		return false, Finding{Contested, "a second party asked for the device within its claim window; both get nothing until an operator decides"}
	case !c.used.IsZero():
		return false, Finding{CameBackBare, "the device uses its own token already, so the claim window does not count; an operator has to approve this request"}
	}
	if c.trusted {
		return true, Finding{"", "the first to ask for a device that was never claimed, from a network of its site that is trusted now"}
	}
	return true, Finding{"", "the first to ask from the site's subnets within the device's claim window"}
}

func (c *standing) taken() time.Time { return time.UnixMilli(c.mine.TakenAt) }

// rival reports whether another party got the device already.
func (c *standing) rival() bool {
	return c.rivals > 0 || slices.ContainsFunc(c.others, func(o claimRow) bool { return o.State == string(ClaimTaken) })
}

// quarantine takes a device out of service until an operator decides.
func (s *Service) quarantine(ctx context.Context, tx *db.Tx, d device.Device) error {
	if d.Life == device.Quarantined {
		return nil
	}
	tx.AfterCommit(func() { s.cache.forget(d.ID) })
	const why = "two parties asked for it within its claim window"
	if err := s.warn(ctx, tx, Warning{Code: WarnSecondClaimant, Text: why, Device: d}); err != nil {
		return err
	}
	return s.devices.Become(ctx, tx, d, device.Quarantined, why)
}

// noteTaken writes down that a party was given a device.
func (s *Service) noteTaken(ctx context.Context, tx *db.Tx, d device.Device, address, why string) error {
	if d.Life == device.Waiting {
		if err := s.devices.Become(ctx, tx, d, device.Adopted, why); err != nil {
			return err
		}
	}
	return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.claimed", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
		After: map[string]string{"address": address, "reason": why}})
}
