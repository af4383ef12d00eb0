package cwmpd

import (
	"strings"
	"testing"

	"bellwether/internal/protocol/cwmp"
)

// TestMask: what is secret stands in no conversation, whichever way it travels.
func TestMask(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	token := strings.Repeat("abcdefghij", 3)
	value := func(name string) []cwmp.ParameterValue {
		return []cwmp.ParameterValue{{Name: "Device.DeviceInfo.UpTime", Value: "12", Type: cwmp.UnsignedInt}, {Name: name, Value: secret, Type: cwmp.String}, {Name: "Device.LAN.IPAddress", Value: "192.0.2.7", Type: cwmp.String}}
	}
	for name, m := range map[string]cwmp.Message{
		"a password that is set":    &cwmp.SetParameterValues{Parameters: value("Device.ManagementServer.Password")},
		"one that is read":          &cwmp.GetParameterValuesResponse{Parameters: value("Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword")},
		"one by a maker's name":     &cwmp.SetParameterValues{Parameters: value("Device.UserInterface.X_GRANDSTREAM_AdminLoginPassword")},
		"a key of a wireless net":   &cwmp.SetParameterValues{Parameters: value("Device.WiFi.AccessPoint.1.Security.KeyPassphrase")},
		"that of a transfer":        &cwmp.Download{URL: "https://example.org/a", Username: "u", Password: secret},
		"that of an upload":         &cwmp.Upload{URL: "https://u:" + secret + "@example.org/a"},
		"a token in an address":     &cwmp.Download{URL: "https://example.org/p/" + secret + token + "/cfg02005e005301.xml"},
		"one that is a value":       &cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: "Device.ManagementServer.URL", Value: "https://example.org/acs/" + secret + token, Type: cwmp.String}}},
		"what a phone is called at": &cwmp.Inform{Parameters: []cwmp.ParameterValue{{Name: "Device.ManagementServer.ConnectionRequestURL", Value: "http://192.0.2.7:7547/" + secret + token, Type: cwmp.String}}},
	} {
		plain := string(cwmp.Append(nil, cwmp.Envelope{ID: "1", HasID: true, Body: m}, cwmp.Options{}))
		masked := string(mask([]byte(plain)))
		if !strings.Contains(plain, secret) || strings.Contains(masked, secret) || !strings.Contains(masked, hidden) {
			t.Errorf("%s: %s", name, masked)
		}
		if strings.Contains(plain, "UpTime") && (!strings.Contains(masked, ">12<") || !strings.Contains(masked, ">192.0.2.7<")) {
			t.Errorf("%s: too much is hidden: %s", name, masked)
		}
	}
	for _, odd := range []string{"", "<", "<a", "a<b>c", "<Name>Password</Name><Value>", "<Value", "<Name>x.Password</Name><Value>s"} {
		if got := string(mask([]byte(odd))); len(got) > len(odd)+len(hidden) {
			t.Errorf("%q becomes %q", odd, got)
		}
	}
}

// FuzzMask: whatever comes, nothing but values is changed.
func FuzzMask(f *testing.F) {
	f.Add([]byte("<Name>a.Password</Name><Value>secret</Value>"))
	f.Add([]byte("<Password>secret</Password><URL>http://a/b</URL>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got := mask(text); strings.Count(string(got), "<") != strings.Count(string(text), "<") {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}
