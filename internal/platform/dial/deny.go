package dial

import (
	"net"
	"net/netip"
)

// special lists addresses that are not this machine by kind and yet lead to it
// or to what holds its secrets.
func special() map[netip.Addr]string {
	const metadata = "it serves the machine's own secrets"
	return map[netip.Addr]string{
		netip.MustParseAddr("169.254.169.254"): metadata, // most clouds
		netip.MustParseAddr("169.254.170.2"):   metadata, // container credentials of one of them
		netip.MustParseAddr("fd00:ec2::254"):   metadata,
		netip.MustParseAddr("100.100.100.200"): metadata,
		netip.MustParseAddr("168.63.129.16"):   metadata,
		netip.MustParseAddr("255.255.255.255"): "it is a broadcast address",
	}
}

// deny returns why an address may not be called, or "".
func (p Policy) deny(ap netip.AddrPort) string {
	for _, ip := range faces(ap.Addr()) {
		if p.own(netip.AddrPortFrom(ip, ap.Port())) {
			return "this program itself listens there"
		}
		if p.allows(ip) {
			continue
		}
		if reason := kind(ip); reason != "" {
			return reason
		}
	}
	return ""
}

func kind(ip netip.Addr) string {
	switch {
	case ip.IsLoopback():
		return "it is this machine"
	case ip.IsUnspecified() || ip.Is4() && ip.As4()[0] == 0:
		return "it is this machine"
	case ip.IsLinkLocalUnicast():
		if reason, ok := special()[ip]; ok {
			return reason
		}
		return "it is a link-local address"
	case ip.IsMulticast():
		return "it is a multicast address"
	}
	return special()[ip]
}

func (p Policy) allows(ip netip.Addr) bool {
	for _, a := range p.Allow {
		if a.Contains(ip) {
			return true
		}
	}
	return false
}

// own reports whether the program listens at the address.
func (p Policy) own(ap netip.AddrPort) bool {
	if p.Own == nil {
		return false
	}
	for _, o := range p.Own() {
		if o.Port() != ap.Port() {
			continue
		}
		if ip := o.Addr().Unmap().WithZone(""); ip == ap.Addr() || ip.IsUnspecified() && local(ap.Addr()) {
			return true
		}
	}
	return false
}

// local reports whether an address is one of the machine's.
func local(ip netip.Addr) bool {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap().WithZone("") == ip {
			return true
		}
	}
	return false
}

// faces returns an address and the IPv4 addresses that it wraps: mapped and
// compatible (RFC 4291 §2.5.5), NAT64 (RFC 6052 §2.1), 6to4 (RFC 3056 §2).
func faces(ip netip.Addr) []netip.Addr {
	ip = ip.Unmap().WithZone("")
	list := []netip.Addr{ip}
	if ip.Is4() {
		return list
	}
	b := ip.As16()
	if netip.MustParsePrefix("64:ff9b::/96").Contains(ip) || netip.MustParsePrefix("::/96").Contains(ip) && !ip.IsLoopback() && !ip.IsUnspecified() {
		list = append(list, netip.AddrFrom4([4]byte(b[12:16])))
	}
	if netip.MustParsePrefix("2002::/16").Contains(ip) {
		list = append(list, netip.AddrFrom4([4]byte(b[2:6])))
	}
	return list
}
