package cwmpd_test

import (
	"testing"

	"bellwether/internal/testkit"
)

// BenchmarkServer_bare is a session of a known phone with nothing to do: the Inform,
// its challenge, and the empty message, client included.
func BenchmarkServer_bare(b *testing.B) {
	h := testkit.New(b, testkit.WithDoors(overTLS, inClear))
	w := h.World(b)
	c := settled(b, h, w.Phones[0], inClear)
	c.client.Jar = nil
	b.ReportAllocs()
	for b.Loop() {
		c.inform("2 PERIODIC")
		c.post(nil, "")
	}
}
