package provision

import (
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/identity"
	"bellwether/internal/vendors"
)

// first is the first event of a way that fits, nil for none.
func first(way []event, fits func(event) bool) *event {
	if i := slices.IndexFunc(way, fits); i >= 0 {
		return &way[i]
	}
	return nil
}

// newest is the last one.
func newest(way []event, fits func(event) bool) *event {
	for i := len(way) - 1; i >= 0; i-- {
		if fits(way[i]) {
			return &way[i]
		}
	}
	return nil
}

// step tells of one stage what is known; where it has not happened its progress
// is left to the whole.
func (ev evidence) step(stage Stage, way []event) Step {
	switch stage {
	case Sought:
		if e := first(way, func(e event) bool { return e.Door == vendors.PnP }); e != nil {
			return done(stage, e, e.Reason)
		}
		return Step{Stage: stage, Progress: Unseen, Text: "it did not ask by plug and play, and what DHCP told it is not seen from here"}
	case Asked:
		return happened(stage, first(way, event.asks))
	case Encrypted:
		return encrypted(way)
	case Bootstraps:
		return happened(stage, first(way, event.bare))
	case CameBack:
		return happened(stage, first(way, event.claims))
	case Claiming:
		return ev.claiming(way)
	case Proves:
		return ev.proves(way)
	case Configured:
		return ev.configured(way)
	case OwnAddress:
		return ownUsed(way)
	case FirmwareAt:
		return ev.runs(way)
	case Registered:
		return ev.registers()
	}
	if ev.status.Confirmed != "" && ev.status.Confirmed == ev.status.Desired {
		return Step{Stage: stage, Progress: Done, At: ev.status.ConfirmedAt, Text: "what the phone said itself agrees with its configuration"}
	}
	return Step{Stage: stage, Text: "no channel has told what the phone holds"}
}

// asks reports whether a request was made at a door.
func (e event) asks() bool {
	return e.Door != vendors.PnP && !e.Door.Managed() && e.Verdict != Handshake
}

// claims reports whether it came with the token of a bootstrap.
func (e event) claims() bool { return e.Shown == ByBootstrap || e.Shown == Shown(identity.Claimed) }

func done(stage Stage, e *event, text string) Step {
	s := Step{Stage: stage, Progress: Done, At: e.at, Door: e.Door, Address: e.Address, Verdict: e.Verdict, Text: text, Bytes: e.Bytes, Took: e.Took}
	if len(e.Findings) > 0 {
		s.Reason = e.Findings[0].Reason
	}
	return s
}

func happened(stage Stage, e *event) Step {
	if e == nil {
		return Step{Stage: stage}
	}
	return done(stage, e, e.Entry.Reason)
}

func encrypted(way []event) Step {
	if e := first(way, func(e event) bool { return e.asks() && !e.Door.Clear() }); e != nil {
		return done(Encrypted, e, "TLS came about")
	}
	s := happened(Encrypted, newest(way, func(e event) bool { return e.Verdict == Handshake }))
	s.Progress = ""
	return s
}

func (ev evidence) claiming(way []event) Step {
	e := first(way, func(e event) bool { return e.Shown == ByBootstrap })
	if e == nil {
		return Step{Stage: Claiming}
	}
	who := "an operator of its organization decides, on the phone's page"
	switch c := ev.claim(e.Address); {
	case ev.device.ID == "":
		who = "it is nobody's: whoever enters it decides"
	case c.DecidedBy != "":
		who = string(c.State) + " by " + c.DecidedBy
	case ev.window.After(ev.now):
		who = "the first from its site's subnets gets it until " + ev.window.UTC().Format("2006-01-02 15:04 MST") + ", else an operator decides"
	}
	return done(Claiming, e, e.Entry.Reason+"; "+who)
}

// claim is that of the party at an address, the zero value for none.
func (ev evidence) claim(address string) identity.Claim {
	for _, c := range ev.claims {
		if c.Address == address {
			return c
		}
	}
	return identity.Claim{}
}

func (ev evidence) proves(way []event) Step {
	e := first(way, func(e event) bool { return e.Shown.Proven() })
	if e == nil {
		return Step{Stage: Proves}
	}
	text := "by " + string(e.Shown)
	if c := ev.claim(e.Address); e.claims() && c.DecidedBy != "" {
		text += ", " + string(identity.ClaimApproved) + " by " + c.DecidedBy
	}
	if strings.HasPrefix(e.Entry.Reason, "proven by ") {
		return done(Proves, e, e.Entry.Reason)
	}
	return done(Proves, e, text+": "+e.Entry.Reason)
}

func (ev evidence) configured(way []event) Step {
	if e := first(way, event.took); e != nil {
		return done(Configured, e, e.Entry.Reason)
	}
	if ev.status.Delivered != "" && (len(way) == 0 || !ev.status.DeliveredAt.Before(way[0].at)) {
		return Step{Stage: Configured, Progress: Done, At: ev.status.DeliveredAt, Text: "it took its configuration"}
	}
	return Step{Stage: Configured}
}

func ownUsed(way []event) Step {
	taken := slices.IndexFunc(way, event.took)
	if taken < 0 {
		return Step{Stage: OwnAddress}
	}
	if way[taken].Shown == Shown(identity.LegacyNamed) {
		return Step{Stage: OwnAddress, Text: "the legacy flag lets its name suffice; in clear text nobody is told an address"}
	}
	if e := first(way[taken:], event.own); e != nil {
		return done(OwnAddress, e, "it came by its "+string(e.Shown))
	}
	return Step{Stage: OwnAddress}
}

func (ev evidence) runs(way []event) Step {
	s := Step{Stage: FirmwareAt, Progress: Unseen, Text: "it has not told its firmware"}
	e := newest(way, func(e event) bool { return e.Kind == vendors.Firmware })
	if e != nil {
		s = done(FirmwareAt, e, "it asked for "+e.Name+": "+e.Entry.Reason)
	}
	if ev.firmware == "" {
		return s
	}
	s.Progress = Done
	if s.Text = "it runs " + ev.firmware; e != nil {
		s.Text += "; it asked for " + e.Name + ": " + e.Entry.Reason
	}
	return s
}

// registers says where the phone is told to register: the doors do not see
// whether it has.
func (ev evidence) registers() Step {
	if len(ev.lines) == 0 {
		return Step{Stage: Registered, Text: "it has no line"}
	}
	var told []string
	for _, l := range ev.lines {
		told = append(told, "line "+strconv.Itoa(l.N)+" as "+l.Account.UserID+" at "+l.Account.ServerAddress)
	}
	return Step{Stage: Registered, Progress: Unseen, Text: "it is told to register " + strings.Join(told, ", ") + "; whether it has is not seen from here"}
}
