package tftpd_test

import (
	"fmt"
	"net/netip"
	"testing"

	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

func TestDoor_TFTP(t *testing.T) {
	t.Parallel()
	doortest.Run(t, func(t testing.TB, h *testkit.House) doortest.Door { return door{client{addr: h.Addr(t, "tftp")}} }, testkit.WithDoors("tftp"))
}

// door is the TFTP door as the suite wants it.
type door struct{ client }

var _ doortest.Limited = door{}

func (door) Kind() vendors.Door { return vendors.TFTP }
func (door) Agentless() bool    { return true }
func (door) Resolves() bool     { return false }

func (d door) Fetch(t testing.TB, a doortest.Ask) doortest.Answer {
	t.Helper()
	g := d.get(t, a.Path)
	shape := fmt.Sprintf("%d %s %v", g.code, g.text, g.options)
	switch g.code {
	case 0:
		return doortest.Answer{Kind: doortest.File, Body: g.body, Shape: shape}
	case 1:
		return doortest.Answer{Kind: doortest.Nothing, Shape: shape}
	case 4:
		return doortest.Answer{Kind: doortest.Malformed, Shape: shape}
	}
	return doortest.Answer{Kind: doortest.Trouble, Shape: shape}
}

func TestGuess_TFTP(t *testing.T) {
	t.Parallel()
	doortest.Guess(t, doortest.Guesses(5000), func(t testing.TB, h *testkit.House, from netip.Addr) doortest.Asker {
		d := door{client{addr: h.Addr(t, "tftp"), from: from.String(), block: 1428, size: true}}
		return func(t testing.TB, path, _ string) doortest.Answer {
			t.Helper()
			return d.Fetch(t, doortest.Ask{Path: path})
		}
	}, testkit.WithDoors("tftp"))
}
