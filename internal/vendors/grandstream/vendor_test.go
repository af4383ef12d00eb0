package grandstream_test

import (
	"flag"
	"sync"
	"testing"

	"bellwether/internal/vendors/grandstream"
	"bellwether/internal/vendors/vendortest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vendor is loaded once: the tables are not small.
var vendor = func() func(testing.TB) *grandstream.Vendor {
	load := sync.OnceValues(grandstream.New)
	return func(t testing.TB) *grandstream.Vendor {
		t.Helper()
		v, err := load()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}()

func TestConformance(t *testing.T) {
	t.Parallel()
	vendortest.Run(t, vendor(t))
}
