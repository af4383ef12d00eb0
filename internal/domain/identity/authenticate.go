package identity

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Authenticate judges evidence. Where the verdict is not OK the device is the
// zero value. Every refusal looks alike to the asker; the verdict's reason is
// for the ledger.
func (s *Service) Authenticate(ctx context.Context, ev Evidence) (AuthenticatedDevice, Verdict) {
	ctx = scope.AsSystem(ctx, "identity")
	c, err := s.certificate(ctx, ev)
	if err != nil {
		return undecided(err)
	}
	ev.subject = c.shown.Subject
	a, v := s.judged(ctx, ev, c)
	if !v.OK && v.Err == nil {
		if err := s.noteUnconfirmed(ctx, ev, c); err != nil {
			return undecided(err)
		}
		if c.reason != "" {
			v.Reason = c.reason + "; " + v.Reason
			v.Findings = append(v.Findings, Finding{CertificateBad, c.reason})
		}
	}
	if v.OK {
		s.noteProven(a, ev)
	}
	v.Subject, v.MAC = c.shown.Subject, c.mac
	return a, v
}

// judged judges a request by its token, its certificate, its password or its
// name. All that it shows must speak of one device.
func (s *Service) judged(ctx context.Context, ev Evidence, c presented) (AuthenticatedDevice, Verdict) {
	if ev.Door == vendors.IPP {
		return s.byReport(ctx, ev)
	}
	if why := c.against(ev); why != "" {
		return refused(CertificateOther, why)
	}
	switch {
	case ev.Token == "":
		return s.withoutToken(ctx, ev, c)
	case isPathToken(ev.Token):
		return s.byToken(ctx, ev, c)
	case c.mac != "":
		return s.withBootstrap(ev, c)
	}
	return s.byBootstrap(ctx, ev)
}

// withBootstrap judges a certificate that comes with a bootstrap token. Such a
// token proves nothing beside a certificate, so that one which has expired or was
// given to another address takes nothing away either: a phone that moved, or was
// in a drawer for a week, would be stuck. Anything else in its place is refused.
func (s *Service) withBootstrap(ev Evidence, c presented) (AuthenticatedDevice, Verdict) {
	good, why := s.CheckBootstrap(ev.Token, c.mac, ev.Address)
	if _, ours := parseBootstrap(ev.Token); !ours {
		return refused(why.Reason, "the certificate is good, and the token is not: "+why.Text)
	}
	a, v := s.byCertificate(ev, c)
	if !good {
		v.Reason += "; " + why.Text
	}
	return a, v
}

func (s *Service) byToken(ctx context.Context, ev Evidence, c presented) (AuthenticatedDevice, Verdict) {
	k, err := s.find(ctx, ev.Token)
	if fault.Is(err, fault.NotFound) {
		return refused(UnknownToken, "the token is not one of ours")
	}
	if err != nil {
		return undecided(err)
	}
	why := s.judge(ev, k)
	if why.Reason == "" && c.mac != "" && c.mac != k.device.MAC && c.by.CA.Covers(k.device.OrgID) {
		why.Reason = "the token belongs to another device than the certificate " + c.shown.Subject
	}
	if why.Reason != "" {
		if why.Old {
			s.tries.noteOld(k.device.ID)
		}
		why.DeviceID = k.device.ID
		return AuthenticatedDevice{}, why
	}
	proof := PathToken
	if ev.Door.Clear() {
		if a, v := s.legacy(ctx, ev, k.device, ClearToken); !v.OK {
			v.DeviceID, v.reporter = k.device.ID, k.device
			return a, v
		}
		proof = ClearToken
	}
	s.used(ctx, k)
	return proven(k.device, proof), Verdict{OK: true, Reason: "its own path token", DeviceID: k.device.ID}
}

// withoutToken judges a user and a password, sent unasked or not, then the
// certificate, and else the bare name.
func (s *Service) withoutToken(ctx context.Context, ev Evidence, c presented) (AuthenticatedDevice, Verdict) {
	var wrong []Finding
	if ev.User != "" {
		a, v := s.byPassword(ctx, ev)
		if v.OK && c.mac != "" && c.mac != a.mac && c.by.CA.Covers(a.orgID) {
			return refused(CertificateOther, "the password belongs to another device than the certificate "+c.shown.Subject)
		}
		if v.OK || v.Err != nil || ev.Asked || v.reporter.ID != "" {
			return a, v
		}
		wrong = v.Findings
	}
	if ev.Asked {
		return refused(PasswordWanted, "the door asks for a user and a password here")
	}
	if c.mac != "" {
		return s.byCertificate(ev, c)
	}
	a, v := s.byName(ctx, ev)
	if len(wrong) > 0 {
		v.Reason, v.Findings = wrong[0].Text+"; "+v.Reason, append(wrong, v.Findings...)
	}
	return a, v
}

// nameOf is the MAC that the asker calls itself.
func nameOf(ev Evidence) mac.Address {
	if ev.MACInName != "" {
		return ev.MACInName
	}
	return ev.AgentMAC
}

// judge says why a token that exists proves nothing here; an empty reason means
// that it does.
func (s *Service) judge(ev Evidence, k known) Verdict {
	now := s.db.Now()
	switch {
	case k.state == old:
		v := because(OldToken, "an old token: the one that took its place was used since, or an operator ended this one")
		v.Old = true
		return v
	case k.state == previous && !k.ends.After(now):
		v := because(OldToken, "an old token: the device was given another one more than 30 days ago and has not used it")
		v.Old = true
		return v
	case ev.MACInName != "" && ev.MACInName != k.device.MAC:
		return because(TokenOfOther, "the token belongs to another device than the one that the file's name speaks of")
	case ev.AgentMAC != "" && ev.AgentMAC != k.device.MAC:
		return because(TokenOfOther, "the token belongs to another device than the one that the user agent speaks of")
	case k.device.Life != device.Adopted && k.device.Life != device.Waiting:
		return because(OfLife(k.device.Life), "the device is "+string(k.device.Life)+", and its token counts no more")
	}
	return Verdict{}
}

// byName judges a request without a token: it proves nothing, unless the legacy
// flag of the site that the named device stands in lets names suffice there.
func (s *Service) byName(ctx context.Context, ev Evidence) (AuthenticatedDevice, Verdict) {
	nothing := because(NoProof, "nothing proves who asks")
	nothing.Bootstrap = true
	if ev.MACInName == "" || ev.AgentMAC != "" && ev.AgentMAC != ev.MACInName {
		return AuthenticatedDevice{}, nothing
	}
	// Where no flag covers the address nobody looks for the device: the time would
	// tell a known MAC from an unknown one.
	sites, err := s.orgs.LegacySites(ctx, ev.Address)
	if err != nil {
		return undecided(err)
	}
	if len(sites) == 0 {
		return AuthenticatedDevice{}, nothing
	}
	d, err := s.byPlace.Read(ctx, strings.Join(append(sites, ev.MACInName.String()), " "), func(q db.Q) (device.Device, error) {
		return s.devices.FindAt(ctx, q, ev.MACInName, sites)
	})
	if err != nil {
		return undecided(err)
	}
	if d.Life != device.Adopted { // also nobody
		return AuthenticatedDevice{}, nothing
	}
	a, v := s.legacy(ctx, ev, d, LegacyNamed)
	if v.Err == nil && !v.OK {
		return AuthenticatedDevice{}, nothing
	}
	return a, v
}

// legacy lets a device pass that its site's legacy flag covers.
func (s *Service) legacy(ctx context.Context, ev Evidence, d device.Device, p Proof) (AuthenticatedDevice, Verdict) {
	flag, err := s.orgs.Legacy(ctx, d.SiteID, ev.Address)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return undecided(err)
	}
	if err != nil || !flag.State.Serves() {
		v := because(ClearText, "in clear text even the right token gets no configuration, unless the site's legacy flag covers the address")
		v.Bootstrap = true
		return AuthenticatedDevice{}, v
	}
	v := Verdict{OK: true, Reason: "the site's legacy flag covers the address: " + string(p), DeviceID: d.ID}
	if flag.State == org.LegacyGrace {
		v.Findings = []Finding{{LegacyGrace, "the legacy flag ended on " + date(flag.Until) + ", and serves until " + date(flag.Ends) + " alone"}}
	}
	return proven(d, p), v
}

// proven is the one place where an AuthenticatedDevice comes from.
func proven(d device.Device, p Proof) AuthenticatedDevice {
	return AuthenticatedDevice{deviceID: d.ID, tenantID: d.TenantID, orgID: d.OrgID, mac: d.MAC, proof: p}
}

func refused(r Reason, text string) (AuthenticatedDevice, Verdict) {
	return AuthenticatedDevice{}, because(r, text)
}

// OfLife is the code of why a device that is not in service gets nothing.
func OfLife(l device.Life) Reason {
	switch l {
	case device.Waiting:
		return DeviceWaiting
	case device.Rejected:
		return DeviceRejected
	case device.Retired:
		return DeviceRetired
	case device.Quarantined:
		return Contested
	}
	return DeviceElsewhere
}

func undecided(err error) (AuthenticatedDevice, Verdict) {
	v := because(NotDecided, "it could not be decided who asks")
	v.Err = err
	return AuthenticatedDevice{}, v
}

// known is a token that exists, with its device.
type known struct {
	id     string
	ref    secret.Ref
	state  State
	ends   time.Time // of a previous token
	fresh  bool      // never used yet
	kind   string
	device device.Device
}

// find reads a token's row and its device, or takes both from memory.
func (s *Service) find(ctx context.Context, token string) (k known, err error) {
	lookup := s.lookup(token)
	if k, ok := s.cache.get(lookup); ok {
		return k, nil
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		row, err := findToken(ctx, q, kindPath, lookup)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(row.Lookup), []byte(lookup)) != 1 {
			return fault.New(fault.NotFound, "token not found")
		}
		d, err := s.devices.GetIn(ctx, q, row.DeviceID)
		k = known{id: row.ID, ref: secret.Ref(row.SecretRef), state: State(row.State), ends: clock.FromMillis(row.EndsAt), fresh: row.UsedAt == 0, kind: kindPath, device: d}
		return err
	})
	if err != nil {
		return known{}, err
	}
	s.cache.put(lookup, k)
	return k, nil
}
