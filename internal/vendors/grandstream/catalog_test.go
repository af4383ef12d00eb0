package grandstream_test

import (
	"testing"

	"bellwether/internal/vendors/grandstream"
)

func vendor(t testing.TB) *grandstream.Vendor {
	t.Helper()
	v, err := grandstream.New()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNew(t *testing.T) {
	t.Parallel()
	t.Log(len(vendor(t).Catalog().Keys()))
}
