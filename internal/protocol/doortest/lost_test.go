package doortest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/allsim"
)

// mishap is what happens to a phone at one step of its way.
type mishap string

// The mishaps.
const (
	lost   mishap = "what the server sent is lost, and the connection with it"
	halved mishap = "the connection breaks in the middle of what the server sent"
	dark   mishap = "the power goes while the phone reads"
	twice  mishap = "each datagram comes twice"
)

// TestLost: whatever happens to a phone from the box at whatever step of its way to
// its configuration, it gets in when it tries again. Nobody takes it for a second
// one that claims its place, and it is not quarantined.
func TestLost(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.WithDoors("tftp"))
	n := 0
	for _, from := range []string{"http://" + h.Addr(t, "provision_http") + "/", "tftp://" + h.Addr(t, "tftp") + "/"} {
		for _, m := range []mishap{lost, halved, dark, twice} {
			steps := 0
			for hit := true; hit && !t.Failed(); steps++ {
				n++
				hit = comesIn(t, h, n, from, &line{Network: h.Net, what: m, step: steps + 1}) && m != twice
			}
			t.Logf("from %s: %s: %d steps", from, m, steps)
			if m != twice && steps < 8 {
				t.Errorf("the phone's way has only %d steps", steps)
			}
		}
	}
}

// rounds that a phone needs: it is told where to come back, claims its place,
// comes by its own address.
const needs = 3

// comesIn plays one phone, and reports whether the mishap came about.
func comesIn(t *testing.T, h *testkit.House, n int, from string, l *line) bool {
	t.Helper()
	d := enter(t, h, device.Input{MAC: phone.FleetMAC(8000 + n).String(), Model: testkit.Model, SiteID: h.World(t).Hotel.ID, Life: device.Adopted})
	what := fmt.Sprintf("%s, step %d: %s", from, l.step, l.what)
	v := fromTheBox(t, h, d, from, l)
	off := power(v, l)
	own := func() bool {
		used, err := h.Identity.LastUse(testkit.System(), d.ID)
		return err == nil && !used.IsZero()
	}
	for range needs + 2 {
		testkit.Wait(t, what+": the phone has looked for its files", func() bool { return v.Status().Looks > 0 || l.isCut() })
		if l.isCut() {
			off()
			l.restore()
			off = power(v, l)
		}
		looks := v.Status().Looks
		if own() {
			break
		}
		v.Provision()
		testkit.Wait(t, what+": the phone has looked for its files again", func() bool { return v.Status().Looks > looks || l.isCut() })
	}
	off()
	if !own() {
		t.Errorf("%s: the phone does not get in: %+v", what, v.Status())
	}
	quiet(t, h, d, what)
	return l.happened()
}

// quiet fails where somebody took the phone for two.
func quiet(t *testing.T, h *testkit.House, d device.Device, what string) {
	t.Helper()
	if err := h.Identity.FlushClaims(testkit.System()); err != nil {
		t.Fatal(err)
	}
	got, err := h.Devices.Get(testkit.System(), d.ID)
	if err != nil || got.Life != device.Adopted {
		t.Errorf("%s: the device is %s: %v", what, got.Life, err)
	}
	claims, err := h.Identity.Claims(testkit.System(), d.OrgID, d.ID)
	if err != nil || len(claims) != 1 || claims[0].State != identity.ClaimTaken && claims[0].State != identity.ClaimOpen {
		t.Errorf("%s: claims %+v, %v", what, claims, err)
	}
}

func fromTheBox(t *testing.T, h *testkit.House, d device.Device, folder string, l *line) *phone.Phone {
	t.Helper()
	all, err := allsim.New()
	if err != nil {
		t.Fatal(err)
	}
	persona, label, ok := all.Find("", d.Model)
	if !ok {
		t.Fatalf("nobody plays the model %s", d.Model)
	}
	roots := h.TLS(t)
	roots.ServerName = ""
	v, err := phone.New(phone.Config{MAC: d.MAC, Model: label, Persona: persona, ServerURL: folder, Network: l, TLS: roots, Clock: h.Clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// power switches a phone on; what it returns switches it off, and may be called
// again.
func power(v *phone.Phone, l *line) (off func()) {
	ctx, cancel := context.WithCancel(context.Background())
	l.cut = cancel
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = v.Run(ctx) // it ends with its power
	}()
	return func() {
		cancel()
		<-done
	}
}

// line is the network of a phone to which something happens once: when data comes
// from the server for the step-th time.
type line struct {
	dial.Network
	what mishap
	step int
	cut  func() // the power

	mu      sync.Mutex // guards what follows
	reads   int
	without bool // power
}

func (l *line) happened() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.reads >= l.step }
func (l *line) isCut() bool    { l.mu.Lock(); defer l.mu.Unlock(); return l.without }
func (l *line) restore()       { l.mu.Lock(); defer l.mu.Unlock(); l.without = false }

// now counts what came, and reports whether it is time.
func (l *line) now() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.without {
		return true
	}
	l.reads++
	hit := l.what != twice && l.reads == l.step
	if hit && l.what == dark {
		l.without = true
		l.cut()
	}
	return hit
}

// Dial connects.
func (l *line) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if l.isCut() {
		return nil, syscall.ENETDOWN
	}
	c, err := l.Network.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &wire{Conn: c, line: l}, nil
}

// wire is a connection of the phone's.
type wire struct {
	net.Conn
	line   *line
	broken bool
}

// Read reads what the server sent, which has done its work by then.
func (w *wire) Read(p []byte) (int, error) {
	if w.broken {
		return 0, syscall.ECONNRESET
	}
	n, err := w.Conn.Read(p)
	if n > 0 && w.line.now() {
		w.broken = true
		_ = w.Conn.Close() // the server finds out
		if w.line.what == halved && n > 1 {
			return n / 2, nil
		}
		return 0, syscall.ECONNRESET
	}
	return n, err
}

// ListenPacket opens a socket.
func (l *line) ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error) {
	c, err := l.Network.ListenPacket(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &ether{PacketConn: c, line: l}, nil
}

// ether is a socket of the phone's.
type ether struct {
	net.PacketConn
	line *line
}

// WriteTo sends, twice where that is what happens.
func (e *ether) WriteTo(p []byte, to net.Addr) (int, error) {
	if e.line.what == twice {
		_, _ = e.PacketConn.WriteTo(p, to) // the second one reports
	}
	return e.PacketConn.WriteTo(p, to)
}

// ReadFrom receives; what is lost is as if it never came.
func (e *ether) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := e.PacketConn.ReadFrom(p)
		if err != nil || !e.line.now() {
			return n, from, err
		}
		if e.line.what == halved {
			return n / 2, from, nil
		}
		if e.line.isCut() {
			return 0, nil, net.ErrClosed
		}
	}
}
