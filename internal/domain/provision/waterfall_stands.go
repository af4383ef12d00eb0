package provision

import (
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/vendors"
)

// stands tells where a phone stands, since when, why, and what is awaited in one
// sentence. The stage is "" where its way is at its end.
func (ev evidence) stands(way []event) (Stage, time.Time, identity.Reason, string) {
	e := newest(way, event.decides)
	switch {
	case e == nil && ev.status.Delivered != "":
		return ev.served(nil, way)
	case e == nil && len(way) > 0:
		return Asked, way[0].at, "", "It asked its network for a server, was told our address, and has not come yet."
	case e == nil:
		return Asked, time.Time{}, "", "Nothing has come from this phone yet."
	case e.Verdict == Handshake:
		return Encrypted, e.At, e.Findings[0].Reason, sentence(e.Findings[0].Text)
	}
	if l := ev.device.Life; l == device.Rejected || l == device.Retired || l == device.Quarantined {
		r := identity.OfLife(l)
		return Claiming, e.At, r, sentence("the phone asks, and the device is " + string(l))
	}
	switch {
	case e.Shown.Proven():
		return ev.served(e, way)
	case e.Shown == ByBootstrap:
		return ev.waits(e)
	}
	return ev.unproven(e, way)
}

// decides reports whether an event tells where the phone stands: its own file,
// or what stood in the way of asking for it.
func (e event) decides() bool {
	return e.Door != vendors.PnP && !e.Door.Managed() && e.Verdict != Probe && (e.Kind == vendors.Config || e.Kind == "" || !e.Shown.Proven())
}

// waits is a party with a bootstrap token that nobody has decided on.
func (ev evidence) waits(e *event) (Stage, time.Time, identity.Reason, string) {
	c := ev.claim(e.Address)
	if c.State == identity.ClaimApproved {
		return Proves, c.DecidedAt, "", sentence(c.DecidedBy + " approved it, and its next request is awaited")
	}
	f := e.Findings[0]
	switch {
	case ev.device.ID == "":
		return Claiming, e.At, identity.NotInInventory, "It came back with what it was told, and waits: no organization has a phone with this MAC."
	case f.Reason == identity.ClaimWaits:
		return Claiming, e.At, f.Reason, "It came back with what it was told, and waits for an operator's approval."
	}
	return Claiming, e.At, f.Reason, sentence(f.Text)
}

// unproven is a request that nothing proved.
func (ev evidence) unproven(e *event, way []event) (Stage, time.Time, identity.Reason, string) {
	f := worst(e.Findings)
	if !e.bare() {
		return stageOf(f.Reason), e.At, f.Reason, sentence(f.Text)
	}
	if f.Reason.Severity() == identity.Problem {
		return stageOf(f.Reason), e.At, f.Reason, sentence(f.Text)
	}
	since := e.At
	if b := first(way, event.bare); b != nil {
		since = b.at
	}
	return CameBack, since, identity.NoProof, "It was told our HTTPS address and our certificate authority, and its return over HTTPS is awaited."
}

// served is a phone that proves who it is.
func (ev evidence) served(e *event, way []event) (Stage, time.Time, identity.Reason, string) {
	if e != nil {
		if f := worst(e.Findings); f.Reason.Severity() != identity.Info && !e.took() || f.Reason == identity.FetchLoop {
			return Configured, e.At, f.Reason, sentence(f.Text)
		}
		if e.Verdict == Busy {
			return Configured, e.At, "", sentence(e.Entry.Reason)
		}
	}
	st := ev.status
	if st.Problem != "" {
		return Configured, ev.now, identity.DoesNotCompile, sentence("the configuration does not compile: " + st.Problem)
	}
	if st.Desired != "" && st.Delivered != st.Desired {
		return Configured, st.DeliveredAt, "", "A configuration waits for the phone's next fetch."
	}
	own := ownUsed(way)
	if e != nil && own.Progress != Done && own.Text == "" {
		return OwnAddress, e.At, "", "It took its configuration, and its first request by its own address is awaited."
	}
	if st.Confirmed != "" && st.Confirmed == st.Desired {
		return "", st.ConfirmedAt, "", "Nothing is awaited: what the phone says of itself agrees with its configuration."
	}
	return Confirms, st.DeliveredAt, "", "The phone is configured and comes by itself; only its own word on what it holds is awaited."
}

// worst is the first of the findings that matter most, the zero value for none.
func worst(list []identity.Finding) identity.Finding {
	top := identity.Worst(list)
	for _, f := range list {
		if f.Reason.Severity() == top {
			return f
		}
	}
	return identity.Finding{}
}

// stageOf is where a phone stands that was refused for a reason.
func stageOf(r identity.Reason) Stage {
	switch r {
	case identity.WrongPassword, identity.WrongUser, identity.PasswordWanted, identity.UnknownToken, identity.OldToken, identity.TokenOfOther, identity.BootstrapOther, identity.BootstrapOld,
		identity.WrongSticker, identity.CertificateOther, identity.CertificateBad, identity.NotDecided, identity.AgentOther:
		return Proves
	case identity.ClearText, identity.LegacyEnded:
		return Encrypted
	case identity.CameBackBare, identity.NoProof, identity.OutsideSubnet:
		return CameBack
	case identity.DeviceWaiting, identity.DeviceRejected, identity.DeviceRetired, identity.Contested, identity.ClaimWaits, identity.ClaimRefused, identity.ClaimClosed, identity.ClaimFull,
		identity.NotInInventory, identity.DeviceElsewhere:
		return Claiming
	}
	return Asked
}

// remedyAt is what to do at a stage that no reason explains, "" for nothing.
func remedyAt(s Stage, came bool) string {
	switch {
	case s == Asked && !came:
		return "Plug the phone in, and lead it here by DHCP, plug and play or by hand, as its set-up card says."
	case s == Asked, s == Proves:
		return "Wait a moment; a restart of the phone has it come at once."
	case s == Configured, s == OwnAddress:
		return "Nothing to do: it comes by itself; a restart of the phone has it come at once."
	}
	return ""
}

// sentence writes a reason as a sentence of its own.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	r := []rune(text)
	if r[0] >= 'a' && r[0] <= 'z' {
		r[0] -= 'a' - 'A'
	}
	return string(r) + "."
}
