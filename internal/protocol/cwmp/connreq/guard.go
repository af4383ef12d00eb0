package connreq

import (
	"context"
	"net"
	"net/netip"
	"net/url"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/platform/scope"
)

// usualPort is where phones listen that name no port.
const usualPort = "7547"

// target is where a phone may be called: at the very address that it reports from,
// or at one in the networks of its site. Everything else would let a phone have us
// call whom it likes. why says what forbids it.
func (c *Channel) target(ctx context.Context, d device.Device, p manager.Phone) (u *url.URL, why string) {
	if p.Call.URL == "" {
		return nil, "the phone named no address to call it at"
	}
	u, err := url.Parse(p.Call.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
		return nil, "the address that the phone named cannot be called"
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil, "the phone named a host name to call it at, and only addresses are called"
	}
	switch u.Port() {
	case "0":
		return nil, "the address that the phone named cannot be called"
	case "":
		u.Host = net.JoinHostPort(u.Hostname(), usualPort)
	}
	ip = ip.Unmap().WithZone("")
	if from, err := netip.ParseAddr(d.Hot.Address); err == nil && from.Unmap() == ip {
		return u, ""
	}
	near, err := c.Sites.Near(scope.AsSystem(ctx, "connreq"), ip)
	if err == nil && near.Covers(d.SiteID) {
		return u, ""
	}
	return nil, "the address that the phone named is neither the one that it reports from nor in its site's networks, as behind a NAT"
}
