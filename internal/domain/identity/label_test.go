package identity_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
)

const sticker = "Kq7-printed"

// labelled gives d1 a serial number and a sticker secret.
func (b bench) labelled() {
	b.t.Helper()
	b.exec(`UPDATE devices SET serial = '20EZ1ABC' WHERE id = 'd1'`)
	b.in("d1", b.Sticker(secret.NewString(sticker)))
}

// shows is a request from outside the site with a bootstrap token and a password.
func (b bench) shows(m mac.Address, user, word string) identity.Evidence {
	ev := b.asks(m, outside)
	ev.User, ev.Password = user, secret.NewString(word)
	return ev
}

func (b bench) prove(claim, serial, word string) error {
	return b.Prove(b.system(), b.dev("d1"), claim, identity.Label{Serial: serial, Sticker: secret.NewString(word)})
}

// told is how often something stands in the operation log.
func (b bench) told(action string) (n int) {
	b.t.Helper()
	err := b.db.Read(b.system(), func(q db.Q) error {
		return q.NewSelect().Table("audit").ColumnExpr("count(*)").Where("action = ?", action).Scan(b.system(), &n)
	})
	b.do(err)
	return n
}

// heard is where warnings go in these tests.
type heard struct {
	mu    sync.Mutex // guards the rest
	codes []string
	open  map[string]string // what stands of sites: the text by the code
	gone  []string          // what was cleared of them while it stood
}

func (h *heard) Raise(_ context.Context, _ *db.Tx, w identity.Warning) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w.Site.ID != "" {
		if h.open == nil {
			h.open = map[string]string{}
		}
		h.open[w.Code] = w.Text
		return nil
	}
	h.codes = append(h.codes, w.Code+" "+w.Device.ID)
	return nil
}

func (h *heard) Clear(_ context.Context, _ *db.Tx, w identity.Warning) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, stands := h.open[w.Code]; stands {
		h.gone = append(h.gone, w.Code+" "+w.Text)
		delete(h.open, w.Code)
	}
	return nil
}

func (h *heard) all() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.codes, "; ")
}

func TestSticker_as_the_password_of_the_door(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.labelled()
		b.fails("a wrong word", b.shows(lobbyMAC, "admin", "Kq7-other"), "not the sticker secret")
		b.fails("of another phone", b.shows(barMAC, "admin", sticker), "not the sticker secret")
		b.fails("of no phone", b.shows(nobody, "admin", sticker), "")
		clear := b.shows(lobbyMAC, "admin", sticker)
		clear.Door = "http"
		b.fails("in clear text", clear, "")
		b.passes("any user, the right word", b.shows(lobbyMAC, "admin", sticker), "d1")
		b.passes("again after a lost answer", b.shows(lobbyMAC, lobbyMAC.String(), sticker), "d1")
		own := b.token("d1")
		b.clock.Advance(time.Minute)
		b.passes("with its own token", https(own, lobbyMAC), "d1")
		b.fails("once its own token is in use", b.shows(lobbyMAC, "admin", sticker), "used its own token")
	})
}

// A hundred at once have no more tries than one after the other, and the day's
// last wrong word locks the label for the right one too, until tomorrow.
func TestSticker_tries(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		h := &heard{}
		b.Tell(h)
		b.labelled()
		var wait sync.WaitGroup
		for range 100 {
			wait.Go(func() {
				if _, v := b.Authenticate(b.t.Context(), b.shows(lobbyMAC, "admin", "guess")); v.OK || v.Err != nil {
					b.t.Errorf("a guess: %+v", v)
				}
			})
		}
		wait.Wait()
		b.fails("the right word after too many wrong ones", b.shows(lobbyMAC, "admin", sticker), "too many wrong")
		b.do(b.FlushClaims(b.system()))
		b.fails("and once they are written down", b.shows(lobbyMAC, "admin", sticker), "too many wrong")
		if n := b.told(identity.WarnLabelLocked); n != 1 || h.all() != identity.WarnLabelLocked+" d1" {
			b.t.Fatalf("told %d times; %s", n, h.all())
		}
		b.clock.Advance(24 * time.Hour)
		b.passes("the right word the next day", b.shows(lobbyMAC, "admin", sticker), "d1")
	})
}

func TestProve(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.labelled()
		b.fails("from outside", b.asks(lobbyMAC, outside), "outside the subnets")
		c := b.state("d1", identity.ClaimOpen)[0].ID
		for _, err := range []error{b.prove(c, "", "wrong"), b.prove(c, "20ez1abc", "wrong")} {
			if !fault.Is(err, fault.Conflict) || strings.Contains(err.Error(), "serial") || strings.Contains(err.Error(), "sticker") {
				b.t.Fatalf("the answer: %v", err)
			}
		}
		if err := b.prove(c, " ", ""); !fault.Is(err, fault.Invalid) {
			b.t.Fatalf("nothing said: %v", err)
		}
		if err := b.prove("none", "", sticker); !fault.Is(err, fault.NotFound) {
			b.t.Fatalf("no such claim: %v", err)
		}
		b.fails("still", b.asks(lobbyMAC, outside), "outside the subnets")
		b.do(b.prove(c, "20ez1abc", sticker))
		b.passes("proved", b.asks(lobbyMAC, outside), "d1")
	})
}

func TestProve_another_serial_quarantines(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.labelled()
		b.fails("from outside", b.asks(lobbyMAC, outside), "")
		c := b.state("d1", identity.ClaimOpen)[0].ID
		if err := b.prove(c, "20EZ1ABD", sticker); !fault.Is(err, fault.Conflict) {
			b.t.Fatalf("another serial number: %v", err)
		}
		if d := b.dev("d1"); d.Life != device.Quarantined || b.told(identity.WarnSerial) != 1 {
			b.t.Fatalf("%s", d.Life)
		}
		if err := b.prove(c, "20EZ1ABC", sticker); !fault.Is(err, fault.Conflict) {
			b.t.Fatalf("out of quarantine by the label: %v", err)
		}
		b.fails("quarantined", b.shows(lobbyMAC, "admin", sticker), "quarantined")
		if done, err := b.Release(b.system(), b.dev("d1")); err != nil || !done {
			b.t.Fatalf("released: %v %v", done, err)
		}
		b.passes("released", b.shows(lobbyMAC, "admin", sticker), "d1")
	})
}

func TestProve_tries(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		b.labelled()
		b.fails("from outside", b.asks(lobbyMAC, outside), "")
		c := b.state("d1", identity.ClaimOpen)[0].ID
		for range limit.LabelTries {
			if err := b.prove(c, "", "wrong"); !fault.Is(err, fault.Conflict) {
				b.t.Fatalf("a wrong word: %v", err)
			}
		}
		if err := b.prove(c, "", sticker); !fault.Is(err, fault.Conflict) || b.told(identity.WarnLabelLocked) != 1 {
			b.t.Fatalf("after the last try: %v", err)
		}
		b.clock.Advance(24 * time.Hour)
		b.do(b.prove(c, "", sticker))
	})
}

// What the hardware before could show counts no more, and the new one comes in as
// a new phone does.
func TestReplaced(t *testing.T) {
	t.Parallel()
	each(t, func(b bench) {
		h := &heard{}
		b.Tell(h)
		b.labelled()
		before := b.token("d1")
		b.passes("the old phone", https(before, lobbyMAC), "d1")
		user, word, err := b.NewPassword(b.system(), b.dev("d1"))
		b.do(err)
		b.clock.Advance(48 * time.Hour)
		b.exec(`UPDATE devices SET mac = ? WHERE id = 'd1'`, nobody.String())
		b.in("d1", b.Replaced)
		b.fails("its token", https(before, lobbyMAC), "an old token")
		b.fails("its token under the new name", https(before, nobody), "an old token")
		b.fails("its password", identity.Evidence{Door: "https", User: user, Password: word, MACInName: lobbyMAC, Address: outside, Asked: true}, "no device with a password")
		b.fails("the old sticker", b.shows(nobody, "admin", sticker), "not the sticker secret")
		b.passes("the new phone from the site", b.asks(nobody, inside), "d1")
		b.do(b.FlushClaims(b.system()))
		if !strings.Contains(h.all(), identity.WarnOldToken+" d1") {
			b.t.Fatalf("nobody heard of the old token: %s", h.all())
		}
	})
}
