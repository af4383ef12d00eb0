package provision

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// eachLedger runs body with a ledger on both databases.
func eachLedger(t *testing.T, body func(t *testing.T, ctx context.Context, l *Ledger, c *clock.Fake)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := bus.NewMemory()
		t.Cleanup(func() { _ = b.Close() })
		dev := device.New(device.Deps{DB: d, Bus: b})
		body(t, scope.AsSystem(context.Background(), "test"), NewLedger(d, dev, b, slog.New(slog.DiscardHandler)), d.Clock().(*clock.Fake))
	}, dbtest.WithClock(clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))))
}

func note(l *Ledger, at time.Time, change func(*Entry)) {
	e := Entry{TenantID: "t", OrgID: "o", DeviceID: "d", MAC: "020000000001", At: at, Door: vendors.HTTPS, Address: "192.0.2.7", Name: "cfg020000000001.xml", Verdict: Served, Status: 200, Bytes: 100}
	if change != nil {
		change(&e)
	}
	l.Note(e)
}

func TestLedger_equal_requests_of_an_hour_are_one_row(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, ctx context.Context, l *Ledger, c *clock.Fake) {
		at := c.Now()
		flush := func() []Entry {
			if err := l.Flush(ctx); err != nil {
				t.Fatal(err)
			}
			s, err := l.List(ctx, Filter{OrgID: "o"})
			if err != nil {
				t.Fatal(err)
			}
			return s.Items
		}
		note(l, at, nil)
		note(l, at.Add(time.Minute), nil)
		if rows := flush(); len(rows) != 1 || rows[0].Count != 2 || !rows[0].LastAt.Equal(at.Add(time.Minute)) {
			t.Fatalf("rows %+v", rows)
		}
		note(l, at.Add(2*time.Minute), nil)
		note(l, at.Add(2*time.Minute), func(e *Entry) { e.Verdict, e.Status = Refused, 404 })
		if rows := flush(); len(rows) != 2 || rows[0].Count+rows[1].Count != 4 {
			t.Fatalf("rows %+v", rows)
		}
		note(l, at.Add(time.Hour), nil)
		if rows := flush(); len(rows) != 3 {
			t.Fatalf("%d rows after the next hour began, want 3", len(rows))
		}
	})
}

// TestLedger_one_flush_at_a_time: who flushes may read what was noted before, also
// where another flush is under way.
func TestLedger_one_flush_at_a_time(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, ctx context.Context, l *Ledger, c *clock.Fake) {
		asked := false
		note(l, c.Now(), func(e *Entry) {
			e.more = func(_ context.Context, e Entry) (Entry, error) {
				asked = true
				if l.writing.TryLock() {
					l.writing.Unlock()
					t.Error("a second flush could begin while this one is under way")
				}
				return e, nil
			}
		})
		if err := l.Flush(ctx); err != nil || !asked {
			t.Fatalf("flushed: %v, explained: %t", err, asked)
		}
	})
}

func TestLedger_samples_strangers(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, ctx context.Context, l *Ledger, c *clock.Fake) {
		for i := range limit.StrangersHour + 50 {
			note(l, c.Now(), func(e *Entry) {
				e.TenantID, e.OrgID, e.DeviceID, e.MAC, e.Verdict = "", "", "", fmt.Sprintf("0200%08x", i), Bootstrap
			})
		}
		note(l, c.Now(), nil)
		if err := l.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := l.List(ctx, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if all.Total != limit.StrangersHour+1 {
			t.Fatalf("%d rows, want %d strangers and the device's own", all.Total, limit.StrangersHour)
		}
	})
}

// TestLedger_recent_is_bounded: a row that was forgotten stands in the ledger, and
// what comes after it is counted to a further one.
func TestLedger_recent_is_bounded(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, ctx context.Context, l *Ledger, c *clock.Fake) {
		for i := range limit.LedgerRecent + 50 {
			l.keep(Entry{DeviceID: "d", Name: fmt.Sprint(i), At: c.Now(), Count: 1})
		}
		if len(l.recent) != limit.LedgerRecent {
			t.Errorf("%d rows are remembered, want %d", len(l.recent), limit.LedgerRecent)
		}
		clear(l.recent)
		l.waiting, l.dropped, l.most = nil, 0, 3
		const names, rounds = 5, 2
		for range rounds {
			for i := range names {
				note(l, c.Now(), func(e *Entry) { e.Name = fmt.Sprint(i) })
			}
			if err := l.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
		s, err := l.List(ctx, Filter{OrgID: "o"})
		if err != nil {
			t.Fatal(err)
		}
		times := map[string]int64{}
		for _, e := range s.Items {
			times[e.Name] += e.Count
		}
		for i := range names {
			if n := times[fmt.Sprint(i)]; n != rounds {
				t.Errorf("%d requests for %d are told, want %d", n, i, rounds)
			}
		}
		if s.Total < names+2 || s.Total > names*rounds || len(l.recent) != 3 {
			t.Errorf("%d rows, %d of them remembered", s.Total, len(l.recent))
		}
	})
}

func TestLedger_prunes(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, ctx context.Context, l *Ledger, c *clock.Fake) {
		note(l, c.Now(), nil)
		if err := l.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		c.Advance(limit.LedgerDays*24*time.Hour + time.Hour)
		note(l, c.Now(), nil)
		if err := l.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if err := l.Prune(ctx); err != nil {
			t.Fatal(err)
		}
		if all, err := l.List(ctx, Filter{}); err != nil || all.Total != 1 {
			t.Fatalf("%d rows are left: %v", all.Total, err)
		}
	})
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]bool{
		"cfg020000000001.xml": false, "CFG020000000001.XML": false, "": true, "..": true, "a/b": true, `a\b`: true, "a\x00b": true, "a\nb": true,
		"\xff\xfe": true, strings.Repeat("a", limit.FileName+1): true, "cfg..xml": true,
	} {
		if why := malformed(Request{Name: name}); (why.Reason != "") != bad {
			t.Errorf("%q: %q", name, why.Text)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("Grandstream Model HW GHP621W SW 1.0.1.61", 20)
	f.Add("\u202eevil\x1b[31m\xff", 8)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(0, min(n, 1000))
		out := printable(s, n)
		if len(out) > n || !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
			t.Fatalf("printable(%q, %d) = %q", s, n, out)
		}
	})
}

func TestLedger_by_several_reasons(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, ctx context.Context, l *Ledger, c *clock.Fake) {
		for i, codes := range [][]identity.Reason{{identity.OldToken}, {identity.ClearText, identity.OtherModel}, {identity.NoProof}, nil} {
			note(l, c.Now(), func(e *Entry) {
				e.Name = fmt.Sprint(i)
				for _, r := range codes {
					e.find(r, "text")
				}
			})
		}
		if err := l.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			reasons []identity.Reason
			want    string
		}{
			{nil, "0 1 2 3"},
			{[]identity.Reason{identity.OtherModel}, "1"},
			{[]identity.Reason{identity.OldToken, identity.OtherModel}, "0 1"},
			{[]identity.Reason{identity.OldToken, "other", identity.NoProof}, "0 2"},
			{[]identity.Reason{"old", "_", "%"}, ""},
		} {
			got, err := l.List(ctx, Filter{OrgID: "o", Reasons: tc.reasons})
			var names []string
			for _, e := range got.Items {
				names = append(names, e.Name)
			}
			slices.Sort(names)
			if err != nil || strings.Join(names, " ") != tc.want || got.Total != len(names) {
				t.Errorf("%v finds %v of %d, want %s: %v", tc.reasons, names, got.Total, tc.want, err)
			}
			other, err := l.List(ctx, Filter{OrgID: "another", Reasons: tc.reasons})
			if err != nil || len(other.Items) > 0 {
				t.Errorf("%v finds another organization's rows: %v", tc.reasons, err)
			}
		}
	})
}
