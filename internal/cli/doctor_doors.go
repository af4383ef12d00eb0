package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/lan"
)

// lookTime bounds each look at the network.
const lookTime = 5 * time.Second

// everyDoor is what the settings can open.
func everyDoor() []phoneDoor {
	return append(phoneDoors(),
		phoneDoor{"ftps", "tcp", func(c *config.Config) *[]string { return &c.Listen.FTPS }, "", "phones that are set to FTPS"},
		phoneDoor{"provision_https_legacy", "tcp", func(c *config.Config) *[]string { return &c.Listen.ProvisionHTTPSLegacy }, "", "old phones whose TLS the usual door does not speak"},
		phoneDoor{"admin", "tcp", func(c *config.Config) *[]string { return &c.Listen.Admin }, "", "the console and the API"},
		phoneDoor{"metrics", "tcp", func(c *config.Config) *[]string { return &c.Listen.Metrics }, "", "health checks and metrics"})
}

// doors looks at every address that the settings open.
func (c *checkup) doors(ctx context.Context) {
	network := dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	for _, d := range everyDoor() {
		list := *d.list(&c.cfg)
		if len(list) == 0 && d.name == "provision_https" {
			c.add("door", broken, "Give listen.provision_https an address, as :443.", "The settings open no HTTPS door for phones, and without it none is configured.")
		}
		for _, addr := range list {
			c.door(ctx, network, d, addr)
		}
	}
	for _, name := range c.cfg.PnP.Interfaces {
		if c.running != "" {
			continue
		}
		if err := app.TrySeekers(ctx, name); err != nil {
			c.add("door", broken, "Name another interface in pnp.interfaces, or none.", "Plug and play does not open on %s: %v.", name, err)
		}
	}
}

func (c *checkup) door(ctx context.Context, network *dial.Machine, d phoneDoor, addr string) {
	err := d.open(ctx, network, addr)
	holder := lan.Holder(d.transport, portOf(addr))
	what := d.name + " at " + addr
	switch {
	case portOf(addr) == 0:
		c.add("door", healthy, "", "%s takes a port of its own with each start.", d.name)
	case c.running == "" && err == nil:
		c.add("door", healthy, "", "%s can be opened.", what)
	case c.running != "" && err == nil:
		c.add("door", broken, "Start the program again; it may run with other settings.", "The program runs, and nothing listens for %s.", what)
	case errors.Is(err, syscall.EADDRINUSE) && (c.running != "" || c.cfg.Database != "") && (holder == "" || ours(holder)):
		c.add("door", healthy, "", "%s is open.", what)
	case c.running != "" && !errors.Is(err, syscall.EADDRINUSE):
		c.listens(ctx, network, d, addr)
	default:
		why, grant := because(err, d.transport, addr)
		do := "Stop who holds it, or give listen." + d.name + " another port."
		if grant != "" {
			do = "Grant it: " + grant
		}
		c.add("door", broken, do, "%s does not open: %s. Lost without it: %s.", what, why, d.lost)
	}
}

// ours reports whether a holder of a port is this program.
func ours(holder string) bool {
	const shown = 15 // letters that the kernel keeps of a name
	name, _, _ := strings.Cut(holder, ", process ")
	own := filepath.Base(program())
	return strings.HasPrefix(name, "bellwether") || name == own[:min(len(own), shown)]
}

// listens looks at a door that this user may not try to open.
func (c *checkup) listens(ctx context.Context, network *dial.Machine, d phoneDoor, addr string) {
	if d.transport == "udp" {
		c.add("door", doubtful, "Run doctor as the user that the program runs as.", "This user may not try %s at %s, so whether it is open is not known.", d.name, addr)
		return
	}
	conn, err := network.Dial(ctx, "tcp", reachable(addr))
	if err != nil {
		c.add("door", broken, "Start the program again; it may run with other settings.", "The program runs, and nobody answers for %s at %s.", d.name, addr)
		return
	}
	_ = conn.Close() // it was only to see
	c.add("door", healthy, "", "%s at %s is open.", d.name, addr)
}

// reachable is where this machine reaches a door of its own.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// addresses looks at where phones and people are told to find the program.
func (c *checkup) addresses(ctx context.Context) {
	base := app.Doors(c.cfg, nil).HTTPS
	if base == "" {
		c.add("address", doubtful, "Set phone_urls.https, or let \"bellwether up\" find this machine's address.", "Nothing says where phones find the program: phone_urls.https is empty, and public_url leads each phone to itself.")
	} else {
		c.host(ctx, "phones", base)
		c.add("dhcp", healthy, "", "Phones that DHCP is to lead here need lines in the DHCP server: \"bellwether dhcp --server dnsmasq\" prints them, also for kea, dhcpd, mikrotik and windows.")
	}
	if u, err := url.Parse(c.cfg.PublicURL); err == nil && u.Hostname() != "localhost" {
		if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() {
			c.host(ctx, "people", c.cfg.PublicURL)
		}
	}
}

// host looks whether an address leads here.
func (c *checkup) host(ctx context.Context, who, base string) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		c.add("address", broken, "Correct it in the settings.", "What %s are told is no address: %s.", who, base)
		return
	}
	list := []string{u.Hostname()}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil {
		if list, err = net.DefaultResolver.LookupHost(ctx, u.Hostname()); err != nil {
			c.add("address", broken, "Enter the name in the DNS that they use, or tell an address instead.", "The name %s, which %s are told, does not resolve here.", u.Hostname(), who)
			return
		}
	}
	switch here := slices.ContainsFunc(list, own); {
	case slices.ContainsFunc(list, loops) && !c.cfg.Demo:
		c.add("address", doubtful, "Tell an address of this machine in its network.", "%s leads all of the %s to themselves.", base, who)
	case !here:
		c.add("address", doubtful, "Nothing to do where a router or a load balancer passes it on; else correct it in the settings.", "%s, which %s are told, leads to %s, and this machine has no such address.", base, who, strings.Join(list, ", "))
	default:
		c.add("address", healthy, "", "The %s find the program at %s, which is this machine.", who, base)
	}
}

func loops(host string) bool { ip, err := netip.ParseAddr(host); return err == nil && ip.IsLoopback() }

// own reports whether an address is one of this machine's.
func own(host string) bool {
	list, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(list, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr().String() == host
	})
}

// certificate shakes hands with the HTTPS door as a phone does that has our
// authority.
func (c *checkup) certificate(ctx context.Context, a *app.App) {
	base, err := url.Parse(app.Doors(c.cfg, nil).HTTPS)
	i := slices.IndexFunc(c.cfg.Listen.ProvisionHTTPS, func(addr string) bool { return portOf(addr) != 0 })
	if c.running == "" || i < 0 || err != nil || base.Hostname() == "" {
		return // there is nobody to ask, or nothing to ask for
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	network := dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	conn, err := network.Dial(ctx, "tcp", reachable(c.cfg.Listen.ProvisionHTTPS[i]))
	if err != nil {
		return // the door itself was told of
	}
	defer func() { _ = conn.Close() }() // it was only to see
	client := tls.Client(conn, &tls.Config{RootCAs: a.CA.Pool(), ServerName: base.Hostname(), MinVersion: tls.VersionTLS12, Time: a.Clock.Now})
	switch err := client.HandshakeContext(ctx); {
	case err == nil:
		leaf := client.ConnectionState().PeerCertificates[0]
		c.add("certificate", healthy, "", "The HTTPS door's certificate is good for %s until %s, and is renewed by itself.", base.Hostname(), leaf.NotAfter.UTC().Format(time.DateOnly))
	case errors.As(err, new(x509.HostnameError)):
		c.add("certificate", broken, "Start the program again: it takes the names from public_url and phone_urls.", "The HTTPS door's certificate has not the name %s that phones call.", base.Hostname())
	default:
		c.add("certificate", broken, "Look at this machine's clock, and whether another program holds the port.", "The HTTPS door's certificate is not good for phones that call %s: %v.", base.Hostname(), err)
	}
}
