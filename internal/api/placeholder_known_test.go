package api_test

import (
	"net/http"
	"slices"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/testkit"
)

// known finds a placeholder of the phone manager's.
func (d *desk) known(name string) api.KnownPlaceholder {
	d.t.Helper()
	all := testkit.Call[testkit.List[api.KnownPlaceholder]](d.t, d.c, http.MethodGet, d.org+"/placeholders/known", nil).Items
	i := slices.IndexFunc(all, func(k api.KnownPlaceholder) bool { return k.Name == name })
	if i < 0 {
		d.t.Fatalf("%s is not known", name)
	}
	return all[i]
}

func TestPlaceholders_of_the_phone_manager(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	t.Run("defaults", func(t *testing.T) {
		for name, want := range map[string]string{"TimeZoneName": "UTC", "TimeZoneLocation": "+00:00", "DayLightSwitch": "0", "MwiVmNumber": "1000", "Language": "English", "SRTP": "0", "Redundant_outbound_proxy_enable": "0", "ServerIP": "", "IPPhonePassword": ""} {
			k := d.known(name)
			if k.Default != want || k.Level != "system" || k.Vendor != "audiocodes" || k.Help == "" || len(k.Given) > 0 {
				t.Errorf("%s: %+v", name, k)
			}
		}
		same(t, "languages", len(d.known("Language").Options), 10)
		same(t, "the second of them", d.known("Language").Options[1].Value, "French")
		same(t, "modes", d.known("Redundant_outbound_proxy_enable").Options[1].Label, "Primary/Backup")
	})
	t.Run("per model", func(t *testing.T) {
		for _, name := range []string{"DayLightActivate", "DayLightEndDay", "DayLightEndMonth", "DayLightStartDay", "DayLightStartMonth", "FirmwareFile", "SipDigitMap"} {
			same(t, name, d.known(name).Level, "model")
		}
	})
	t.Run("the backup is shown where there is one", func(t *testing.T) {
		same(t, "shown", d.known("Redundant_outbound_proxy_address").Shown, false)
		d.hold("system", "", "Redundant_outbound_proxy_enable", "1")
		same(t, "shown", d.known("Redundant_outbound_proxy_address").Shown, true)
		same(t, "the first is always", d.known("Outbound_proxy").Shown, true)
	})
	t.Run("a value applies where the configuration holds it", func(t *testing.T) {
		same(t, "used", d.known("TimeZoneLocation").Used, false)
		tpl := d.template(object{"vendor": "audiocodes", "model": "420HD"}, "datetime.gmtoffset", "%ITCS_TimeZoneLocation%", ntp, "%ITCS_Primary_NTP%")
		same(t, "used", d.known("TimeZoneLocation").Used, true)
		d.hold("system", "", "Primary_NTP", "one.example.org")
		d.hold("system", "", "Language", "French")
		s := d.handset("420HD")
		same(t, "by default", s.Settings()["system/ntp/gmt_offset"], "+00:00")
		same(t, "set", s.Settings()[acNTP], "one.example.org")
		d.hold("system", "", "TimeZoneLocation", "+01:00")
		same(t, "given", d.known("TimeZoneLocation").Given[0].Value, "+01:00")
		d.generate(tpl)
		testkit.Refetch(t, s.Phone)
		same(t, "said otherwise", s.Settings()["system/ntp/gmt_offset"], "+01:00")
		d.hold("model", "420HD", "SipDigitMap", "**xxxx")
		same(t, "given per model", d.known("SipDigitMap").Given[0].ScopeName, "420HD")
	})
}
