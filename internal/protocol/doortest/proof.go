package doortest

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/domain/provision"
	"bellwether/internal/phone"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/allsim"
)

// read reads a file as the phone does that it is for, and returns its settings.
func read(t testing.TB, p testkit.Phone, data []byte) (map[string]string, error) {
	t.Helper()
	all, err := allsim.New()
	if err != nil {
		t.Fatalf("load the personas: %v", err)
	}
	persona, label, ok := all.Find(p.Vendor, p.Model)
	if !ok {
		t.Fatalf("nobody plays the model %s", p.Model)
	}
	f, err := persona.Read(phone.Device{MAC: p.MAC, Model: label, Firmware: persona.Firmware()}, p.File(), data)
	return f.Settings, err
}

// publish has a phone's first contact happen at the HTTPS door, whatever door
// is under test.
func (s *suite) publish(t testing.TB, p testkit.Phone) {
	t.Helper()
	testkit.SwitchOn(t, s.h.Virtual(t, p))
}

func (s *suite) ownFile(t *testing.T) {
	if !s.proves() {
		s.clearToken(t)
		return
	}
	for _, p := range s.w.Phones[:2] {
		first, second := s.get(t, own(p)), s.get(t, own(p))
		if first.Kind != File {
			t.Fatalf("%s got %s\n%s", p.Name, first.Kind, first.Shape)
		}
		if !bytes.Equal(first.Body, second.Body) {
			t.Errorf("%s: two fetches gave different bytes", p.Name)
		}
		got, err := read(t, p, first.Body)
		if err != nil {
			t.Fatalf("%s cannot read its file: %v", p.Name, err)
		}
		if got["account.1.sip.subscriber.userid"] != p.Account.UserID || got["account.1.sip.subscriber.password"] != p.Password {
			t.Errorf("%s: the line in its file is not its own", p.Name)
		}
		for _, other := range s.w.Phones {
			if other.ID != p.ID && bytes.Contains(first.Body, []byte(other.Password)) {
				t.Errorf("%s got the password of %s", p.Name, other.Name)
			}
		}
	}
}

// clearToken: on a clear door a good token gives what a bare name gives
// (identity.md, the table).
func (s *suite) clearToken(t *testing.T) {
	p := s.w.Phones[0]
	good := s.get(t, own(p))
	if good.Kind != File {
		t.Fatalf("got %s, want the bootstrap\n%s", good.Kind, good.Shape)
	}
	s.wantNoSecret(t, "a good token", good)
	s.wantAlike(t, good, s.get(t, p.File()))
}

// strange is a token that nobody has.
func strange(n int) string { return strings.Repeat("Qz7", n/3+1)[:n] }

func (s *suite) othersFile(t *testing.T) {
	me := s.w.Phones[0]
	plain := s.get(t, under(strange(len(me.Token)), me.File()))
	for _, other := range []testkit.Phone{s.w.Phones[1], s.w.Waiting, s.w.SisterPhone, s.w.ForeignPhone} {
		a := s.get(t, under(me.Token, other.File()))
		s.wantNothing(t, "my token, the file of "+other.Name, a)
		if a.Shape != plain.Shape {
			t.Errorf("the refusal tells that it was another phone's file:\n%s\n%s", a.Shape, plain.Shape)
		}
	}
	if s.proves() {
		s.wantNothing(t, "a phone that is not adopted", s.get(t, own(s.w.Waiting)))
	}
	if s.agentless() {
		return
	}
	agents := s.door.Fetch(t, Ask{Path: own(me), Agent: agent + " DevId " + s.w.Phones[1].MAC.String()})
	s.wantNothing(t, "a user agent that names another phone", agents)
}

func (s *suite) probes(t *testing.T) {
	p := s.w.Phones[0]
	plain := s.get(t, under(strange(len(p.Token)), p.File()))
	mac := p.MAC.String()
	for _, name := range []string{"cfg.xml", "cfg" + strings.ToLower(p.Model) + ".xml", "cfg" + mac, "dev" + mac + ".cfg"} {
		bare := s.get(t, name)
		s.wantNothing(t, name+" without a token", bare)
		a := s.get(t, under(p.Token, name))
		s.wantNothing(t, name+" with a token", a)
		if a.Shape != bare.Shape || a.Shape != plain.Shape {
			t.Errorf("%s: the refusals differ:\n%s\n%s\n%s", name, a.Shape, bare.Shape, plain.Shape)
		}
	}
}

func (s *suite) badTokens(t *testing.T) {
	p := s.w.Phones[0]
	plain := s.get(t, under(strange(len(p.Token)), p.File()))
	s.wantNothing(t, "an unknown token", plain)
	for what, token := range map[string]string{
		"one letter short":    p.Token[1:],
		"one letter more":     p.Token + "A",
		"in the other case":   swapCase(p.Token),
		"another phone's":     s.w.Phones[1].Token,
		"another tenant's":    s.w.ForeignPhone.Token,
		"one character":       "x",
		"a MAC":               p.MAC.String(),
		"very long":           strange(900),
		"with a space's code": p.Token + "%20",
	} {
		a := s.get(t, under(token, p.File()))
		s.wantNothing(t, "a token "+what, a)
		if a.Shape != plain.Shape {
			t.Errorf("a token %s is refused in another way:\n%s\n%s", what, a.Shape, plain.Shape)
		}
	}
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

// manyAtOnce has every phone fetch its own file at the same time as the others.
func (s *suite) manyAtOnce(t *testing.T) {
	if !s.proves() {
		return
	}
	var wg sync.WaitGroup
	for _, p := range s.w.Phones {
		for range 4 {
			wg.Go(func() {
				a := s.get(t, own(p))
				if got, err := read(t, p, a.Body); err != nil || got["account.1.sip.subscriber.password"] != p.Password {
					t.Errorf("%s got %s, %v", p.Name, a.Kind, err)
				}
			})
		}
	}
	wg.Wait()
}

// ledger: what the suite did is written down with its reasons, and no token.
func (s *suite) ledger(t *testing.T) {
	p := s.w.Phones[0]
	want := []provision.Verdict{provision.Bootstrap, provision.Probe, provision.Invalid, provision.Refused}
	if s.proves() {
		want = append(want, provision.Served)
	}
	seen := map[provision.Verdict]bool{}
	list := s.entries(t)
	for _, e := range list {
		if e.Door != s.door.Kind() {
			continue
		}
		seen[e.Verdict] = true
		if e.Reason == "" {
			t.Errorf("the verdict %s on %s has no reason", e.Verdict, e.Name)
		}
		if strings.Contains(e.Name+e.Reason+e.UserAgent, p.Token) {
			t.Errorf("the ledger holds a token: %s, %s", e.Name, e.Reason)
		}
	}
	for _, v := range want {
		if !seen[v] {
			t.Errorf("the ledger has no %s", v)
		}
	}
}

func (s *suite) entries(t testing.TB) []provision.Entry {
	t.Helper()
	if err := s.h.Ledger.Flush(t.Context()); err != nil {
		t.Fatalf("write the ledger: %v", err)
	}
	var f provision.Filter
	f.Limit = 500
	out, err := s.h.Ledger.List(testkit.System(), f)
	if err != nil {
		t.Fatalf("read the ledger: %v", err)
	}
	return out.Items
}
