package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// DebugPort is the fixed port of the live log stream.
const DebugPort = "9690"

// normalize brings equal settings to one spelling.
func (c *Config) normalize() {
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	for _, u := range []*string{&c.PhoneURLs.HTTPS, &c.PhoneURLs.HTTP, &c.PhoneURLs.TFTP, &c.PhoneURLs.FTP, &c.PhoneURLs.IPP} {
		*u = strings.TrimRight(*u, "/")
	}
}

// checker collects what is wrong.
type checker struct{ wrong []fault.Field }

func (k *checker) add(path, format string, args ...any) {
	k.wrong = append(k.wrong, fault.Field{Path: path, Message: fmt.Sprintf(format, args...)})
}

// validate returns what is wrong with the settings, one line per key.
func (c *Config) validate() []fault.Field {
	k := &checker{}
	if c.DataDir == "" {
		k.add("data_dir", "a folder is wanted")
	}
	if c.Database != "" && !hasScheme(c.Database, "postgres", "postgresql") {
		k.add("database", "empty or postgres://… is wanted")
	}
	for u := range strings.SplitSeq(c.Bus, ",") {
		if c.Bus != "" && !hasScheme(strings.TrimSpace(u), "nats", "tls") {
			k.add("bus", "empty or nats://… is wanted")
		}
	}
	if strings.Contains(c.Blobs, "://") {
		k.add("blobs", "this version keeps blobs in a folder only")
	}
	if u, err := url.Parse(c.PublicURL); err != nil || !hasScheme(c.PublicURL, "http", "https") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		k.add("public_url", "http://host[:port] or https://host[:port] is wanted")
	}
	c.checkPhoneURLs(k)
	c.checkListen(k)
	if len(c.PnP.Interfaces) > limit.PnPInterfaces {
		k.add("pnp.interfaces", "at most %d are wanted", limit.PnPInterfaces)
	}
	c.checkTLS(k)
	if c.SignIn.Failures < 1 || c.SignIn.Failures > 10 {
		k.add("sign_in.failures", "1 to 10 is wanted")
	}
	if c.SignIn.Idle < 2*time.Minute || c.SignIn.Idle > time.Hour {
		k.add("sign_in.idle", "2m to 60m is wanted")
	}
	checkNetworks(k, "dial.allow", c.Dial.Allow)
	if c.Log.Format != "text" && c.Log.Format != "json" {
		k.add("log.format", "text or json is wanted")
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		k.add("log.level", "debug, info, warn or error is wanted")
	}
	return k.wrong
}

func hasScheme(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Host != ""
}

func (c *Config) checkPhoneURLs(k *checker) {
	p := c.PhoneURLs
	for _, u := range []struct {
		path, value string
		schemes     []string
	}{
		{"phone_urls.https", p.HTTPS, []string{"https"}},
		{"phone_urls.http", p.HTTP, []string{"http"}},
		{"phone_urls.tftp", p.TFTP, []string{"tftp"}},
		{"phone_urls.ftp", p.FTP, []string{"ftp", "ftps"}},
		{"phone_urls.cwmp", p.CWMP, []string{"https", "http"}},
		{"phone_urls.ipp", p.IPP, []string{"http", "https"}},
	} {
		switch {
		case u.value == "":
		case !hasScheme(u.value, u.schemes...):
			k.add(u.path, "%s://host[:port] is wanted", strings.Join(u.schemes, ":// or "))
		case !c.Demo && loopback(u.value):
			k.add(u.path, "%s leads each phone to itself; an address that phones can reach is wanted", u.value)
		}
	}
}

// loopback reports whether a URL's host is the machine that reads it.
func loopback(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	if err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// tcp are the keys of the doors that listen on TCP ports.
func (c *Config) tcp() map[string][]string {
	l := &c.Listen
	return map[string][]string{
		"listen.admin": l.Admin, "listen.provision_http": l.ProvisionHTTP, "listen.provision_https": l.ProvisionHTTPS,
		"listen.provision_https_legacy": l.ProvisionHTTPSLegacy, "listen.ftp.listen": l.FTP.Listen, "listen.ftps": l.FTPS,
		"listen.cwmp_https": l.CWMPHTTPS, "listen.cwmp_http": l.CWMPHTTP, "listen.ipp": l.IPP, "listen.sip": l.SIP,
		"listen.dataserver": l.DataServer, "listen.debug": l.Debug, "listen.metrics": l.Metrics,
	}
}

// udp are the keys of the doors that listen on UDP ports.
func (c *Config) udp() map[string][]string {
	l := &c.Listen
	return map[string][]string{"listen.tftp": l.TFTP, "listen.sip": l.SIP, "listen.stun": l.STUN, "listen.syslog": l.Syslog}
}

func (c *Config) checkListen(k *checker) {
	for _, doors := range []map[string][]string{c.tcp(), c.udp()} {
		taken := map[string]string{}
		for _, n := range leaves(schema(c)) {
			for _, addr := range doors[n.path] {
				checkAddress(k, n.path, addr, taken)
			}
		}
	}
	for _, addr := range c.Listen.Debug {
		if _, port, err := net.SplitHostPort(addr); err == nil && port != DebugPort && port != "0" {
			k.add("listen.debug", "the port is %s and cannot be set", DebugPort)
		}
	}
	if len(c.Listen.FTP.Listen)+len(c.Listen.FTPS) > 0 && !portRange(c.Listen.FTP.Passive) {
		k.add("listen.ftp.passive", "a range of ports is wanted, as 50000-50100")
	}
	if ip := c.Listen.FTP.PublicIP; ip != "" {
		if a, err := netip.ParseAddr(ip); err != nil || !a.Is4() {
			k.add("listen.ftp.public_ip", "an IPv4 address is wanted")
		}
	}
}

// checkAddress checks one address and that no other key has it.
func checkAddress(k *checker, path, addr string, taken map[string]string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		k.add(path, "%q is no address: host:port or :port is wanted", addr)
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		k.add(path, "%q has no port from 0 to 65535", addr)
		return
	} else if n == 0 {
		return
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
		k.add(path, "%q is no address of this machine: an IP address or nothing is wanted before the port", addr)
		return
	}
	for _, clash := range []string{addr, ":" + port} {
		if other, ok := taken[clash]; ok && other != path {
			k.add(path, "%s is the address of %s already", addr, other)
			return
		}
	}
	taken[addr] = path
}

func portRange(s string) bool {
	a, b, ok := strings.Cut(s, "-")
	first, err1 := strconv.ParseUint(a, 10, 16)
	last, err2 := strconv.ParseUint(b, 10, 16)
	return ok && err1 == nil && err2 == nil && first > 0 && first <= last
}

func (c *Config) checkTLS(k *checker) {
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		k.add("tls.cert", "certificate and key come together")
	}
	if len(c.TLS.ACME.Domains) > 0 {
		k.add("tls.acme.domains", "this version takes certificates from files or its own authority only")
	}
	checkNetworks(k, "tls.trusted_proxies", c.TLS.TrustedProxies)
}

func checkNetworks(k *checker, path string, list []string) {
	for _, s := range list {
		if _, err := netip.ParsePrefix(s); err != nil {
			k.add(path, "%q is no network: 192.0.2.0/24 is wanted", s)
		}
	}
}
