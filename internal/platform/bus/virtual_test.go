package bus_test

import (
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/platform/bus"
)

// TestVirtualTime holds docs/adr/0002-virtual-time.md to its word: the bus in
// memory runs in virtual time, in several bubbles at once.
func TestVirtualTime(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one bubble", "another"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := bus.NewMemory()
				got, _ := subscribe(t, m, "a")
				time.Sleep(24 * time.Hour)
				sent := time.Now()
				publish(t, m, "a", "x")
				take(t, got, 1)
				if late := time.Since(sent); late > 0 {
					t.Errorf("the message took %v", late)
				}
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
