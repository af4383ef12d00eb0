package app

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"bellwether/internal/config"
	"bellwether/internal/domain/revision"
	"bellwether/internal/vendors"
)

// Doors are where phones find the program: what the settings tell them, else the
// console's host with the doors' ports. A base that leads a phone to itself is
// left out, but in the demo.
func Doors(c config.Config, open map[string][]string) vendors.Doors {
	host := ""
	if u, err := url.Parse(c.PublicURL); err == nil && (c.Demo || !itself(u.Hostname())) {
		host = u.Hostname()
	}
	base := func(told, scheme, usual string, addrs []string) string {
		if told != "" || host == "" {
			return told
		}
		for _, addr := range addrs {
			_, port, err := net.SplitHostPort(addr)
			if err != nil || port == "0" {
				continue
			}
			if port == usual {
				return scheme + "://" + bracket(host)
			}
			return scheme + "://" + net.JoinHostPort(host, port)
		}
		return ""
	}
	list := func(door string, configured []string) []string {
		if open != nil {
			return open[door]
		}
		return configured
	}
	p, l := c.PhoneURLs, c.Listen
	return vendors.Doors{
		HTTPS: base(p.HTTPS, "https", "443", list("provision_https", l.ProvisionHTTPS)),
		HTTP:  base(p.HTTP, "http", "80", list("provision_http", l.ProvisionHTTP)),
		TFTP:  base(p.TFTP, "tftp", "69", list("tftp", l.TFTP)),
		IPP:   base(p.IPP, "http", "80", ReportsFirst(list("ipp", l.IPP))),
		CWMP:  withPath(base(p.CWMP, "https", "443", list("cwmp_https", l.CWMPHTTPS))),
	}
}

// reportsPort is where the maker's own manager takes reports (EMS IP phone manager
// guide, Figure 2-1).
const reportsPort = "8081"

// ReportsFirst puts the address at which AudioCodes phones report by their maker's
// guide first.
func ReportsFirst(addrs []string) []string {
	for i, addr := range addrs {
		if _, port, err := net.SplitHostPort(addr); err == nil && port == reportsPort {
			return addrs[i:]
		}
	}
	return addrs
}

// managerPath is where phones report. Any other path answers too.
const managerPath = "/acs"

func withPath(base string) string {
	if u, err := url.Parse(base); err != nil || base == "" || strings.Trim(u.Path, "/") != "" {
		return base
	}
	return strings.TrimRight(base, "/") + managerPath
}

// elsewhere tells whether an address of a configuration server is one of ours.
func (a *App) elsewhere(address string) revision.Elsewhere {
	to, err := url.Parse(address)
	if err != nil {
		return revision.Others
	}
	at := func(base string) bool {
		u, err := url.Parse(base)
		return err == nil && base != "" && to.Scheme == u.Scheme && strings.EqualFold(to.Hostname(), u.Hostname()) && portOf(to) == portOf(u)
	}
	doors := Doors(a.Config, a.Addrs())
	base, err := url.Parse(a.phoneBase())
	switch {
	case at(a.phoneBase()), at(doors.HTTPS):
		return revision.Ours
	case at(doors.HTTP), at(doors.TFTP):
		return revision.OursOpen
	case err == nil && strings.HasPrefix(to.Scheme, "ftp") && strings.EqualFold(to.Hostname(), base.Hostname()):
		return revision.OursOpen
	}
	return revision.Others
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"https": "443", "http": "80", "tftp": "69"}[u.Scheme]
}

// itself reports whether a host is the machine that reads the name.
func itself(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (ip.IsLoopback() || ip.IsUnspecified())
}

func bracket(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		return "[" + host + "]"
	}
	return host
}
