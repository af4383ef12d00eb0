package grandstream

import (
	"fmt"
	"slices"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

var _ vendors.Advisor = (*Vendor)(nil)

// Advise names what a change takes from a phone beside its values: the
// administrator's way in, and the protection of its traffic.
func (v *Vendor) Advise(before, after map[param.Key]string) []vendors.Advice {
	var out []vendors.Advice
	if shut(after) && !shut(before) {
		out = append(out, vendors.Advice{Code: "admin_locked_out", Text: "web access and SSH are switched off: nobody can sign in to these phones any more"})
	}
	for _, w := range downgrades() {
		for n := range max(w.count, 1) {
			k := param.Key(w.pattern)
			if w.count > 0 {
				k = param.Key(fmt.Sprintf(w.pattern, n+1))
			}
			was, is := slices.Index(w.rising, before[k]), slices.Index(w.rising, after[k])
			if was > 0 && is >= 0 && is < was {
				out = append(out, vendors.Advice{Code: "transport_downgraded", Text: fmt.Sprintf("%s is weaker than before: %s after %s", w.what, after[k], before[k])})
			}
		}
	}
	return out
}

// shut reports whether neither the web interface nor SSH lets anybody in. What
// is not set is open.
func shut(s map[param.Key]string) bool {
	return s["security.webaccessmode"] == "Disabled" && s["security.ssh"] == "no"
}

// downgrade is a setting whose values rise in strength.
type downgrade struct {
	pattern string
	count   int // accounts; 0: the setting has no index
	what    string
	rising  []string
}

func downgrades() []downgrade {
	return []downgrade{
		{"account.%d.sip.transport", maxAdvised, "SIP transport", []string{"UDP", "TCP", "Tls Or Tcp"}},
		{"account.%d.audio.srtpmode", maxAdvised, "media encryption", []string{"Disabled", "Optional", "EnabledButNotForced", "EnabledAndForced"}},
		{"provisioning.config.protocol", 0, "the way to the configuration", []string{"TFTP", "FTP", "HTTP", "FTPS", "HTTPS"}},
		{"provisioning.firmware.protocol", 0, "the way to the firmware", []string{"TFTP", "FTP", "HTTP", "FTPS", "HTTPS"}},
		{"security.validate.servercertificate", 0, "the check of the server's certificate", []string{"no", "yes"}},
	}
}

// maxAdvised is the most accounts that any model has.
const maxAdvised = 16
