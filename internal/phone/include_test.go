package phone_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"bellwether/internal/phone"
	"bellwether/internal/vendors/audiocodes/sim"

	"github.com/google/go-cmp/cmp"
)

// A file that pulls in another one counts with it or not at all, and its own
// settings come last.
func TestPhone_pulls_a_shared_file_in(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		audio, err := sim.New()
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		own := "/p/t/" + strings.ToUpper(macA) + ".cfg"
		const ntp, vlan = "system/ntp/primary_server_address", "network/lan/vlan/mode"
		w.putRaw(own, "include shared.cfg\n"+vlan+"=Disable\n")
		p := w.phone(t, func(c *phone.Config) { c.Model, c.Persona = "420HD", audio })
		synctest.Wait()
		if s := p.Status(); s.Applied != 0 || !strings.Contains(s.LastError, "shared.cfg that it pulls in is not there") {
			t.Errorf("without the shared file: %+v", s)
		}
		w.requests()
		w.putRaw("/p/t/shared.cfg", ntp+"=one.example.org\n"+vlan+"=Auto\n")
		p.Provision()
		synctest.Wait()
		if diff := cmp.Diff([]string{"https " + own, "https /p/t/shared.cfg"}, w.requests()); diff != "" {
			t.Error(diff)
		}
		wants(t, p, ntp+"=one.example.org", vlan+"=Disable")
		w.putRaw("/p/t/shared.cfg", "include third.cfg\n"+ntp+"=two.example.org\n")
		p.Provision()
		synctest.Wait()
		wants(t, p, ntp+"=one.example.org")
		if s := p.Status(); !strings.Contains(s.LastError, "pulls in another one") {
			t.Errorf("a chain of files: %+v", s)
		}
	})
}

// With user protection on what the user set stays, until a factory reset.
func TestPhone_protects_what_its_user_set(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		own := "/p/t/cfg" + macA + ".xml"
		w.put(own, "provisioning.userprotect.enable=Yes", "hotel.name=A", "hotel.fax=1")
		p := w.phone(t, nil)
		synctest.Wait()
		p.Set("hotel.name", "Mine")
		w.put(own, "provisioning.userprotect.enable=Yes", "hotel.name=B", "hotel.fax=2")
		p.Provision()
		synctest.Wait()
		wants(t, p, "hotel.name=Mine", "hotel.fax=2")
		p.FactoryReset()
		synctest.Wait()
		wants(t, p, "hotel.name=B")
	})
}
