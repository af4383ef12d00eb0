package cwmpd

import (
	"fmt"
	"net"
	"testing"
	"time"

	"bellwether/internal/platform/limit"
)

// TestTable_crowd: whoever shows no credential takes no room from those who do, and
// ends nobody's session on a connection that they share.
func TestTable_crowd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	tab := newTable()
	conn, other := net.Pipe()
	t.Cleanup(func() { _ = conn.Close(); _ = other.Close() }) // nothing went over it
	mine := &session{id: "mine", begun: now, idle: time.Minute}
	if gone, ok := tab.add(mine, "device", conn, now); !ok || len(gone) > 0 {
		t.Fatalf("the first: %v, %t", gone, ok)
	}
	ended := 0
	for i := range limit.CWMPBare + 500 {
		gone, ok := tab.add(&session{id: fmt.Sprint(i), begun: now, idle: time.Minute}, "", conn, now)
		if !ok {
			t.Fatalf("stranger %d is turned away", i)
		}
		ended += len(gone)
	}
	if len(tab.bare) != limit.CWMPBare || len(tab.byID) != limit.CWMPBare+1 || ended != 500 {
		t.Errorf("%d of nobody's, %d in all, %d ended", len(tab.bare), len(tab.byID), ended)
	}
	if tab.find([]string{"mine"}, conn, now) != mine {
		t.Error("the phone's own session is gone")
	}
	again := &session{id: "again", begun: now, idle: time.Minute}
	if gone, ok := tab.add(again, "device", nil, now); !ok || len(gone) != 1 || gone[0] != mine {
		t.Errorf("a new session of the phone takes the place of %v, %t", gone, ok)
	}
	if got := len(tab.overdue(now.Add(2 * time.Minute))); got != limit.CWMPBare+1 {
		t.Errorf("%d are overdue", got)
	}
}
