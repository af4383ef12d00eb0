package cli

import (
	"context"
	"net/netip"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
)

const (
	// demoTalkers is how many of the phones speak SIP.
	demoTalkers = 6
	// demoSIPPort is where the demo's registrar is, unless somebody is there.
	demoSIPPort = 5160
)

// registrarOf opens the demo's registrar, which every user may register at: the
// accounts' passwords are known to the program and its phones alone.
func registrarOf(ctx context.Context, a *app.App) (*app.Registrar, error) {
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), demoSIPPort)
	return app.OpenRegistrar(ctx, app.RegistrarOptions{Listen: at, NextFree: true, Log: a.Log})
}

// voiceOf makes phone number i speak SIP, for the first of them. Each has an
// address of its own on this machine, made from the registrar's port so that two
// demos do not meet.
func voiceOf(i int, at netip.AddrPort) *phone.SIP {
	if i >= demoTalkers {
		return nil
	}
	return &phone.SIP{Address: netip.AddrFrom4([4]byte{127, byte(at.Port() >> 8), byte(at.Port()), byte(i + 1)})} //nolint:gosec // halves of a port
}

// demoManaged is the number of the phone that is managed by TR-069. One is enough to
// see how it goes: in the demo's short minutes it reports nearly every second.
const demoManaged = 3

// managedOf has one of the phones that speak SIP be managed, at its own address.
func managedOf(i int, at netip.AddrPort) *phone.CWMP {
	if i != demoManaged {
		return nil
	}
	return &phone.CWMP{Address: voiceOf(i, at).Address}
}

// managed says which phone that is.
func (h hotel) managed() string {
	if len(h.rooms) <= demoManaged {
		return "With more phones, one of them is managed by TR-069."
	}
	return "The phone " + h.rooms[demoManaged].MAC.String() + " is managed by TR-069: under Commands on its page it is\nrestarted, read and tested."
}

const (
	voiceEvery   = 100 * time.Millisecond
	voiceEnough  = 25 // packets that came back: half a second of speech
	voicePatient = time.Minute
)

// firstCall has a phone call the echo once it has registered, and says how that
// went: the proof that a configured phone really works. It tries until ctx ends.
func (s *session) firstCall(ctx context.Context, p *phone.Phone, number string) {
	var err error
	id := ""
	for (clock.System{}).Sleep(ctx, voiceEvery) == nil {
		if id == "" {
			if !p.Ready() {
				continue
			}
			if id, err = p.Call(phone.Order{Line: 1, Number: number}); err != nil {
				continue
			}
		}
		for _, c := range p.Calls() {
			switch {
			case c.ID != id:
			case c.Packets >= voiceEnough:
				_ = p.HangUp(id) // the phone's next start would end it too
				s.print("The phone %s registered, called %s, was answered and hears itself.", p.MAC().Colons(), number)
				return
			case c.State == phone.CallEnded:
				id = "" // a new configuration interrupted it
			}
		}
	}
}
