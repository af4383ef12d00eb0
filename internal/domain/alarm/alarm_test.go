package alarm_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/alarm"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

// house is the service over one organization with a site of its own.
type house struct {
	*alarm.Service
	t     testing.TB
	ctx   context.Context
	db    *db.DB
	clock *clock.Fake
	audit *audit.Service
	bus   bus.Bus
	org   org.Org
	lobby org.Site
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, body func(h *house)) {
	t.Helper()
	for _, engine := range []string{db.SQLite, db.Postgres} { // each with a clock of its own
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fake := clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
			cfg := db.Config{Dir: t.TempDir()}
			if engine == db.Postgres {
				cfg = db.Config{URL: dbtest.URL(t)}
			}
			body(newHouse(t, dbtest.Open(t, cfg, dbtest.WithClock(fake)), fake))
		})
	}
}

func newHouse(t testing.TB, d *db.DB, fake *clock.Fake) *house {
	t.Helper()
	ctx := scope.AsSystem(context.Background(), "test")
	root, err := secret.LoadRoot(filepath.Join(t.TempDir(), "root.key"), func() (bool, error) { return false, nil })
	ok(t, err)
	v, err := secret.New(ctx, d, root)
	ok(t, err)
	h := &house{t: t, ctx: ctx, db: d, clock: fake, bus: bus.NewMemory(), audit: audit.New(d, v)}
	t.Cleanup(func() { ok(t, h.bus.Close()) })
	ac := access.New(d, v, h.audit, access.Config{})
	orgs := org.New(d, ac, h.audit)
	tn, err := orgs.CreateTenant(ctx, "Hotels", "")
	ok(t, err)
	h.org, err = orgs.CreateOrg(ctx, tn.ID, "Seaside", "")
	ok(t, err)
	name := "Lobby"
	h.lobby, err = orgs.CreateSite(ctx, h.org, org.SiteInput{Name: &name})
	ok(t, err)
	h.Service = alarm.New(d, ac, h.audit, h.bus)
	return h
}

func (h *house) cause(subject string) alarm.Cause {
	return alarm.Cause{Key: alarm.Key{Place: alarm.Place{TenantID: h.org.TenantID, OrgID: h.org.ID, SiteID: h.lobby.ID}, Subject: alarm.Subject{Kind: "thing", ID: subject, Name: "Thing " + subject}, Code: "thing.broken"},
		Name: "A thing is broken", Severity: alarm.Minor, Source: "test", Text: "it makes noise", Address: "192.0.2.7"}
}

func (h *house) raise(c alarm.Cause) alarm.Alarm {
	h.t.Helper()
	ok(h.t, h.db.Write(h.ctx, func(tx *db.Tx) error { return h.Raise(h.ctx, tx, c) }))
	got := h.list(alarm.Filter{OrgID: c.Place.OrgID, SubjectKind: c.Subject.Kind, SubjectID: c.Subject.ID, Code: c.Code})
	if len(got) != 1 {
		h.t.Fatalf("%d open alarms of one key", len(got))
	}
	return got[0]
}

func (h *house) list(f alarm.Filter) []alarm.Alarm {
	h.t.Helper()
	got, err := h.List(h.ctx, f)
	ok(h.t, err)
	return got.Items
}

func (h *house) get(id string) alarm.Alarm {
	h.t.Helper()
	a, _, err := h.Get(h.ctx, id)
	ok(h.t, err)
	return a
}

func TestService_Raise(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		heard := make(chan string, 8)
		leave, err := h.bus.Subscribe(bus.Subject(h.org.ID, "alarms"), func(_ string, data []byte) { heard <- string(data) })
		ok(t, err)
		defer leave()
		first := h.raise(h.cause("a"))
		if want := `{"collection":"alarms","id":"` + first.ID + `"}`; <-heard != want {
			t.Errorf("the console was not told %s", want)
		}
		h.clock.Advance(time.Hour)
		again := h.raise(h.cause("a"))
		if again.ID != first.ID || again.Count != 2 || !again.FirstAt.Equal(first.FirstAt) || !again.LastAt.Equal(first.LastAt.Add(time.Hour)) {
			t.Errorf("raised again: %+v, first %+v", again, first)
		}
		other := h.cause("a")
		other.Code = "thing.lost"
		if a := h.raise(other); a.ID == first.ID || a.Count != 1 {
			t.Errorf("another code is another alarm: %+v", a)
		}
		_, err = h.Ack(h.ctx, first.ID)
		ok(t, err)
		if a := h.raise(h.cause("a")); a.State != alarm.Acknowledged || a.Count != 3 {
			t.Errorf("raised after it was acknowledged: %+v", a)
		}
		worse := h.cause("a")
		worse.Severity, worse.Text = alarm.Critical, "it burns"
		if a := h.raise(worse); a.State != alarm.Active || a.AckBy != "" || a.Severity != alarm.Critical || a.Text != "it burns" {
			t.Errorf("worse than what was acknowledged: %+v", a)
		}
		bad := h.cause("b")
		bad.Severity = ""
		if err := h.db.Write(h.ctx, func(tx *db.Tx) error { return h.Raise(h.ctx, tx, bad) }); !fault.Is(err, fault.Internal) {
			t.Errorf("without a severity: %v", err)
		}
	})
}

func TestService_Raise_with_its_cause(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		err := h.db.Write(h.ctx, func(tx *db.Tx) error {
			ok(t, h.Raise(h.ctx, tx, h.cause("a")))
			return fault.New(fault.Conflict, "the cause was not written down")
		})
		if got := h.list(alarm.Filter{OrgID: h.org.ID}); !fault.Is(err, fault.Conflict) || len(got) != 0 {
			t.Fatalf("an alarm without its cause: %+v, %v", got, err)
		}
	})
}

func TestService_known_codes(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		for code, want := range map[string]struct {
			severity alarm.Severity
			oid      string
		}{
			alarm.RegisterFailure:  {alarm.Critical, ".1.3.6.1.4.1.5003.9.20.3.2.0.39"},
			alarm.SurvivableMode:   {alarm.Major, ".1.3.6.1.4.1.5003.9.20.3.2.0.40"},
			alarm.LyncLoginFailure: {alarm.Critical, ".1.3.6.1.4.1.5003.9.20.3.2.0.41"},
		} {
			c := h.cause(code)
			c.Code, c.Name, c.Severity = code, "", ""
			if a := h.raise(c); a.Severity != want.severity || a.OID != want.oid || a.Name == "" || a.Remedy == "" {
				t.Errorf("%s: %+v", code, a)
			}
		}
	})
}

func TestService_verbs(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.raise(h.cause("a")).ID
		until := h.clock.Now().Add(2 * time.Hour)
		for _, step := range []struct {
			name string
			do   func() error
			want alarm.State
		}{
			{"ack", func() error { _, err := h.Ack(h.ctx, id); return err }, alarm.Acknowledged},
			{"ack again", func() error { _, err := h.Ack(h.ctx, id); return err }, alarm.Acknowledged},
			{"mask", func() error { _, err := h.Mask(h.ctx, id, until); return err }, alarm.Masked},
			{"unmask", func() error { _, err := h.Unmask(h.ctx, id); return err }, alarm.Acknowledged},
			{"unack", func() error { _, err := h.Unack(h.ctx, id); return err }, alarm.Active},
			{"mask until a time", func() error { _, err := h.Mask(h.ctx, id, until); return err }, alarm.Masked},
			{"ack a masked one", func() error { _, err := h.Ack(h.ctx, id); return err }, alarm.Masked},
			{"too early", func() error { return h.HandleUnmask(h.ctx, nil) }, alarm.Masked},
			{"the time comes", func() error { h.clock.Advance(2 * time.Hour); return h.HandleUnmask(h.ctx, nil) }, alarm.Acknowledged},
			{"clear", func() error { _, err := h.ClearByHand(h.ctx, id, ""); return err }, alarm.Cleared},
		} {
			ok(t, step.do())
			if a := h.get(id); a.State != step.want {
				t.Fatalf("%s: %s, want %s", step.name, a.State, step.want)
			}
		}
		if a := h.get(id); a.ClearedBy != "test" || a.ClearReason != "cleared by test" || a.AckBy != "test" {
			t.Errorf("cleared: %+v", a)
		}
		for name, err := range map[string]error{
			"ack": second(h.Ack(h.ctx, id)), "clear": second(h.ClearByHand(h.ctx, id, "")), "mask": second(h.Mask(h.ctx, id, until.AddDate(0, 0, 1))),
		} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s of a cleared alarm: %v", name, err)
			}
		}
		next := h.raise(h.cause("a"))
		if next.ID == id || next.Count != 1 {
			t.Errorf("raised after it was cleared: %+v", next)
		}
		for name, when := range map[string]time.Time{"past": h.clock.Now(), "far": h.clock.Now().AddDate(0, 0, limit.MaskDays+1), "none": {}} {
			if _, err := h.Mask(h.ctx, next.ID, when); !fault.Is(err, fault.Invalid) {
				t.Errorf("masked until %s: %v", name, err)
			}
		}
		rows, err := h.audit.List(h.ctx, audit.Filter{OrgID: h.org.ID, Action: "alarm"})
		ok(t, err)
		var did []string
		for _, r := range rows.Items {
			did = append([]string{r.Action}, did...)
		}
		if diff := cmp.Diff([]string{"alarm.ack", "alarm.mask", "alarm.unmask", "alarm.unack", "alarm.mask", "alarm.ack", "alarm.clear"}, did); diff != "" {
			t.Errorf("operation log (-want +got):\n%s", diff)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestService_notes(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.raise(h.cause("a")).ID
		if _, err := h.AddNote(h.ctx, id, " \n"); !fault.Is(err, fault.Invalid) {
			t.Errorf("an empty note: %v", err)
		}
		for i := range limit.AlarmNotes {
			_, err := h.AddNote(h.ctx, id, "note "+strconv.Itoa(i))
			ok(t, err)
		}
		if _, err := h.AddNote(h.ctx, id, "one more"); !fault.Is(err, fault.Conflict) {
			t.Errorf("beyond the limit: %v", err)
		}
		_, notes, err := h.Get(h.ctx, id)
		ok(t, err)
		if len(notes) != limit.AlarmNotes || notes[0].Text != "note 0" || notes[0].Author != "test" {
			t.Errorf("%d notes, first %+v", len(notes), notes[0])
		}
	})
}

func TestService_List(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		a := h.raise(h.cause("a"))
		h.clock.Advance(time.Hour)
		worse := h.cause("b")
		worse.Severity, worse.Address = alarm.Critical, "198.51.100.4"
		b := h.raise(worse)
		h.raise(alarm.Cause{Key: alarm.Key{Subject: alarm.Subject{Kind: "disk"}, Code: alarm.DiskFull}, Text: "4 % are free"})
		h.raise(h.cause("c"))
		ok(t, h.db.Write(h.ctx, func(tx *db.Tx) error { return h.Clear(h.ctx, tx, h.cause("c").Key, "it is quiet") }))
		for name, tc := range map[string]struct {
			f    alarm.Filter
			want []string
		}{
			"open, latest first": {alarm.Filter{}, []string{"Thing b", "Thing a"}},
			"by severity":        {alarm.Filter{Severity: alarm.Critical}, []string{"Thing b"}},
			"worst last":         {alarm.Filter{Page: db.Page{Sort: "severity"}}, []string{"Thing a", "Thing b"}},
			"history":            {alarm.Filter{States: []alarm.State{alarm.Cleared}}, []string{"Thing c"}},
			"since":              {alarm.Filter{Since: a.LastAt.Add(time.Minute)}, []string{"Thing b"}},
			"by address":         {alarm.Filter{Q: "198.51.100.4"}, []string{"Thing b"}},
			"by words":           {alarm.Filter{Q: "THING broken"}, []string{"Thing b", "Thing a"}},
			"a wildcard is none": {alarm.Filter{Q: "%"}, nil},
		} {
			tc.f.OrgID = h.org.ID
			var got []string
			for _, x := range h.list(tc.f) {
				got = append(got, x.Subject.Name)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if own := h.list(alarm.Filter{}); len(own) != 1 || own[0].Code != alarm.DiskFull {
			t.Errorf("of the platform: %+v", own)
		}
		n, err := h.Counts(h.ctx, h.org.ID)
		ok(t, err)
		if diff := cmp.Diff(map[alarm.Severity]int{alarm.Minor: 1, alarm.Critical: 1}, n); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		for name, f := range map[string]alarm.Filter{"state": {States: []alarm.State{"odd"}}, "severity": {Severity: "odd"}, "sort": {Page: db.Page{Sort: "odd"}}} {
			if _, err := h.List(h.ctx, f); !fault.Is(err, fault.Invalid) {
				t.Errorf("an unknown %s: %v", name, err)
			}
		}
		elsewhere := scope.With(h.ctx, scope.Scope{Tenant: h.org.TenantID, Orgs: []string{h.org.ID}, Sites: []string{"another"}})
		if got, err := h.List(elsewhere, alarm.Filter{OrgID: h.org.ID}); err != nil || len(got.Items) != 0 || got.Total != 0 {
			t.Errorf("from another site: %+v, %v", got, err)
		}
		outside := scope.With(h.ctx, scope.Scope{Tenant: "another", AllOrgs: true})
		if _, _, err := h.Get(outside, b.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("from another tenant: %v", err)
		}
	})
}

func TestService_Hold(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		c := h.cause("a")
		for range 3 {
			ok(t, h.Set(h.ctx, c.Key, &c, ""))
		}
		if a := h.list(alarm.Filter{OrgID: h.org.ID})[0]; a.Count != 1 {
			t.Errorf("looked at three times: %+v", a)
		}
		c.Text = "it makes more noise"
		ok(t, h.Set(h.ctx, c.Key, &c, ""))
		if a := h.list(alarm.Filter{OrgID: h.org.ID})[0]; a.Count != 2 || a.Text != c.Text {
			t.Errorf("it says something new: %+v", a)
		}
		for range 2 {
			ok(t, h.Set(h.ctx, c.Key, nil, "it is quiet"))
		}
		past := h.list(alarm.Filter{OrgID: h.org.ID, States: []alarm.State{alarm.Cleared}})
		if len(past) != 1 || past[0].ClearReason != "it is quiet" || past[0].ClearedBy != "" {
			t.Errorf("the cause has gone: %+v", past)
		}
	})
}

// A cause with a pause is told again each time that it has passed, and not between.
func TestService_Hold_quiet(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		c := h.cause("a")
		c.Quiet = 24 * time.Hour
		for _, tc := range []struct {
			after time.Duration
			text  string
			count int64
		}{{0, "one", 1}, {time.Hour, "two", 1}, {23 * time.Hour, "two", 2}, {time.Hour, "two", 2}, {23 * time.Hour, "two", 3}} {
			h.clock.Advance(tc.after)
			c.Text = tc.text
			ok(t, h.Set(h.ctx, c.Key, &c, ""))
			if a := h.list(alarm.Filter{OrgID: h.org.ID})[0]; a.Count != tc.count {
				t.Errorf("%v later: %+v", tc.after, a)
			}
		}
		c.Severity = alarm.Critical
		ok(t, h.Set(h.ctx, c.Key, &c, ""))
		if a := h.list(alarm.Filter{OrgID: h.org.ID})[0]; a.Count != 4 || a.Severity != alarm.Critical {
			t.Errorf("worse than before: %+v", a)
		}
	})
}

func TestService_prune(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		old := h.raise(h.cause("a"))
		_, err := h.AddNote(h.ctx, old.ID, "a note that goes too")
		ok(t, err)
		_, err = h.ClearByHand(h.ctx, old.ID, "")
		ok(t, err)
		h.clock.Advance(time.Duration(limit.AlarmDays) * 24 * time.Hour)
		for _, s := range []string{"b", "c", "d"} {
			h.clock.Advance(time.Second)
			h.raise(h.cause(s))
		}
		ok(t, h.HandlePrune(h.ctx, nil))
		if _, _, err := h.Get(h.ctx, old.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("history older than the limit: %v", err)
		}
		ok(t, h.TrimOpen(h.ctx, 1))
		if open := h.list(alarm.Filter{OrgID: h.org.ID}); len(open) != 1 || open[0].Subject.ID != "d" {
			t.Errorf("open beyond the limit: %+v", open)
		}
		ok(t, h.TrimHistory(h.ctx, 1))
		if past := h.list(alarm.Filter{OrgID: h.org.ID, States: []alarm.State{alarm.Cleared}}); len(past) != 1 {
			t.Errorf("history beyond the limit: %+v", past)
		}
	})
}

// In whatever order an alarm is raised, acknowledged, masked, cleared and time
// goes by, one is open per key at most, and it counts how often it was raised.
func TestService_any_order(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			run++
			c := h.cause("run " + strconv.Itoa(run))
			var raised, cleared int
			var id string
			step := func(err error) {
				if err != nil {
					r.Fatal(err)
				}
			}
			for _, what := range rapid.SliceOfN(rapid.SampledFrom([]string{"raise", "ack", "unack", "mask", "unmask", "clear", "gone", "wait"}), 1, 12).Draw(r, "steps") {
				switch {
				case what == "raise":
					step(h.db.Write(h.ctx, func(tx *db.Tx) error { return h.Raise(h.ctx, tx, c) }))
					raised++
				case what == "wait":
					h.clock.Advance(90 * time.Minute)
					step(h.HandleUnmask(h.ctx, nil))
				case what == "gone":
					step(h.db.Write(h.ctx, func(tx *db.Tx) error { return h.Clear(h.ctx, tx, c.Key, "gone") }))
				case raised == 0:
				case what == "ack":
					step(second(h.Ack(h.ctx, id)))
				case what == "unack":
					step(second(h.Unack(h.ctx, id)))
				case what == "mask":
					step(second(h.Mask(h.ctx, id, h.clock.Now().Add(time.Hour))))
				case what == "unmask":
					step(second(h.Unmask(h.ctx, id)))
				case what == "clear":
					step(second(h.ClearByHand(h.ctx, id, "")))
				}
				if (what == "clear" || what == "gone") && raised > 0 {
					raised, cleared = 0, cleared+1
				}
				open := h.list(alarm.Filter{OrgID: h.org.ID, SubjectID: c.Subject.ID})
				past := h.list(alarm.Filter{OrgID: h.org.ID, SubjectID: c.Subject.ID, States: []alarm.State{alarm.Cleared}})
				if len(open) != min(raised, 1) || len(past) != cleared {
					r.Fatalf("after %s: %d open, %d cleared; raised %d times, cleared %d", what, len(open), len(past), raised, cleared)
				}
				if raised > 0 {
					id = open[0].ID
					if open[0].Count != int64(raised) {
						r.Fatalf("after %s it counts %d, and was raised %d times", what, open[0].Count, raised)
					}
				}
			}
		})
	})
}
