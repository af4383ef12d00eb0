// Package lan tells what networks this machine hangs on, which of them phones
// are likely to be on, and who holds a port. It reads what the kernel shows and
// changes nothing. Start reading at Networks and Choose.
package lan

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bellwether/internal/platform/fault"
)

// Network is one IPv4 address of the machine with the network that it is in.
type Network struct {
	Interface string
	Address   netip.Addr
	Subnet    netip.Prefix
	Default   bool // the default route leads out of its interface
	Virtual   bool // made for containers, virtual machines or tunnels: no phone is plugged in there
}

// String is the address with its interface: "192.0.2.1/24 on eth0".
func (n Network) String() string {
	return netip.PrefixFrom(n.Address, n.Subnet.Bits()).String() + " on " + n.Interface
}

// The places where the kernel shows its network.
const (
	routes  = "/proc/net/route"
	classes = "/sys/class/net"
)

// Networks lists the IPv4 networks of interfaces that are up, in the kernel's
// order: neither the machine's own loop, nor point-to-point links, nor addresses
// that a machine gives itself (RFC 3927).
func Networks() ([]Network, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	way := ""
	if b, err := os.ReadFile(routes); err == nil {
		way = defaultRoute(string(b))
	}
	var out []Network
	for _, i := range list {
		addrs, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 || i.Flags&(net.FlagLoopback|net.FlagPointToPoint) != 0 {
			continue
		}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err != nil || !p.Addr().Is4() || p.Addr().IsLinkLocalUnicast() {
				continue
			}
			out = append(out, Network{Interface: i.Name, Address: p.Addr(), Subnet: p.Masked(), Default: i.Name == way, Virtual: virtual(classes, i.Name)})
		}
	}
	return out, nil
}

// defaultRoute reads the interface of the default route with the lowest metric
// out of the kernel's table, which has its numbers in hexadecimal; "" for none.
func defaultRoute(table string) string {
	name, best := "", -1
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		metric := 0
		if _, err := fmt.Sscanf(f[6], "%d", &metric); err != nil {
			continue
		}
		if best < 0 || metric < best {
			name, best = f[0], metric
		}
	}
	return name
}

// made are names that container engines, hypervisors and tunnels give.
var made = regexp.MustCompile(`^(docker|veth|virbr|vnet|lxcbr|lxdbr|incusbr|podman|cni|cali|flannel|weave|kube|tun|tap|wg|tailscale|zt|dummy|br-[0-9a-f]{12}$)`)

// virtual reports whether an interface was made by software that no phone is
// plugged into: by its name, or because it is a bridge without a port of
// hardware. root is where the kernel shows interfaces.
func virtual(root, name string) bool {
	if made.MatchString(name) {
		return true
	}
	if _, err := os.Stat(filepath.Join(root, name, "bridge")); err != nil {
		return false
	}
	ports, err := os.ReadDir(filepath.Join(root, name, "brif"))
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(ports, func(p os.DirEntry) bool {
		return !made.MatchString(p.Name())
	})
}

// Choose picks the network to serve: the one that is named by interface or by
// address, else the one of the default route, else the only one there is. Virtual
// ones count only where they are named. It fails with fault.NotFound where nothing
// fits, and with fault.Conflict where several do; both errors list what there is.
func Choose(all []Network, name string, address netip.Addr) (Network, error) {
	fit := slices.DeleteFunc(slices.Clone(all), func(n Network) bool {
		if name == "" && !address.IsValid() {
			return n.Virtual
		}
		return name != "" && n.Interface != name || address.IsValid() && n.Address != address
	})
	if len(fit) == 0 {
		return Network{}, fault.New(fault.NotFound, "this machine has no such network for phones. It has %s; name one with --interface or --address", listed(all))
	}
	if len(fit) == 1 {
		return fit[0], nil
	}
	ways := slices.DeleteFunc(slices.Clone(fit), func(n Network) bool { return !n.Default })
	if len(ways) == 1 {
		return ways[0], nil
	}
	return Network{}, fault.New(fault.Conflict, "several networks could be the phones': %s. Name one with --interface or --address", listed(fit))
}

func listed(all []Network) string {
	if len(all) == 0 {
		return "none at all"
	}
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = n.String()
	}
	return strings.Join(texts, ", ")
}
