package report_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/report"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/limit"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// tell has a key tell of an event, and waits until it was judged.
func (s *stage) tell(key, event string) {
	s.t.Helper()
	if code, _ := s.get("provision_https", "/a/"+key+"/"+event, ""); code != http.StatusOK {
		s.t.Fatalf("it is answered %d", code)
	}
	do(s.t, s.h.Reports.Flush(testkit.System()))
}

// TestKey_life: a new key ends the one before when it is used, and not earlier; who is
// retired, replaced or belongs to another organization tells nothing by an old one,
// and what was told stays behind.
func TestKey_life(t *testing.T) {
	t.Parallel()
	s := reporting(t)
	p := s.w.Phones[0]
	first := s.key(p)
	testkit.Call[any](t, s.c, http.MethodPost, "/orgs/"+p.OrgID+"/devices/"+p.ID+"/report-key", nil)
	second := s.key(p)
	if first == second {
		t.Fatal("the file has the old key")
	}
	s.tell(first, "hold") // its answer with the new one was lost
	s.tell(second, "unhold")
	s.tell(first, "mute")
	if got, want := s.mark(p), map[string]int{"hold": 1, "unhold": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if got := s.codes(); !slices.Equal(got, []identity.Reason{"", identity.OldToken}) {
		t.Errorf("the ledger has %q", got)
	}

	life := func(l device.Life) {
		t.Helper()
		d, err := s.h.Devices.Get(testkit.System(), p.ID)
		do(t, err)
		_, err = s.h.Devices.Update(testkit.System(), p.ID, device.Patch{Life: &l}, d.Version)
		do(t, err)
	}
	life(device.Retired)
	s.tell(second, "mute")
	life(device.Adopted)
	s.tell(second, "off_hook")
	if got := s.mark(p); got["mute"] != 0 || got["off_hook"] != 1 {
		t.Errorf("retired and back again it told %v", got)
	}

	d, err := s.h.Devices.Get(testkit.System(), p.ID)
	do(t, err)
	steps := []device.Creation{s.h.Identity.Replaced}
	_, err = s.h.Devices.Replace(testkit.System(), s.w.Org, p.ID, device.Replacement{MAC: "02:00:00:00:77:01", Then: steps}, d.Version)
	do(t, err)
	s.tell(second, "on_hook")
	if got := s.events(p); len(got) != 0 {
		t.Errorf("after the hardware was replaced there is %+v", got)
	}
}

// TestKey_moved: another organization is not told by the key that the one before gave
// out, and does not see what was told before.
func TestKey_moved(t *testing.T) {
	t.Parallel()
	t.Run(db.SQLite, func(t *testing.T) { t.Parallel(); moved(t) })
	t.Run(db.Postgres, func(t *testing.T) { t.Parallel(); moved(t, testkit.OnDatabase(dbtest.URL(t))) })
}

func moved(t *testing.T, options ...testkit.Option) {
	s := reporting(t, options...)
	p := s.w.Phones[0]
	key := s.key(p)
	s.tell(key, "registered")
	if len(s.events(p)) != 1 {
		t.Fatal("it told nothing")
	}
	d, err := s.h.Devices.Get(testkit.System(), p.ID)
	do(t, err)
	if _, err = s.h.Devices.Move(testkit.System(), p.ID, s.w.Sister, "", d.Version); err != nil {
		t.Fatal(err)
	}
	s.tell(key, "hold")
	if got, err := s.h.Reports.Events(testkit.System(), p.ID); err != nil || len(got) != 0 {
		t.Errorf("the other organization has %+v, %v", got, err)
	}
	if got, err := s.h.Reports.Words(testkit.System(), p.ID); err != nil || len(got) != 0 {
		t.Errorf("and the words %+v, %v", got, err)
	}
}

// TestService_time: the times are the server's; a request that comes again because
// its answer was lost counts once; what a device tells is bounded in a second, in
// number and in days.
func TestService_time(t *testing.T) {
	t.Parallel()
	t.Run(db.SQLite, func(t *testing.T) { t.Parallel(); inTime(t) })
	t.Run(db.Postgres, func(t *testing.T) { t.Parallel(); inTime(t, testkit.OnDatabase(dbtest.URL(t))) })
}

func inTime(t *testing.T, options ...testkit.Option) {
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := reporting(t, append(options, testkit.WithClock(fake))...)
	p := s.w.Phones[0]
	key := s.key(p)
	tell := func(event string) {
		t.Helper()
		if !s.h.Reports.Take(report.Letter{Door: vendors.HTTPS, Key: key, Event: event, Claims: report.Claims{Account: "1"}}) {
			t.Fatal("it is to come later")
		}
		do(t, s.h.Reports.Flush(testkit.System()))
	}
	kept := func() []report.Event {
		t.Helper()
		list, err := s.h.Reports.Events(testkit.System(), p.ID)
		do(t, err)
		slices.Reverse(list)
		return list
	}
	tell("hold")
	fake.Advance(time.Second)
	tell("hold")
	if got := kept(); len(got) != 1 || !got[0].At.Equal(fake.Now().Add(-time.Second)) {
		t.Errorf("a repetition gives %+v", got)
	}
	fake.Advance(3 * time.Second)
	tell("hold")
	if got := kept(); len(got) != 2 {
		t.Errorf("later the same event is another one: %+v", got)
	}
	for i := range limit.ReportDevice + 10 {
		tell([]string{"hold", "unhold"}[i%2])
	}
	events := kept()
	if len(events) != limit.EventsDevice {
		t.Errorf("%d events are kept, want %d", len(events), limit.EventsDevice)
	}
	if got := s.codes(); !slices.Contains(got, identity.RateLimited) {
		t.Errorf("the ledger has %q", got)
	}
	fake.Advance(limit.EventDays*24*time.Hour + time.Hour)
	if got := kept(); len(got) != 0 {
		t.Errorf("after %d days there are %d events", limit.EventDays, len(got))
	}
	do(t, s.h.Reports.Prune(testkit.System()))
	tell("registered")
	if got := kept(); len(got) != 1 || !got[0].At.Equal(fake.Now()) {
		t.Errorf("then there is %+v", got)
	}
}

// TestService_order: what a phone tells may overtake what it told before; the last
// word is right all the same.
func TestService_order(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := reporting(t, testkit.WithClock(fake))
	key := s.key(s.w.Phones[0])
	for name, tc := range map[string]struct {
		events []string // "…" is a minute without any
		call   report.State
	}{
		"a call":                                {[]string{"idle_to_busy", "outgoing", "established", "hold"}, report.Held},
		"it is over":                            {[]string{"outgoing", "established", "terminated", "busy_to_idle"}, report.Idle},
		"the end comes first":                   {[]string{"busy_to_idle", "established", "terminated"}, report.Idle},
		"the beginning comes late":              {[]string{"established", "outgoing", "idle_to_busy"}, report.Talking},
		"one of two calls ends":                 {[]string{"idle_to_busy", "established", "incoming", "answered", "terminated"}, report.Talking},
		"a family that does not tell when idle": {[]string{"incoming", "established", "terminated"}, report.Idle},
		"missed":                                {[]string{"incoming", "missed"}, report.Idle},
		"a restart ends everything":             {[]string{"idle_to_busy", "established", "setup_completed"}, report.Idle},
		"a new call right after":                {[]string{"established", "busy_to_idle", "outgoing", "established"}, report.Talking},
	} {
		t.Run(name, func(t *testing.T) {
			fake.Advance(time.Hour)
			for _, e := range append([]string{"setup_completed", "…"}, tc.events...) {
				if e == "…" {
					fake.Advance(time.Minute)
					continue
				}
				s.h.Reports.Take(report.Letter{Door: vendors.HTTPS, Key: key, Event: e})
				do(t, s.h.Reports.Flush(testkit.System()))
				fake.Advance(100 * time.Millisecond)
			}
			words, err := s.h.Reports.Words(testkit.System(), s.w.Phones[0].ID)
			if err != nil || words[report.Call].State != tc.call {
				t.Errorf("the last word is %+v (%v), want %s", words[report.Call], err, tc.call)
			}
		})
	}
}

// TestService_status: the device counts as registered as long as one of its lines is.
func TestService_status(t *testing.T) {
	t.Parallel()
	s := reporting(t)
	s.foreign = "192.0.2.99:5060"
	p := s.w.Phones[0]
	s.second(p)
	key := s.key(p)
	for _, step := range []struct {
		event, account string
		want           device.Status
	}{
		{"off_hook", "1", ""}, {"register_failed", "2", device.Unregistered}, {"registered", "1", device.Registered}, {"register_failed", "301", device.Registered},
		{"register_failed", "201", device.Unregistered}, {"registered", "301", device.Registered},
	} {
		s.tell(key, step.event+"?account="+step.account)
		do(t, s.h.Twins.Flush(testkit.System(), true))
		d, err := s.h.Devices.Get(testkit.System(), p.ID)
		if err != nil || d.Hot.Status != step.want {
			t.Errorf("after %s of %s the device is %q (%v), want %q", step.event, step.account, d.Hot.Status, err, step.want)
		}
	}
}

// TestService_all: each event of the contract is taken in, and no other.
func TestService_all(t *testing.T) {
	t.Parallel()
	s := reporting(t)
	p := s.w.Phones[0]
	key := s.key(p)
	for _, e := range vendors.Events() {
		s.tell(key, string(e))
	}
	s.tell(key, "reboot")
	s.tell(key, "command")
	got := s.mark(p)
	if len(got) != 24 || len(s.events(p)) != 24 {
		t.Errorf("told %v", got)
	}
	if got := s.codes(); !slices.Equal(got, []identity.Reason{"", identity.Malformed}) {
		t.Errorf("the ledger has %q", got)
	}
}

func TestLineOf(t *testing.T) {
	t.Parallel()
	line := func(n int, user, name string) account.Line {
		return account.Line{N: n, Account: account.Account{UserID: user, Name: name}}
	}
	two := []account.Line{line(1, "201", "Front"), line(3, "3", "Back")}
	for name, tc := range map[string]struct {
		claim string
		lines []account.Line
		want  int
	}{
		"by user": {"201", two, 1}, "by name": {"back", two, 3}, "by number": {"1", two, 1}, "a user that looks like a number of a line": {"3", two, 3},
		"a line that it does not have": {"2", two, 0}, "nothing said": {"", two, 0}, "nothing said, one line": {"", two[:1], 1}, "nonsense, one line": {"x", two[:1], 1}, "no line": {"201", nil, 0},
	} {
		if got := report.LineOf(tc.claim, tc.lines); got != tc.want {
			t.Errorf("%s: line %d, want %d", name, got, tc.want)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{"": "", "1": "…", "12": "…2", "201": "…1", "4711": "…11", "+4401632960123": "…123", "äöü日": "…ü日"} {
		if got := report.Masked(number, limit.EventDigits); got != want {
			t.Errorf("of %q %q is kept, want %q", number, got, want)
		}
	}
}
