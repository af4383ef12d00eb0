package grandstream_test

import (
	"testing"

	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

func TestVendor_Files(t *testing.T) {
	t.Parallel()
	got := vendor(t).Files(vendors.Device{MAC: macA, Model: "GHP621W", Family: "ghp6xx"})
	want := []vendors.File{
		{Name: "cfg00005e005301.xml", Kind: vendors.Config},
		{Name: "cfg00005e005301", Kind: vendors.Probe},
		{Name: "cfgghp621w.xml", Kind: vendors.Probe},
		{Name: "cfg.xml", Kind: vendors.Probe},
		{Name: "dev00005e005301.cfg", Kind: vendors.Probe},
		{Name: "ghp610fw.bin", Kind: vendors.Firmware},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}
