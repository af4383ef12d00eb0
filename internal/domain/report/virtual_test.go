package report_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/template"
	"bellwether/internal/phone"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors/grandstream/sim"
)

// stage is a house whose phones speak SIP by a registrar of their own.
type stage struct {
	t       *testing.T
	h       *testkit.House
	w       *testkit.World
	c       *testkit.Client
	foreign string // a SIP peer that is no registrar of theirs
}

// newStage opens one. values are added to the template of all its phones.
func newStage(t *testing.T, values map[string]string) *stage {
	t.Helper()
	h := testkit.New(t)
	s := &stage{t: t, h: h, w: h.World(t), foreign: newPeer(t)}
	s.c = h.API(t, access.RoleOwner)
	at := testkit.Registrar(t)
	if _, err := h.Accounts.UpdateServer(testkit.System(), s.w.Server.ID, account.ServerInput{Address: &at}, s.w.Server.Version); err != nil {
		t.Fatal(err)
	}
	s.template(values)
	return s
}

// template adds values to those of all phones.
func (s *stage) template(values map[string]string) {
	s.t.Helper()
	src, err := s.h.Templates.Get(testkit.System(), s.w.Template.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	items := slices.DeleteFunc(slices.Clone(src.Draft), func(it template.Item) bool { _, ok := values[string(it.Key)]; return ok })
	items = append(items, testkit.Items(values)...)
	if src, err = s.h.Templates.Update(testkit.System(), src.ID, template.Input{Draft: &items}, src.Version); err != nil {
		s.t.Fatal(err)
	}
	if _, err = s.h.Templates.SaveVersion(testkit.System(), src.ID, "", src.Version); err != nil {
		s.t.Fatal(err)
	}
}

// switchOn switches on the virtual phone of a device, at an address of its own.
func (s *stage) switchOn(p testkit.Phone, at string, lease func() (phone.Lease, error)) *phone.Phone {
	s.t.Helper()
	persona, err := sim.New()
	if err != nil {
		s.t.Fatal(err)
	}
	roots := s.h.TLS(s.t)
	roots.ServerName = ""
	v, err := phone.New(phone.Config{MAC: p.MAC, Model: testkit.Model, Persona: persona, ServerURL: p.URL, Network: s.h.Net, TLS: roots, Lease: lease,
		SIP: &phone.SIP{Address: netip.MustParseAddr(at)}, Log: slog.New(slog.NewTextHandler(s.h.Log, nil))})
	if err != nil {
		s.t.Fatal(err)
	}
	testkit.SwitchOn(s.t, v)
	return v
}

// event is one as the API tells it.
type event struct {
	Event, Number, Address string
	Line                   int
	At                     time.Time
}

// events are what a phone told, the oldest first.
func (s *stage) events(p testkit.Phone) []event {
	s.t.Helper()
	list := testkit.Call[struct{ Items []event }](s.t, s.c, http.MethodGet, "/orgs/"+p.OrgID+"/devices/"+p.ID+"/events", nil).Items
	slices.Reverse(list)
	return list
}

// mark remembers how many of each a phone told.
func (s *stage) mark(p testkit.Phone) map[string]int {
	n := map[string]int{}
	for _, e := range s.events(p) {
		n[e.Event]++
	}
	return n
}

// told waits until a phone has told each of the events once more than before, and
// returns the last of each.
func (s *stage) told(p testkit.Phone, before map[string]int, want ...string) map[string]event {
	s.t.Helper()
	last := map[string]event{}
	testkit.Wait(s.t, "the server has "+strings.Join(want, ", "), func() bool {
		n := map[string]int{}
		for _, e := range s.events(p) {
			n[e.Event]++
			last[e.Event] = e
		}
		return !slices.ContainsFunc(want, func(w string) bool { return n[w] <= before[w] })
	})
	return last
}

type telephony struct {
	Lines []struct {
		Line        int
		User, State string
	}
	Call string
}

// state waits until the last word on a phone's calls is one.
func (s *stage) state(p testkit.Phone, want string) telephony {
	s.t.Helper()
	var got telephony
	testkit.Wait(s.t, "the calls are "+want, func() bool {
		got = testkit.Call[telephony](s.t, s.c, http.MethodGet, "/orgs/"+p.OrgID+"/devices/"+p.ID+"/telephony", nil)
		return got.Call == want
	})
	return got
}

// up calls and has the other phone, if it is one of ours, answer.
func up(t *testing.T, from *phone.Phone, o phone.Order, to *phone.Phone) string {
	t.Helper()
	id := ring(t, from, o, to)
	if to != nil {
		if err := to.Answer(id); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Wait(t, "the call is up", func() bool { return state(from, id) == phone.CallUp && (to == nil || state(to, id) == phone.CallUp) })
	return id
}

// ring calls until the other phone rings.
func ring(t *testing.T, from *phone.Phone, o phone.Order, to *phone.Phone) (id string) {
	t.Helper()
	testkit.Wait(t, "the phone has a line", from.Ready)
	id, err := from.Call(o)
	if err != nil {
		t.Fatal(err)
	}
	if to != nil {
		testkit.Wait(t, "the other phone rings", func() bool { return state(to, id) == phone.CallRinging })
	}
	return id
}

func state(p *phone.Phone, id string) phone.CallState {
	for _, c := range p.Calls() {
		if c.ID == id {
			return c.State
		}
	}
	return ""
}

// do ends the test where a person could not do something.
func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestVirtual_tells_everything: two virtual phones that the server has told where to
// report, and their own SIP calls by a registrar, make the server hear of each of the
// events of the guide.
func TestVirtual_tells_everything(t *testing.T) {
	t.Parallel()
	s := newStage(t, map[string]string{"ons.enable": "yes", "account.1.sip.unregisteronreboot": "Instance", "call.transfer.holdcall.enable": "no"})
	s.second(s.w.Phones[0])
	a, b := s.w.Phones[0], s.w.Phones[1]
	moving := &lease{addresses: []string{"192.0.2.21", "192.0.2.22"}}
	first := s.switchOn(a, "127.65.0.1", moving.next)
	other := s.switchOn(b, "127.65.0.2", nil)
	s.told(b, nil, "registered")
	for _, row := range []struct {
		id  string
		run func(*testing.T)
	}{
		{"GH-ACT-001", func(t *testing.T) { // the gate, open; TestVirtual_gate has it shut
			if first.Settings()["ons.enable"] != "Yes" || len(s.events(a)) == 0 {
				t.Error("nothing is told")
			}
		}},
		{"GH-ACT-002", func(*testing.T) { s.told(a, nil, "setup_completed") }},
		{"GH-ACT-003", func(t *testing.T) {
			if e := s.told(a, nil, "registered")["registered"]; e.Line != 1 {
				t.Errorf("it is line %d that registered", e.Line)
			}
			if got := s.state(a, "idle"); len(got.Lines) != 2 || got.Lines[0].State != "registered" || got.Lines[0].User != "201" {
				t.Errorf("the last word is %+v", got)
			}
		}},
		{"GH-ACT-004", func(t *testing.T) {
			if e := s.told(a, nil, "unregistered")["unregistered"]; e.Line != 1 {
				t.Errorf("it is line %d that unregistered", e.Line)
			}
		}},
		{"GH-ACT-005", func(t *testing.T) {
			if e := s.told(a, nil, "register_failed")["register_failed"]; e.Line != 2 {
				t.Errorf("it is line %d that failed", e.Line)
			}
			if got := s.state(a, "idle"); got.Lines[1].State != "failed" {
				t.Errorf("the last word is %+v", got)
			}
		}},
		{"GH-ACT-008", func(*testing.T) { s.told(a, nil, "provisioned") }},
		{"GH-ACT-009", func(t *testing.T) {
			first.Reboot()
			e := s.told(a, nil, "ip_changed")["ip_changed"]
			if e.Address != "192.0.2.22" {
				t.Errorf("the new address is %q", e.Address)
			}
			testkit.Wait(t, "the phone has registered again", first.Ready)
			s.told(a, map[string]int{"setup_completed": 1}, "setup_completed")
		}},
		{"GH-ACT-010", func(t *testing.T) { do(t, first.Lift()); s.told(a, nil, "off_hook") }},
		{"GH-ACT-011", func(*testing.T) { first.PutDown(); s.told(a, nil, "on_hook") }},
	} {
		t.Run(row.id, row.run)
	}
	s.calls(a, b, first, other)
	s.transfers(a, first, other)
}

// calls are the rows of one call between two phones.
func (s *stage) calls(a, b testkit.Phone, first, other *phone.Phone) {
	was, theirs := s.mark(a), s.mark(b)
	id := up(s.t, first, phone.Order{Line: 1, Number: "202"}, other)
	row := func(name string, p testkit.Phone, before map[string]int, number, event string) {
		s.t.Run(name, func(t *testing.T) {
			e := s.told(p, before, event)[event]
			if e.Line != 1 || e.Number != number {
				t.Errorf("%s on line %d with %q, want line 1 and %q", event, e.Line, e.Number, number)
			}
		})
	}
	row("GH-ACT-013", a, was, "…2", "outgoing")
	row("GH-ACT-012", b, theirs, "…1", "incoming")
	row("GH-ACT-017", b, theirs, "…1", "answered")
	row("GH-ACT-015", a, was, "…2", "established")
	s.t.Run("GH-ACT-006", func(*testing.T) { s.told(a, was, "idle_to_busy"); s.state(a, "talking") })
	do(s.t, first.Mute(id, true))
	row("GH-ACT-024", a, was, "…2", "mute")
	do(s.t, first.Mute(id, false))
	row("GH-ACT-025", a, was, "…2", "unmute")
	do(s.t, first.Hold(id, true))
	row("GH-ACT-022", a, was, "…2", "hold")
	s.state(a, "held")
	do(s.t, first.Hold(id, false))
	row("GH-ACT-023", a, was, "…2", "unhold")
	s.state(a, "talking")
	do(s.t, first.HangUp(id))
	row("GH-ACT-016", b, theirs, "…1", "terminated")
	s.t.Run("GH-ACT-007", func(*testing.T) { s.told(b, theirs, "busy_to_idle"); s.state(b, "idle"); s.state(a, "idle") })

	theirs = s.mark(b)
	id = ring(s.t, first, phone.Order{Line: 1, Number: "202"}, other)
	s.state(b, "ringing")
	do(s.t, first.HangUp(id))
	row("GH-ACT-014", b, theirs, "…1", "missed")
	s.state(b, "idle")
}

// transfers are the rows of calls that are handed on: to a phone that refuses, and
// from a peer that does as it is asked.
func (s *stage) transfers(a testkit.Phone, first, other *phone.Phone) {
	was := s.mark(a)
	id := up(s.t, first, phone.Order{Line: 1, Number: "202"}, other)
	do(s.t, first.Transfer(id, "203"))
	s.t.Run("GH-ACT-018", func(*testing.T) { s.told(a, was, "blind_transfer") })
	s.t.Run("GH-ACT-021", func(t *testing.T) {
		s.told(a, was, "transfer_failed")
		if s.mark(a)["transfer_completed"] != was["transfer_completed"] {
			t.Error("it was completed too")
		}
	})
	testkit.Wait(s.t, "the call is over", func() bool { return state(first, id) == phone.CallEnded })
	id = up(s.t, first, phone.Order{Line: 1, Number: "202"}, other)
	with := up(s.t, first, phone.Order{Line: 2, Number: "300"}, nil)
	do(s.t, first.Join(with, id))
	s.t.Run("GH-ACT-019", func(*testing.T) { s.told(a, was, "attended_transfer") })
	s.t.Run("GH-ACT-020", func(*testing.T) { s.told(a, was, "transfer_completed") })
}

// second puts an account at the foreign peer onto a phone's second line: it calls by
// it, and cannot register there.
func (s *stage) second(p testkit.Phone) {
	s.t.Helper()
	name, user := "Elsewhere", "301"
	srv, err := s.h.Accounts.CreateServer(testkit.System(), s.w.Org, account.ServerInput{Name: &name, Address: &s.foreign})
	if err != nil {
		s.t.Fatal(err)
	}
	acc, err := s.h.Accounts.Create(testkit.System(), s.w.Org, account.Input{ServerID: &srv.ID, UserID: &user})
	if err != nil {
		s.t.Fatal(err)
	}
	do(s.t, s.h.Accounts.SetLine(testkit.System(), p.Device, 2, acc.ID, "test"))
}

// lease gives a phone one address after the other.
type lease struct {
	mu        sync.Mutex // guards addresses
	addresses []string
}

func (l *lease) next() (phone.Lease, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.addresses[0]
	if len(l.addresses) > 1 {
		l.addresses = l.addresses[1:]
	}
	return phone.Lease{Address: netip.MustParseAddr(at)}, nil
}

// TestVirtual_gate: with the phone's switch off nothing is told to the phone, and it
// tells nothing, whatever addresses it holds; with the switch on an operator's own
// address for an event stays, and the phone fills in the variables that it knows.
func TestVirtual_gate(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.RequestURI)
	}))
	t.Cleanup(hook.Close)
	heard := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(asked)
	}
	own := strings.TrimPrefix(hook.URL, "http://") + "/hook/mac=$mac&ip=$phone_ip&p=$product&v=$program_version&u=$active_user&l=$local&x=$call-id"
	s := newStage(t, map[string]string{"ons.enable": "no", "ons.actionurl.offhook": own})
	p := s.w.Phones[0]
	v := s.switchOn(p, "127.65.0.3", nil)
	testkit.Wait(t, "the phone has a line", v.Ready)
	for key, value := range v.Settings() {
		if strings.Contains(value, "/a/") {
			t.Errorf("with the switch off %s is %q", key, value)
		}
	}
	do(t, v.Lift())
	v.PutDown()
	v.Set("ons.enable", "Yes") // on the phone itself: it has no address of ours
	v.Reboot()
	testkit.Wait(t, "the phone has its settings again", func() bool { return v.Status().Looks > 1 && v.Ready() })
	if got := s.events(p); len(got) > 0 || len(heard()) > 0 {
		t.Errorf("with the switch off the phone told %v and %v", got, heard())
	}
	s.template(map[string]string{"ons.enable": "yes"})
	// another phone of the same template, which takes the newest version
	q := s.w.Phones[1]
	w := s.switchOn(q, "127.65.0.4", nil)
	s.told(q, nil, "registered", "setup_completed")
	do(t, w.Lift())
	testkit.Wait(t, "the operator's own address was called", func() bool { return len(heard()) > 0 })
	want := "GET /hook/mac=" + q.MAC.String() + "&ip=127.65.0.4&p=" + testkit.Model + "&v=" + w.Status().Firmware + "&u=202&l=202&x=$call-id"
	if got := heard(); len(got) != 1 || got[0] != want {
		t.Errorf("it asked for %q, want %q", got, want)
	}
	if n := s.mark(q)["off_hook"]; n != 0 {
		t.Errorf("the server was told %d times too", n)
	}
}

// TestVirtual_nobody_listens: addresses where nobody answers, or with nonsense, change
// nothing for the phone.
func TestVirtual_nobody_listens(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // it takes connections and never answers
	values := map[string]string{"ons.enable": "yes", "ons.actionurl.registered": "http://127.0.0.1:9/x", "ons.actionurl.outgoingcall": "http://" + l.Addr().String() + "/x",
		"ons.actionurl.setupcompleted": "gopher://127.0.0.1/%zz", "ons.actionurl.idletobusy": "$mac"}
	s := newStage(t, values)
	v := s.switchOn(s.w.Phones[0], "127.65.0.5", nil)
	other := s.switchOn(s.w.Phones[1], "127.65.0.6", nil)
	testkit.Wait(t, "both have a line", func() bool { return v.Ready() && other.Ready() })
	id := up(t, v, phone.Order{Line: 1, Number: "202"}, other)
	do(t, v.HangUp(id))
	s.told(s.w.Phones[0], nil, "established", "terminated", "busy_to_idle")
}
