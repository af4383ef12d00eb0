package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"bellwether/internal/platform/fault"
)

// Link is one network interface as a door to whoever is on its network.
type Link struct {
	// Group takes what is sent to the multicast group on this interface alone.
	Group net.PacketConn
	// Own sends, and takes answers. What it sends goes no further than the
	// interface's network: its TTL is 1.
	Own net.PacketConn
	// Nets are the interface's own networks.
	Nets []netip.Prefix
}

// ipMulticastAll is IP_MULTICAST_ALL of ip(7): with 0 a socket gets only the
// groups that it joined itself. Package syscall has no name for it.
const ipMulticastAll = 49

// JoinGroup listens to an IPv4 multicast group on an interface. Others on this
// machine may listen to the same port (SO_REUSEADDR). It fails with
// fault.NotFound where there is no such interface, or it has no address.
func (m *Machine) JoinGroup(ctx context.Context, name string, group netip.AddrPort) (l Link, err error) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return l, fault.Wrap(fault.NotFound, err, "network interface %s", name)
	}
	addrs, err := ifi.Addrs()
	if err != nil {
		return l, fmt.Errorf("addresses of the network interface %s: %w", name, err)
	}
	l.Nets = networks(addrs)
	if len(l.Nets) == 0 {
		return l, fault.New(fault.NotFound, "the network interface %s has no IPv4 address", name)
	}
	conn, err := net.ListenMulticastUDP("udp4", ifi, net.UDPAddrFromAddrPort(group))
	if err != nil {
		return l, fmt.Errorf("listen to %s on %s: %w", group, name, err)
	}
	if err := setOption(conn, ipMulticastAll, 0); err != nil {
		return l, errors.Join(fmt.Errorf("listen to %s on %s alone: %w", group, name, err), conn.Close())
	}
	c := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error { return control(raw, syscall.IP_TTL, 1) }}
	own, err := c.ListenPacket(ctx, "udp4", netip.AddrPortFrom(l.Nets[0].Addr(), 0).String())
	if err != nil {
		return l, errors.Join(fmt.Errorf("listen on %s: %w", name, err), conn.Close())
	}
	l.Group, l.Own = conn, own
	return l, nil
}

// networks are the IPv4 ones among an interface's addresses.
func networks(addrs []net.Addr) (out []netip.Prefix) {
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			out = append(out, p)
		}
	}
	return out
}

// Interfaces lists the interfaces that a network hangs on: up, able to do
// multicast, with an IPv4 address, and not the machine's own loop.
func Interfaces() ([]string, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	var out []string
	for _, i := range list {
		addrs, err := i.Addrs()
		const want = net.FlagUp | net.FlagMulticast
		if err == nil && i.Flags&want == want && i.Flags&net.FlagLoopback == 0 && len(networks(addrs)) > 0 {
			out = append(out, i.Name)
		}
	}
	return out, nil
}

func setOption(c *net.UDPConn, option, value int) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	return control(raw, option, value)
}

func control(raw syscall.RawConn, option, value int) error {
	var inner error
	err := raw.Control(func(fd uintptr) { inner = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, option, value) })
	return errors.Join(err, inner)
}
