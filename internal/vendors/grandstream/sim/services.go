package sim

import (
	"crypto/tls"
	"strings"
	"time"

	"bellwether/internal/phone"
)

var _ phone.Servicer = (*Persona)(nil)

// Services reads the guide's "Time", "Syslog" and "Security Settings" of the
// hotel phones; of the other families only the web pages of those that answer
// programs are played (panel.go). Where the guide tells no
// default: pages by HTTPS alone (the guide's address of a phone is an HTTPS one)
// on the usual ports, a lock-out of five minutes (from memory), time once a day
// (template), no log.
func (p *Persona) Services(_ phone.Device, s map[string]string) phone.Services {
	if p.series.aliases != "keys.csv" {
		return p.otherPages(s)
	}
	out := phone.Services{Time: keeper(s), Log: syslog(s), Web: p.pages(s), Families: map[string][]string{
		"BothAndPreferIPv4": {"tcp4", "tcp6"}, "BothAndPreferIPv6": {"tcp6", "tcp4"}, "IPv4Only": {"tcp4"}, "IPv6Only": {"tcp6"},
	}[s["network.internetprotocol"]]}
	if own, err := tls.X509KeyPair([]byte(s["security.customcertificate"]), []byte(s["security.customcertificate"])); err == nil {
		out.Own = &own
	}
	return out
}

func keeper(s map[string]string) phone.TimeService {
	out := phone.TimeService{Signed: s["datetime.ntp.enableauth"] == "Yes", Every: minutes(s["datetime.ntp.updateinterval"], 1440), Zone: zone(s)}
	for _, server := range []string{s["datetime.ntp.server.1"], s["datetime.ntp.server.2"]} {
		if server != "" {
			out.Servers = append(out.Servers, server)
		}
	}
	return out
}

func syslog(s map[string]string) phone.LogService {
	levels := map[string]phone.Severity{"Debug": phone.LogDebug, "Info": phone.LogInfo, "Warning": phone.LogWarning, "Error": phone.LogError}
	out := phone.LogService{Server: s["maintain.syslog.server"], TLS: s["maintain.syslog.protocol"] == "SSL_TLS",
		Level: levels[s["maintain.syslog.level"]], SIP: s["maintain.syslog.sendsiplog"] == "Yes"}
	for word := range strings.SplitSeq(s["maintain.syslog.keywordfiltering"], ",") {
		if word = strings.TrimSpace(word); word != "" {
			out.Words = append(out.Words, word)
		}
	}
	return out
}

func (p *Persona) pages(s map[string]string) phone.WebService {
	out := phone.WebService{
		Access:   map[string]phone.Access{"Whitelist": phone.Listed, "Blacklist": phone.Unlisted}[s["security.webaccesscontrol"]],
		Idle:     minutes(s["security.webaccess.session.timeout"], 10),
		Attempts: int(number(s["security.webaccess.attemptlimit"], 5)),
		LockOut:  minutes(s["security.webkeypadrestrictmodelockoutduration"], 5),
		Password: s[p.series.words.admin], SetPassword: p.series.words.admin,
	}
	mode := s["security.webaccessmode"]
	if mode == "HTTP" || mode == "Both" {
		out.HTTP = int(number(s["network.web.port.http"], 80))
	}
	if mode == "" || mode == "HTTPS" || mode == "Both" {
		out.HTTPS = int(number(s["network.web.port.https"], 443))
	}
	return out
}

func minutes(s string, otherwise int64) time.Duration {
	return time.Duration(number(s, otherwise)) * time.Minute
}

// version reads a TLS version; 0 where none is named.
func version(s string) uint16 {
	return map[string]uint16{"TLS_1_0": tls.VersionTLS10, "TLS_1_1": tls.VersionTLS11, "TLS_1_2": tls.VersionTLS12}[s]
}
