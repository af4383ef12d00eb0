package identity

import (
	"context"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// presented is what a device's certificate says. The zero value is none.
type presented struct {
	shown  trust.Shown
	by     trust.Found
	mac    mac.Address   // that it proves; "" where it proves nothing
	device device.Device // of that MAC; zero where there is none
	reason string        // what the ledger hears of it
}

// certificate judges the certificate of a request. Each request is judged anew,
// also on an open connection and after a resumed handshake.
func (s *Service) certificate(ctx context.Context, ev Evidence) (c presented, err error) {
	if ev.Door.Clear() || ev.TLS == nil || len(ev.TLS.PeerCertificates) == 0 {
		return c, nil
	}
	if c.shown, err = s.trust.Judge(ctx, ev.TLS.PeerCertificates); err != nil {
		return c, err
	}
	c.reason = c.shown.Reason
	for _, f := range c.shown.Holders {
		if done, err := s.weigh(ctx, &c, f, ev); err != nil || done {
			return c, err
		}
	}
	if c.reason != "" {
		c.reason = "the certificate " + c.shown.Subject + ": " + c.reason
	}
	return c, nil
}

// weigh looks at a certificate under one of the CAs that it chains to, and
// reports whether that decides.
func (s *Service) weigh(ctx context.Context, c *presented, f trust.Found, ev Evidence) (done bool, err error) {
	if f.MAC == "" {
		c.by, c.reason = f, f.Reason
		s.trust.Saw(c.shown, f, ev.Address)
		return false, nil
	}
	d, err := s.called(ctx, f.MAC)
	switch {
	case err != nil:
		return false, err
	case d.ID == "" && f.CA.Platform():
		c.by, c.mac, c.reason = f, f.MAC, ""
		return true, nil
	case d.ID == "", !f.CA.Covers(d.OrgID):
		c.reason = "the CA " + f.CA.Name + " is one organization's own, which has no device with the MAC " + f.MAC.Colons()
		return false, nil
	}
	if foreign, err := s.elsewhere(ctx, f, ev); err != nil || foreign {
		c.reason = "the CA " + f.CA.Name + " is another organization's own than that of the device that was asked for"
		return false, err
	}
	c.by, c.mac, c.device, c.reason = f, f.MAC, d, ""
	return true, nil
}

// elsewhere reports whether a request names a device that the CA says nothing of,
// so that no organization can refuse phones to another one by a CA of its own.
func (s *Service) elsewhere(ctx context.Context, f trust.Found, ev Evidence) (bool, error) {
	name := nameOf(ev)
	if f.CA.Platform() || name == "" || name == f.MAC {
		return false, nil
	}
	d, err := s.called(ctx, name)
	return err == nil && d.ID != "" && !f.CA.Covers(d.OrgID), err
}

// called is the device of a MAC, the zero value where there is none; both are kept
// alike, so that the time does not tell them apart.
func (s *Service) called(ctx context.Context, m mac.Address) (device.Device, error) {
	return s.byMAC.Read(ctx, m, func(q db.Q) (device.Device, error) {
		d, err := s.devices.GetIn(ctx, q, m.String())
		if fault.Is(err, fault.NotFound) {
			return device.Device{}, nil
		}
		return d, err
	})
}

// against says why a certificate that proves a MAC contradicts what else a
// request says; "" where it does not, and where it proves nothing.
func (c presented) against(ev Evidence) string {
	switch {
	case c.mac == "":
		return ""
	case ev.MACInName != "" && ev.MACInName != c.mac:
		return "the certificate is that of another device, " + c.mac.Colons() + ", than the one that the file's name speaks of: " + c.shown.Subject
	case ev.AgentMAC != "" && ev.AgentMAC != c.mac:
		return "the certificate is that of another device, " + c.mac.Colons() + ", than the one that the user agent speaks of: " + c.shown.Subject
	}
	return ""
}

// byCertificate judges a request whose certificate proves a MAC and contradicts
// nothing else.
func (s *Service) byCertificate(ev Evidence, c presented) (AuthenticatedDevice, Verdict) {
	d := c.device
	switch {
	case d.ID == "":
		return refused(NotInInventory, "the certificate is good, and no device with its MAC "+c.mac.Colons()+" is registered: "+c.shown.Subject)
	case d.Life == device.Adopted:
		s.trust.Used(c.shown, c.by, d.ID, trust.Place{TenantID: d.TenantID, OrgID: d.OrgID})
		return proven(d, Certificate), Verdict{OK: true, DeviceID: d.ID, Reason: "its certificate of the CA " + c.by.CA.Name + ": " + c.shown.Subject}
	case d.Life == device.Waiting:
		s.noteShown(ev, c, d)
		_, v := refused(DeviceWaiting, "the certificate is good, and the device waits for an operator's approval: "+c.shown.Subject)
		v.DeviceID = d.ID
		return AuthenticatedDevice{}, v
	}
	_, v := refused(OfLife(d.Life), "the certificate is good, and the device is "+string(d.Life)+": "+c.shown.Subject)
	v.DeviceID = d.ID
	return AuthenticatedDevice{}, v
}

// noteShown puts who showed a certificate among those that ask for a device, with
// its subject.
func (s *Service) noteShown(ev Evidence, c presented, d device.Device) {
	now := s.db.Now().UnixMilli()
	s.asked.add(claimRow{ID: s.db.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, Address: ev.Address.Unmap().WithZone("").String(), State: string(ClaimOpen),
		Agent: ev.Agent, Subject: c.shown.Subject, FirstAt: now, LastAt: now})
}

// noteUnconfirmed does the same for a certificate that chains to a CA whose rule
// reads no MAC in it or is not confirmed: the device is the one that was asked for.
func (s *Service) noteUnconfirmed(ctx context.Context, ev Evidence, c presented) error {
	if c.mac != "" || c.by.CA.ID == "" || nameOf(ev) == "" {
		return nil
	}
	d, err := s.called(ctx, nameOf(ev))
	if err == nil && d.ID != "" && c.by.CA.Covers(d.OrgID) {
		s.noteShown(ev, c, d)
	}
	return err
}
