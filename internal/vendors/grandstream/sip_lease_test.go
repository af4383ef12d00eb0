package grandstream_test

import (
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

// TestPhone_SIP_server_by_lease: where DHCP option 120 may override, the phone
// registers at the server that its lease names, and else at its own.
func TestPhone_SIP_server_by_lease(t *testing.T) {
	t.Parallel()
	for allowed, there := range map[string]bool{"yes": true, "no": false} {
		t.Run(allowed, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t).set("account.1.sip.server.1.address", "elsewhere.example.org", "sip.override.dhcp.allowoption120", allowed)
				r.lease = func() (phone.Lease, error) { return phone.Lease{Options: map[uint8]string{120: pbxAddr}}, nil }
				r.on()
				if !there {
					r.pbx.none("REGISTER", 10*time.Minute)
					return
				}
				has(t, "REGISTER", r.pbx.next("REGISTER").start, "sip:"+pbxAddr)
				synctest.Wait()
				eq(t, "what the phone holds", r.phone.Settings()["account.1.sip.server.1.address"], "elsewhere.example.org")
			})
		})
	}
}
