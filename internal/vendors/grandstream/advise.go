package grandstream

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream/dialplan"
)

var _ vendors.Advisor = (*Vendor)(nil)

// Advise names what a change takes from a phone beside its values: the
// administrator's way in, the protection of its traffic, and the numbers for
// help.
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
	if after[authenticateFile] == "yes" && before[authenticateFile] != "yes" {
		out = append(out, vendors.Advice{Code: "file_check_unproven", Text: "with \"Authenticate conf file\" on these phones may refuse every file from now on: how their maker signs one is not published"})
	}
	_, had := before[filePassword]
	if _, has := after[filePassword]; has && !had {
		out = append(out, vendors.Advice{Code: "first_file_password", Text: "the first password for files goes out over HTTPS with the phone's own token alone: a phone that is let in by the legacy flag gets no file any more until it comes that way"})
	}
	if crossed(after) && !crossed(before) {
		out = append(out, vendors.Advice{Code: "tls_versions_crossed", Text: fmt.Sprintf("the oldest TLS version, %s, is newer than the newest, %s: these phones could speak none", after[minTLS], after[maxTLS])})
	}
	out = append(out, advisePayloads(before, after)...)
	return append(out, adviseEmergency(before, after)...)
}

const (
	authenticateFile param.Key = "provisioning.config.authenticatefile"
	filePassword     param.Key = "provisioning.config.filepassword"
)

// The bounds of TLS: the minimum must not be above the maximum (GHP6xx guide,
// "Client Certificate").
const (
	minTLS param.Key = "security.minimum.tls.version"
	maxTLS param.Key = "security.maximum.tls.version"
)

// crossed reports whether the bounds leave no TLS version. A bound that is not
// set is none.
func crossed(s map[param.Key]string) bool {
	rising := []string{"TLS_1_0", "TLS_1_1", "TLS_1_2"}
	oldest, newest := slices.Index(rising, s[minTLS]), slices.Index(rising, s[maxTLS])
	return newest >= 0 && oldest > newest
}

// advisePayloads names the accounts whose payload types become one another's: the
// guide wants those of iLBC, Opus and DTMF to differ. What is not set is the
// guide's default; of DTMF it tells none.
func advisePayloads(before, after map[param.Key]string) (out []vendors.Advice) {
	for n := 1; n <= maxAdvised; n++ {
		if is := clash(after, n); is != "" && is != clash(before, n) {
			out = append(out, vendors.Advice{Code: "payload_types_collide", Text: fmt.Sprintf("account %d has one payload type for %s: calls with them fail", n, is)})
		}
	}
	return out
}

// clash names the first two formats of an account that share a number.
func clash(s map[param.Key]string, n int) string {
	list := []struct{ what, key, usual string }{{"iLBC", "ilbc", "97"}, {"Opus", "opus", "123"}, {"DTMF", "dtmf", ""}}
	seen := map[string]string{}
	for _, f := range list {
		number := cmp.Or(s[param.Key(fmt.Sprintf("account.%d.codec.payloadtype.%s", n, f.key))], f.usual)
		if number != "" && seen[number] != "" {
			return seen[number] + " and " + f.what
		}
		seen[number] = f.what
	}
	return ""
}

// adviseEmergency names the numbers for help that an account's dial plan let
// through before and does not any more. Which of them counts is the operator's
// knowledge, so every usual one is looked at.
func adviseEmergency(before, after map[param.Key]string) (out []vendors.Advice) {
	for n := 1; n <= maxAdvised; n++ {
		k := param.Key(fmt.Sprintf("account.%d.call.dialplan", n))
		if before[k] == after[k] {
			continue
		}
		var lost []string
		for _, number := range []string{"112", "911", "999", "000", "110", "119"} {
			if dials(before[k], number) && !dials(after[k], number) {
				lost = append(lost, number)
			}
		}
		if len(lost) > 0 {
			out = append(out, vendors.Advice{Code: "emergency_not_dialable", Text: fmt.Sprintf("account %d can no longer dial %s: its dial plan lets them through no more", n, strings.Join(lost, ", "))})
		}
	}
	return out
}

// dials reports whether a dial plan lets exactly that number go out as it was
// dialled. No plan lets everything through; one that cannot be read, nothing.
func dials(plan, number string) bool {
	if strings.TrimSpace(plan) == "" {
		return true
	}
	p, err := dialplan.Parse(plan)
	if err != nil {
		return false
	}
	sent, ok := p.Match(number)
	return ok && sent == number
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
