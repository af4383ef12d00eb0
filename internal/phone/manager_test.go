package phone_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	audiocodes "bellwether/internal/vendors/audiocodes/sim"

	"github.com/google/go-cmp/cmp"
)

// TestPhone_of_a_phone_manager: sent by DHCP to the file of addresses, an AudioCodes
// phone goes on at once to its configuration, keeps the manager's address, whatever
// later files leave out, and leaves a value in the maker's own notation as it is.
func TestPhone_of_a_phone_manager(t *testing.T) {
	t.Parallel()
	persona, err := audiocodes.New()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const own = "/configfiles/00005E005301.cfg"
		w.putRaw("/firmwarefiles;ipp/dhcption160.cfg", strings.Join([]string{"ems_server/keep_alive_period=60", "ems_server/provisioning/url=http://prov.example.org:8081/", "provisioning/method=STATIC",
			"provisioning/configuration/url=http://prov.example.org/configfiles/", "provisioning/firmware/url=http://prov.example.org/firmwarefiles/", "ems_server/user_name=system", `ems_server/user_password={"AQIDBAUGBwg="}`, ""}, "\r\n"))
		w.putRaw(own, "voip/line/0/enabled=1\nvoip/line/0/id=201\nprovisioning/period/type=powerup\n")
		w.putRaw("/firmwarefiles/420HD.img", string(phone.Image{Models: []string{"420HD"}, Version: "3.4.6.604"}.Encode()))
		p := w.phone(t, func(c *phone.Config) {
			lease(map[uint8]string{160: "http://prov.example.org/firmwarefiles;ipp/dhcption160.cfg"})(c)
			c.Persona, c.Model = persona, "420HD"
		})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		want := []string{"http /firmwarefiles;ipp/dhcption160.cfg", "http " + own, "http /firmwarefiles/420HD.img", "http " + own, "http /firmwarefiles/420HD.img"}
		if diff := cmp.Diff(want, w.requests()); diff != "" {
			t.Error(diff)
		}
		wants(t, p, "voip/line/0/id=201", "ems_server/provisioning/url=http://prov.example.org:8081/", "ems_server/keep_alive_period=60", "ems_server/user_name=system", `ems_server/user_password={"AQIDBAUGBwg="}`)
		if s := p.Status(); s.Firmware != "3.4.6.604" || s.ConfigFrom != "http://prov.example.org/configfiles/" {
			t.Errorf("%+v", s)
		}
	})
}
