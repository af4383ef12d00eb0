package ftpd_test

import (
	"crypto/tls"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

func TestDoor_FTP(t *testing.T) {
	t.Parallel()
	suite(t, vendors.FTP, "")
}

func TestDoor_FTPS_implicit(t *testing.T) {
	t.Parallel()
	suite(t, vendors.FTPS, "implicit")
}

func TestDoor_FTPS_explicit(t *testing.T) {
	t.Parallel()
	suite(t, vendors.FTPS, "explicit")
}

// TestCertificates: FTPS asks for a certificate as HTTPS does, and where only the
// commands are encrypted it proves nothing.
func TestCertificates(t *testing.T) {
	t.Parallel()
	for how, kind := range map[string]vendors.Door{"implicit": vendors.FTPS, "explicit": vendors.FTPS, "commands": vendors.FTP} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			doortest.Certificates(t, func(_ testing.TB, h *testkit.House, c tls.Certificate) doortest.Door {
				d := door{h, kind, how, nil}
				if c.Certificate != nil {
					d.shown = []tls.Certificate{c}
				}
				return d
			}, testkit.WithDoors("ftp", "ftps"))
		})
	}
}

// TestDoor_FTP_commands_alone: where only the commands are encrypted it is the
// clear door.
func TestDoor_FTP_commands_alone(t *testing.T) {
	t.Parallel()
	suite(t, vendors.FTP, "commands")
}

func suite(t *testing.T, kind vendors.Door, how string) {
	doortest.Run(t, func(_ testing.TB, h *testkit.House) doortest.Door { return door{h, kind, how, nil} }, testkit.WithDoors("ftp", "ftps"))
}

// door is the FTP door as the suite wants it: a session for each file.
type door struct {
	h     *testkit.House
	kind  vendors.Door
	how   string
	shown []tls.Certificate
}

var _ doortest.Limited = door{}

func (d door) Kind() vendors.Door { return d.kind }
func (door) Agentless() bool      { return true }
func (door) Resolves() bool       { return true }

func (d door) Fetch(t testing.TB, a doortest.Ask) doortest.Answer {
	t.Helper()
	c := dial(t, d.h, d.how, "anonymous", "phone@", d.shown...)
	defer c.conn.Close()
	body, text, ok := c.retr(a.Path)
	switch {
	case ok:
		return doortest.Answer{Kind: doortest.File, Body: body, Shape: text}
	case strings.HasPrefix(text, "550 "):
		return doortest.Answer{Kind: doortest.Nothing, Shape: text}
	}
	return doortest.Answer{Kind: doortest.Trouble, Shape: text}
}

func TestGuess_FTP(t *testing.T) {
	t.Parallel()
	guess(t, "")
}

func TestGuess_FTPS(t *testing.T) {
	t.Parallel()
	guess(t, "implicit")
}

// guess guesses names, tokens and, with each session, a password.
func guess(t *testing.T, how string) {
	doortest.Guess(t, doortest.Guesses(5000), func(_ testing.TB, h *testkit.House, from netip.Addr) doortest.Asker {
		var c *client
		turn := 0
		return func(t testing.TB, path, _ string) doortest.Answer {
			t.Helper()
			if turn++; c == nil || turn%100 == 0 {
				if c != nil {
					_ = c.conn.Close()
				}
				c = dialFrom(t, h, how, from, [2]string{h.World(t).Phones[0].MAC.String(), strconv.Itoa(turn)})
			}
			_ = c.conn.SetDeadline(time.Now().Add(patience))
			body, text, ok := c.retr(path)
			if ok {
				return doortest.Answer{Kind: doortest.File, Body: body, Shape: text}
			}
			return doortest.Answer{Kind: doortest.Nothing, Shape: text}
		}
	}, testkit.WithDoors("ftp", "ftps"))
}
