package phone

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// target is one address that a line's requests may go to.
type target struct {
	rank  int    // which of the configured servers or proxies
	name  string // host[:port] as the settings have it
	proxy bool
	hop   hop
}

// saved is the target that last answered.
type saved struct {
	hop   hop
	rank  int
	since time.Time     // that it is used instead of the first
	until time.Time     // that its DNS answer holds
	ttl   time.Duration // of the last answer
}

// targets returns where a request goes, in the order in which it is tried: each
// address of the first server, then of the second; where the settings keep the
// line with the server that it fell back to, that one first. What is no REGISTER
// goes first to where the line is registered.
func (l *line) targets(ctx context.Context, register bool) []target {
	names, proxy := l.Servers, false
	if len(l.Proxies) > 0 {
		names, proxy = l.Proxies, true
	}
	var out []target
	ttl := time.Duration(0)
	for rank, name := range names {
		hops, holds := l.lookUp(ctx, name)
		ttl = max(ttl, holds)
		for _, h := range hops {
			out = append(out, target{rank: rank, name: name, proxy: proxy, hop: h})
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.saved.ttl = ttl
	first, always := l.saved.hop.addr, false
	if l.registered && !register {
		first, always = l.server.hop.addr, true
	}
	at := slices.IndexFunc(out, func(t target) bool { return t.hop.addr == first })
	if at > 0 && (always || l.stays(out[at])) {
		t := out[at]
		out = append([]target{t}, slices.Delete(out, at, at+1)...)
	}
	return out
}

// stays reports whether the line keeps to the target that it fell back to. The
// caller holds mu.
func (l *line) stays(t target) bool {
	now := l.a.clock.Now()
	mode := l.Stay
	if l.DNS != DNSService && l.DNS != DNSPointer || t.rank > 0 {
		mode = StayFailback // among servers that are listed one by one the timer alone counts
	}
	switch mode {
	case StayTTL:
		return now.Before(l.saved.until)
	case StayWhileAnswered:
		return true
	case StayFailback:
		return now.Before(l.saved.since.Add(l.a.own(l.Failback)))
	}
	return false
}

// answered notes which target works.
func (l *line) answered(t target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.a.clock.Now()
	if l.saved.hop.addr != t.hop.addr {
		l.saved.since, l.saved.until = now, now.Add(l.saved.ttl)
	}
	l.saved.hop, l.saved.rank = t.hop, t.rank
}

// lookUp follows RFC 3263 as far as the DNS mode goes: a port or an address
// needs no SRV record, and without records the name's addresses count.
func (l *line) lookUp(ctx context.Context, name string) ([]hop, time.Duration) {
	host, port := splitPort(name)
	if l.DNS == DNSFixed {
		return l.fixed(port), 0
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []hop{{transport: l.Transport, host: host, addr: netip.AddrPortFrom(ip, orPort(port, l.Transport))}}, 0
	}
	if port == 0 && l.DNS == DNSPointer {
		records, err := l.a.dns.Pointers(ctx, host)
		for _, record := range records {
			if hops, ttl := l.services(ctx, record, recordTransport(record, l.Transport)); err == nil && len(hops) > 0 {
				return hops, ttl
			}
		}
	}
	if port == 0 && l.DNS != DNSAddress {
		if hops, ttl := l.services(ctx, srvName(l.Transport)+host, l.Transport); len(hops) > 0 {
			return hops, ttl
		}
	}
	return l.hosts(ctx, host, port, l.Transport)
}

func (l *line) hosts(ctx context.Context, host string, port uint16, by Transport) ([]hop, time.Duration) {
	list, ttl, err := l.a.dns.Hosts(ctx, host)
	if err != nil {
		return nil, 0 // a name that is not known has no addresses: the next server is tried
	}
	var out []hop
	for _, ip := range list {
		out = append(out, hop{transport: by, host: host, addr: netip.AddrPortFrom(ip.Unmap(), orPort(port, by))})
	}
	return out, ttl
}

func (l *line) services(ctx context.Context, record string, by Transport) ([]hop, time.Duration) {
	list, ttl, err := l.a.dns.Services(ctx, record)
	if err != nil {
		return nil, 0 // no such record
	}
	var out []hop
	for _, s := range list {
		hops, _ := l.hosts(ctx, s.Host, s.Port, by)
		out = append(out, hops...)
	}
	return out, ttl
}

func (l *line) fixed(port uint16) []hop {
	var out []hop
	for _, text := range l.FixedIPs {
		if ip, err := netip.ParseAddr(text); err == nil {
			out = append(out, hop{transport: l.Transport, host: text, addr: netip.AddrPortFrom(ip, orPort(port, l.Transport))})
		}
	}
	return out
}

func srvName(by Transport) string {
	switch by {
	case TCP:
		return "_sip._tcp."
	case TLS:
		return "_sips._tcp."
	}
	return "_sip._udp."
}

// recordTransport reads the transport off an SRV name.
func recordTransport(record string, usual Transport) Transport {
	for _, by := range []Transport{UDP, TCP, TLS} {
		if prefix := srvName(by); len(record) > len(prefix) && record[:len(prefix)] == prefix {
			return by
		}
	}
	return usual
}

// splitPort parts host[:port]; a port of 0 is none.
func splitPort(name string) (string, uint16) {
	host, text, err := net.SplitHostPort(name)
	if err != nil {
		return name, 0
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return name, 0
	}
	return host, uint16(n)
}

func orPort(port uint16, by Transport) uint16 {
	if port > 0 {
		return port
	}
	if by == TLS {
		return 5061
	}
	return 5060
}
