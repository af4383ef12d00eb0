package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/logx"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors/allsim"
)

type phoneCmd struct {
	Lease        string            `help:"What a DHCP server told the phones, instead of --server: lines of option=value (66=https://192.0.2.1/), or dhclient's file of leases. Read at each start." placeholder:"FILE"`
	Server       string            `help:"Folder in which the phones look for their files, by HTTPS, HTTP, TFTP, FTP or FTPS: https://host:port/, or with a path token https://host:port/p/<token>/." placeholder:"URL"`
	Vendor       string            `required:"" help:"Make of the phones."`
	Model        string            `required:"" help:"Model, as on the label."`
	Count        int               `default:"1" help:"How many."`
	MAC          string            `name:"mac" help:"Address of the first one; the others follow. Without it 02:00:00:00:00:01."`
	CA           string            `name:"ca" help:"PEM file with the roots that the phones come with from the factory." placeholder:"FILE"`
	Scenario     string            `default:"steady" help:"What happens to them: steady, reboot-storm or alarms."`
	For          time.Duration     `default:"0" help:"End after this long; without it, at SIGINT or SIGTERM."`
	Stagger      time.Duration     `default:"1s" help:"The first starts are spread over this long."`
	Minute       time.Duration     `default:"1m" help:"How long one of the phones' minutes lasts."`
	Seed         uint64            `default:"1" help:"The same seed makes the same fleet."`
	Address      string            `help:"IPv4 address of this machine that the first phone speaks SIP at; the others have the following ones. Without it they only fetch." placeholder:"IP"`
	PnP          bool              `name:"pnp" help:"They ask their network for a server first (SIP plug and play)."`
	CWMP         bool              `name:"cwmp" help:"They are managed by TR-069 as their settings say, at --address."`
	CWMPQuirk    []string          `name:"cwmp-quirk" help:"A way in which they depart from TR-069; as often as wanted. A wrong name lists them." placeholder:"NAME"`
	IPP          bool              `name:"ipp" help:"They report to a phone manager of their make as their settings say (AudioCodes)."`
	Firmware     string            `help:"Version that they run; one that begins with UC_ makes AudioCodes phones those for Microsoft's server." placeholder:"VERSION"`
	CWMPRefuse   map[string]int    `name:"cwmp-refuse" help:"A method of TR-069 that they answer with a fault; as often as wanted." placeholder:"METHOD=CODE"`
	Call         string            `help:"Number that each calls once it has registered, to say whether it was answered." placeholder:"NUMBER"`
	Set          map[string]string `mapsep:"none" help:"A setting that was typed in on the phone, in its own spelling; as often as wanted." placeholder:"NAME=VALUE"`
	Pages        bool              `help:"They show their web pages on this machine alone, at the ports that their settings say."`
	Broken       bool              `help:"Their partitions are broken: they recover by TFTP first."`
	RescueServer string            `help:"Where a broken phone asks, instead of at the fixed address of its guide (192.168.0.2)." placeholder:"HOST[:PORT]"`
	Verbose      bool              `help:"Tell of each request."`
	JSON         bool              `help:"Sum up for machines."`
}

// forever is how long a scenario without an end lasts.
const forever = 10 * 365 * 24 * time.Hour

// Run lets virtual phones live and sums up what became of them. At SIGHUP each is
// switched off and on.
func (c *phoneCmd) Run(ctx context.Context, s *session) error {
	f, err := c.fleet(s)
	if err != nil {
		return misuse{err}
	}
	bounds := phone.Bounds{For: c.For, Rounds: 1, Pause: c.Stagger}
	if bounds.For <= 0 {
		bounds.For = forever
	}
	beside := c.beside(ctx, s, f)
	err = phone.Play(ctx, f, c.Scenario, bounds)
	beside()
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return misuse{err}
	}
	if sum := s.sumUp(f, c.JSON); sum != nil {
		return sum
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (c *phoneCmd) fleet(s *session) (*phone.Fleet, error) {
	all, err := allsim.New()
	if err != nil {
		return nil, err
	}
	persona, label, ok := all.Find(c.Vendor, c.Model)
	if !ok {
		return nil, fault.New(fault.Invalid, "there is no virtual phone for %s %s", c.Vendor, c.Model)
	}
	first, err := c.first()
	if err != nil {
		return nil, err
	}
	lease, err := c.lease()
	if err != nil {
		return nil, err
	}
	roots, err := readRoots(c.CA)
	if err != nil {
		return nil, err
	}
	log, err := logx.New(s.err, logx.Text, c.level())
	if err != nil {
		return nil, err
	}
	at, err := c.address()
	if err != nil {
		return nil, err
	}
	managed, err := c.managed()
	if err != nil {
		return nil, err
	}
	network := phoneNetwork()
	return phone.NewFleet(phone.FleetConfig{Count: c.Count, Seed: c.Seed, Stagger: c.Stagger, Clock: clock.System{}, Make: func(i int) phone.Config {
		p := phone.Config{MAC: following(first, i), Model: label, Firmware: c.Firmware, Persona: persona, ServerURL: c.Server, Lease: lease, Settings: c.Set, Broken: c.Broken, RescueServer: c.RescueServer, Network: network, TLS: roots, Log: log, MinutesAs: c.Minute, IPP: c.reports(at)}
		if c.Pages {
			p.Web = nearby{network}
		}
		if at.IsValid() {
			c.speaks(&p, at)
			p.CWMP = managed(at)
			at = at.Next()
		}
		return p
	}})
}

// first is the address of the first phone.
func (c *phoneCmd) first() (mac.Address, error) {
	if c.MAC == "" {
		return phone.FleetMAC(0), nil
	}
	a, err := mac.Parse(c.MAC)
	if err != nil {
		return "", fault.New(fault.Invalid, "--mac: %v", err)
	}
	return a, nil
}

// reports is how a phone at an address reports to its maker's manager; nil for not.
func (c *phoneCmd) reports(at netip.Addr) *phone.IPP {
	if !c.IPP {
		return nil
	}
	return &phone.IPP{Address: at}
}

// speaks has a phone speak SIP at an address.
func (c *phoneCmd) speaks(p *phone.Config, at netip.Addr) {
	p.SIP = &phone.SIP{Address: at}
	if c.PnP {
		p.PnP = &phone.PnP{Address: at}
	}
}

func (c *phoneCmd) level() string {
	if c.Verbose {
		return "debug"
	}
	return "warn"
}

// phoneNetwork is the network as virtual phones see it: they may call this machine
// too, and ask the group of plug and play.
func phoneNetwork() dial.Network {
	return dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("224.0.1.75/32")}})
}

// nearby listens on this machine alone where no address is named.
type nearby struct{ dial.Network }

// Listen announces on the loopback address.
func (n nearby) Listen(ctx context.Context, network, addr string) (net.Listener, error) {
	if host, port, err := net.SplitHostPort(addr); err == nil && host == "" {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	return n.Network.Listen(ctx, network, addr)
}

// following is the address n after first.
func following(first mac.Address, n int) mac.Address {
	v, err := strconv.ParseInt(first.String(), 16, 64)
	if err != nil {
		return first // an Address is hexadecimal
	}
	return mac.Address(fmt.Sprintf("%012x", (v+int64(n))&0xffffffffffff))
}

func readRoots(file string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if file == "" {
		return c, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "read --ca")
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(b) {
		return nil, fault.New(fault.Invalid, "%s holds no certificates", file)
	}
	return c, nil
}

// outcome is what became of one phone, for machines.
type outcome struct {
	MAC      string            `json:"mac"`
	Boots    int               `json:"boots"`
	Fetches  int               `json:"fetches"`
	Applied  int               `json:"applied"`
	File     string            `json:"last_file"`
	Code     int               `json:"last_code"`
	Error    string            `json:"last_error"`
	Ignored  []string          `json:"ignored"`
	Settings map[string]string `json:"settings"`
	Sessions int               `json:"sessions"` // of TR-069, that went to their end
	Failures int               `json:"failures"` // sessions of TR-069 that did not
	Executed []executed        `json:"executed"`
}

// executed is a request of TR-069 that a phone has carried out.
type executed struct {
	Method string `json:"method"`
	Key    string `json:"key"`
}

func (s *session) sumUp(f *phone.Fleet, machine bool) error {
	if machine {
		list := []outcome{}
		for _, p := range f.Phones() {
			st, m := p.Status(), p.Management()
			done := []executed{}
			for _, e := range m.Executed {
				done = append(done, executed{e.Method, e.Key})
			}
			list = append(list, outcome{p.MAC().String(), st.Boots, st.Fetches, st.Applied, st.LastFile, st.LastCode, st.LastError, st.Ignored, p.Settings(), m.Sessions, m.Failures, done})
		}
		return s.printJSON(list)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PHONE\tSTARTS\tREQUESTS\tAPPLIED\tLAST FILE\tANSWER\tPROBLEM")
	for _, p := range f.Phones() {
		st := p.Status()
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%d\t%s\n", p.MAC().Colons(), st.Boots, st.Fetches, st.Applied, st.LastFile, st.LastCode, strings.TrimSpace(st.LastError))
	}
	return w.Flush()
}
