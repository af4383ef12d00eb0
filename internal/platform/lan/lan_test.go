package lan

import (
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"bellwether/internal/platform/fault"
)

func network(name, prefix string) Network {
	p := netip.MustParsePrefix(prefix)
	return Network{Interface: name, Address: p.Addr(), Subnet: p.Masked()}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	office, floor, docker := network("eth0", "192.0.2.10/24"), network("eth1", "198.51.100.1/24"), network("docker0", "203.0.113.1/24")
	docker.Virtual = true
	way := office
	way.Default = true
	second := network("eth0", "203.0.113.9/25")
	second.Default = true
	for name, tc := range map[string]struct {
		all           []Network
		link, address string
		want          string
		kind          fault.Kind // of the error, where want is empty
	}{
		"the only one":              {[]Network{office}, "", "", "192.0.2.10/24 on eth0", 0},
		"containers do not count":   {[]Network{docker, office}, "", "", "192.0.2.10/24 on eth0", 0},
		"unless named":              {[]Network{docker, office}, "docker0", "", "203.0.113.1/24 on docker0", 0},
		"the default route's":       {[]Network{floor, way}, "", "", "192.0.2.10/24 on eth0", 0},
		"by interface":              {[]Network{floor, way}, "eth1", "", "198.51.100.1/24 on eth1", 0},
		"by address":                {[]Network{way, second}, "", "203.0.113.9", "203.0.113.9/25 on eth0", 0},
		"two without a route":       {[]Network{office, floor}, "", "", "", fault.Conflict},
		"two of the route":          {[]Network{way, second}, "", "", "", fault.Conflict},
		"none":                      {nil, "", "", "", fault.NotFound},
		"containers alone":          {[]Network{docker}, "", "", "", fault.NotFound},
		"no such interface":         {[]Network{office}, "eth7", "", "", fault.NotFound},
		"an address of another one": {[]Network{office, floor}, "eth0", "198.51.100.1", "", fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var at netip.Addr
			if tc.address != "" {
				at = netip.MustParseAddr(tc.address)
			}
			got, err := Choose(tc.all, tc.link, at)
			if err == nil && got.String() != tc.want || err != nil && (tc.want != "" || !fault.Is(err, tc.kind)) {
				t.Errorf("%s, %v; want %s", got, err, tc.want)
			}
			if err != nil && len(tc.all) > 0 && !strings.Contains(err.Error(), tc.all[0].String()) {
				t.Errorf("%v does not list what there is", err)
			}
		})
	}
}

func TestDefaultRoute(t *testing.T) {
	t.Parallel()
	const head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
	for want, table := range map[string]string{
		"":     head + "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
		"eth0": head + "wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\neth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\nshort\t00000000\n",
	} {
		if got := defaultRoute(table); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestVirtual(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"eth0/device", "br0/bridge", "br0/brif/eth1", "lab/bridge", "lab/brif/vnet3", "empty/bridge", "empty/brif"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{"eth0": false, "br0": false, "lab": true, "empty": true, "docker0": true, "veth12ab": true, "br-0123456789ab": true, "br-lan": false, "tun0": true, "wlan0": false} {
		if got := virtual(root, name); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

// The process of this very test holds a port, and is found by it.
func TestHolder(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).AddrPort().Port()
	if got := Holder("tcp", port); !strings.HasSuffix(got, ", process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("%q", got)
	}
	if got := holder(fstest.MapFS{"net/tcp": {Data: []byte("  sl  local_address\n 0: 0100007F:0050 00000000:0000 0A 0 0 0 0 0 77\nbroken\n")}, "1/fd/3": {Data: []byte("socket:[77]"), Mode: fs.ModeSymlink}}, "tcp", 80); got != "process 1" {
		t.Errorf("without a name: %q", got)
	}
	if got := holder(fstest.MapFS{}, "udp", 80); got != "" {
		t.Errorf("nothing to read: %q", got)
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	list, err := Networks()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		if !n.Subnet.Contains(n.Address) || n.Address.IsLoopback() || n.Interface == "lo" {
			t.Errorf("%+v", n)
		}
	}
}
