package provision_test

import (
	"bytes"
	"net/netip"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/provision"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// TestService_Open_keeps: an answer is kept once its revision stands as delivered,
// is the same when it is given again, and is gone as soon as the device changes.
func TestService_Open_keeps(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.InMemory())
	p := h.World(t).Phones[0]
	r := provision.Request{Door: vendors.HTTPS, Name: p.File(), Token: p.Token, Address: netip.MustParseAddr("192.0.2.7")}
	fetch := func() []byte {
		t.Helper()
		a := h.Provision.Open(testkit.System(), r)
		a.Done(testkit.System(), provision.Outcome{Status: 200, Bytes: int64(len(a.Body)), Complete: true})
		if a.Verdict != provision.Served || !bytes.Contains(a.Body, []byte(p.Password)) {
			t.Fatalf("%s, %d bytes", a.Verdict, len(a.Body))
		}
		return a.Body
	}
	first := fetch()
	if h.Provision.Kept(r, p.ID) {
		t.Error("an answer is kept before its revision stood as delivered")
	}
	again := fetch()
	if !h.Provision.Kept(r, p.ID) {
		t.Fatal("the answer is not kept")
	}
	if kept := fetch(); !bytes.Equal(first, again) || !bytes.Equal(again, kept) {
		t.Error("the kept answer has other bytes")
	}
	d, err := h.Devices.Get(testkit.System(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	name := "Renamed"
	if _, err := h.Devices.Update(testkit.System(), p.ID, device.Patch{Name: &name}, d.Version); err != nil {
		t.Fatal(err)
	}
	if h.Provision.Kept(r, p.ID) {
		t.Error("the answer is kept after the device changed")
	}
}
