package dial_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
)

type packets interface {
	ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error)
}

func udp(s string) net.Addr { return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(s)) }

func TestMemNet_packets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := dial.NewMemNet()
		a, err := n.ListenPacket(t.Context(), "udp", ":5060")
		if err != nil {
			t.Fatal(err)
		}
		host := n.Host(netip.MustParseAddr("192.0.2.2")).(packets)
		b, err := host.ListenPacket(t.Context(), "udp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.ListenPacket(t.Context(), "udp", "192.0.2.1:5060"); err == nil {
			t.Error("a port was given out twice")
		}
		if _, err := n.ListenPacket(t.Context(), "tcp", ":1"); err == nil {
			t.Error("a datagram socket of TCP")
		}
		if _, err := b.WriteTo([]byte("hello"), udp("192.0.2.9:1")); err != nil {
			t.Errorf("to nobody: %v", err)
		}
		if _, err := b.WriteTo([]byte("hello"), udp("192.0.2.1:5060")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4)
		got, from, err := a.ReadFrom(buf)
		if err != nil || string(buf[:got]) != "hell" || from.String() != b.LocalAddr().String() {
			t.Errorf("%q from %v, %v", buf[:got], from, err)
		}
		done := make(chan error)
		go func() {
			_, _, err := a.ReadFrom(buf)
			done <- err
		}()
		synctest.Wait()
		_ = a.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if _, err := a.WriteTo(nil, udp("192.0.2.2:1")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a write after Close: %v", err)
		}
		if _, err := n.ListenPacket(t.Context(), "udp", ":5060"); err != nil {
			t.Errorf("the port is not free again: %v", err)
		}
	})
}

// What is sent is under the policy too.
func TestMachine_ListenPacket(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		allow []netip.Prefix
		want  bool
	}{"this machine": {nil, false}, "this machine, allowed": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := dial.New(dial.Policy{Allow: row.allow}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, err = c.WriteTo([]byte("x"), c.LocalAddr())
			if (err == nil) != row.want || err != nil && !fault.Is(err, fault.Denied) {
				t.Errorf("error = %v", err)
			}
		})
	}
}
