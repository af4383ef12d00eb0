package phone

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// systemDNS is the machine's resolver. It tells no lifetimes, so an answer holds
// for a minute, and knows no NAPTR.
type systemDNS struct{}

const systemTTL = time.Minute

// Hosts asks for A records.
func (systemDNS) Hosts(ctx context.Context, name string) ([]netip.Addr, time.Duration, error) {
	list, err := (&net.Resolver{}).LookupNetIP(ctx, "ip4", name)
	return list, systemTTL, err
}

// Services asks for SRV records.
func (systemDNS) Services(ctx context.Context, name string) ([]Service, time.Duration, error) {
	_, list, err := (&net.Resolver{}).LookupSRV(ctx, "", "", name)
	out := make([]Service, 0, len(list))
	for _, s := range list {
		out = append(out, Service{s.Target, s.Port})
	}
	return out, systemTTL, err
}

// Pointers returns nothing: the standard library cannot ask for NAPTR records.
func (systemDNS) Pointers(context.Context, string) ([]string, error) { return nil, nil }
