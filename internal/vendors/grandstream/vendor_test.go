package grandstream_test

import (
	"flag"
	"testing"

	"bellwether/internal/vendors/grandstream"
	"bellwether/internal/vendors/vendortest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func vendor(t testing.TB) *grandstream.Vendor {
	t.Helper()
	v, err := grandstream.New()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConformance(t *testing.T) {
	t.Parallel()
	vendortest.Run(t, vendor(t))
}
