package httpd_test

import (
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/clock"
	"bellwether/internal/testkit"
)

// cause is what goes wrong, the reasons that the server names for it in order,
// and words of the sentence that it says of the last of them, or of each of them
// where there are as many.
type cause struct {
	name string
	make func(t *testing.T, f *faulty)
	want []identity.Reason
	says []string
}

// alone reports whether a cause needs a house of its own: it changes more than a
// phone, or the time.
func (c cause) alone() bool {
	return c.name == unusedToken || slices.ContainsFunc(c.want, func(r identity.Reason) bool {
		return r == identity.LegacyEnded || r == identity.RateLimited || r == identity.Partial
	})
}

// TestFaults makes each cause happen, and holds what the server says against it:
// the codes, and the sentence, which no other cause may have.
func TestFaults(t *testing.T) {
	t.Parallel()
	all := append(causes(), moreCauses()...)
	eachFault(t, all, func(t *testing.T, i int, row provision.Entry) {
		said := row.Findings[len(row.Findings)-1].Text
		for j, other := range all {
			if i != j && strings.Contains(said, other.says[0]) {
				t.Errorf("the sentence is that of %q too: %s", other.name, said)
			}
		}
	})
}

// TestFaults_two_at_once: where two things are wrong, both are said.
func TestFaults_two_at_once(t *testing.T) {
	t.Parallel()
	eachFault(t, pairs(), func(*testing.T, int, provision.Entry) {})
}

// eachFault has each cause happen to a phone of its own, and looks at the row.
func eachFault(t *testing.T, list []cause, look func(*testing.T, int, provision.Entry)) {
	t.Helper()
	shared := newLibrary(t)
	for i, c := range list {
		t.Run(c.name, func(t *testing.T) {
			f := &faulty{library: shared, began: shared.Clock.Now()}
			if c.alone() {
				t.Parallel()
				f = newFaulty(t, c)
			}
			f.phone(t, i)
			look(t, i, tells(t, f, c))
		})
	}
}

// newFaulty makes a house for one cause.
func newFaulty(t *testing.T, c cause) *faulty {
	t.Helper()
	options := []testkit.Option{testkit.WithDoors("tftp")}
	f := &faulty{}
	if c.name == unusedToken {
		f.clock = clock.NewFake(clock.System{}.Now())
		options = append(options, testkit.WithClock(f.clock))
	}
	f.library = newLibrary(t, options...)
	return f
}

// tells has a cause happen, and compares it with what the ledger says.
func tells(t *testing.T, f *faulty, c cause) provision.Entry {
	t.Helper()
	c.make(t, f)
	row := f.latest(t)
	var got []identity.Reason
	for _, x := range row.Findings {
		got = append(got, x.Reason)
		if x.Text == "" || x.Reason.Remedy() == "" {
			t.Errorf("%s has no words or no remedy", x.Reason)
		}
	}
	if !slices.Equal(got, c.want) {
		t.Fatalf("%s at %s: the ledger names %v (%s), want %v", row.Verdict, row.Door, got, row.Reason, c.want)
	}
	for i, words := range c.says {
		if of := row.Findings[len(got)-len(c.says)+i]; !strings.Contains(of.Text, words) {
			t.Errorf("of %s it says: %s\nwant %q in it", of.Reason, of.Text, words)
		}
	}
	return row
}
