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
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/domain/access"
	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors/allsim"
)

type demoCmd struct {
	Data   string `help:"Data directory of the demo." default:"data/demo" placeholder:"DIR"`
	Phones int    `help:"How many virtual phones." default:"6"`
}

const (
	// demoMinute is how long one of the phones' minutes lasts.
	demoMinute = 250 * time.Millisecond
	// demoEvery is how often they look for a new configuration, in their minutes.
	demoEvery   = 60
	demoStagger = 2 * time.Second
	mostDemo    = 500
)

// Run serves on this machine alone, fills the database once, and lets virtual
// phones live with it.
func (c *demoCmd) Run(ctx context.Context, s *session) error {
	if c.Phones < 1 || c.Phones > mostDemo {
		return wrongUse("--phones: 1 to %d", mostDemo)
	}
	cfg, err := c.settings(s)
	if err != nil {
		return misuse{err}
	}
	var phones sync.WaitGroup
	defer phones.Wait()
	return s.serve(ctx, cfg, nextFree{dial.New(dial.Policy{})}, func(a *app.App) error {
		voice, err := registrarOf(ctx, a)
		if err != nil {
			return fmt.Errorf("open the demo's registrar: %w", err)
		}
		phones.Go(func() { _ = voice.Run(ctx) }) // it ends with the program
		hotel, err := seed(scope.AsSystem(ctx, "demo"), a, c.Phones, voice.Addr())
		if err != nil {
			return fmt.Errorf("fill the demo: %w", err)
		}
		ca, err := openCA(c.Data, a.Clock.Now())
		if err == nil {
			err = ca.trusted(scope.AsSystem(ctx, "demo"), a, hotel.rooms[0].MAC)
		}
		if err != nil {
			return fmt.Errorf("make %s: %w", demoCAName, err)
		}
		fleet, err := virtual(a, hotel, ca, voice.Addr())
		if err != nil {
			return fmt.Errorf("make the virtual phones: %w", err)
		}
		if err := s.banner(ctx, a, c, hotel, voice.Addr()); err != nil {
			return err
		}
		phones.Go(func() { _ = fleet.Run(ctx) })
		phones.Go(func() {
			patient, cancel := context.WithTimeout(ctx, voicePatient)
			defer cancel()
			s.firstCall(patient, fleet.Phones()[0], voice.Echo())
		})
		return nil
	})
}

// settings are those of the environment, on loopback addresses only.
func (c *demoCmd) settings(s *session) (config.Config, error) {
	cfg, err := config.Load(config.Sources{Env: s.env, Flags: map[string]string{"data_dir": c.Data}, Demo: true})
	if err != nil {
		return cfg, err
	}
	if !slices.ContainsFunc(s.env, func(e string) bool { return len(e) > len(levelEnv) && e[:len(levelEnv)] == levelEnv }) {
		cfg.Log.Level = "warn" // the banner is for people
	}
	l, usual := &cfg.Listen, config.Default().Listen
	for _, d := range []struct{ list, usual *[]string }{
		{&l.Admin, &usual.Admin}, {&l.ProvisionHTTP, &usual.ProvisionHTTP}, {&l.ProvisionHTTPS, &usual.ProvisionHTTPS}, {&l.CWMPHTTPS, &usual.CWMPHTTPS}, {&l.Metrics, &usual.Metrics},
	} {
		for i, addr := range *d.list {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return cfg, err
			}
			if host == "" && slices.Equal(*d.list, *d.usual) {
				host = "127.0.0.1"
			}
			if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
				return cfg, fault.New(fault.Invalid, "the demo keeps to this machine, and %s does not", addr)
			}
			(*d.list)[i] = net.JoinHostPort(host, port)
		}
	}
	cfg.PnP = config.PnP{}
	cfg.Listen = config.Listen{Admin: l.Admin, Metrics: l.Metrics, ProvisionHTTP: l.ProvisionHTTP, ProvisionHTTPS: l.ProvisionHTTPS, CWMPHTTPS: l.CWMPHTTPS}
	return cfg, nil
}

const levelEnv = "BELLWETHER_LOG_LEVEL="

// nextFree is a network that takes the next port where one is taken.
type nextFree struct{ dial.Network }

// portTries is how many ports are tried.
const portTries = 50

// Listen announces on the address or on one of the ports behind it.
func (n nextFree) Listen(ctx context.Context, network, addr string) (net.Listener, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	first, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	for port := first; ; port++ {
		l, err := n.Network.Listen(ctx, network, net.JoinHostPort(host, strconv.Itoa(port)))
		if !errors.Is(err, syscall.EADDRINUSE) || port-first >= portTries {
			return l, err
		}
	}
}

// virtual makes the phones of the hotel. They trust our authority as phones do
// that had it installed before. Some know no secret address and prove themselves by
// a certificate.
func virtual(a *app.App, h hotel, ca *phonesCA, voice netip.AddrPort) (*phone.Fleet, error) {
	all, err := allsim.New()
	if err != nil {
		return nil, err
	}
	persona, label, ok := all.Find("", demoModel)
	if !ok {
		return nil, fault.New(fault.Internal, "nobody plays the model %s", demoModel)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(a.CA.Roots()) {
		return nil, fault.New(fault.Internal, "there is no certificate authority")
	}
	own := make([][]tls.Certificate, len(h.rooms))
	for i, r := range h.rooms {
		if !byCertificate(i) {
			continue
		}
		cert, err := ca.issue(r.MAC)
		if err != nil {
			return nil, err
		}
		own[i] = []tls.Certificate{cert}
	}
	network := phoneNetwork()
	return phone.NewFleet(phone.FleetConfig{Count: len(h.rooms), Seed: 1, Stagger: demoStagger, Clock: clock.System{}, Make: func(i int) phone.Config {
		folder := h.rooms[i].url
		if own[i] != nil {
			folder, _, _ = strings.Cut(folder, "/p/")
			folder += "/"
		}
		return phone.Config{MAC: h.rooms[i].MAC, Model: label, Persona: persona, ServerURL: folder, Network: network,
			TLS: &tls.Config{RootCAs: roots, Certificates: own[i], MinVersion: tls.VersionTLS12}, Log: a.Log, MinutesAs: demoMinute, SIP: voiceOf(i, voice), CWMP: managedOf(i, voice)}
	}})
}

// banner says where everything is.
func (s *session) banner(ctx context.Context, a *app.App, c *demoCmd, h hotel, voice netip.AddrPort) error {
	ca := filepath.Join(c.Data, "ca.pem")
	if err := os.WriteFile(ca, a.CA.Roots(), 0o644); err != nil { //nolint:gosec // it is public
		return fmt.Errorf("write the certificate authority: %w", err)
	}
	link, err := a.Access.NewSetupLink(scope.AsSystem(ctx, "demo"), access.SignIn, h.operator.ID)
	if err != nil {
		return err
	}
	console, file := consoleURL(a), "cfg"+h.rooms[0].MAC.String()+".xml"
	s.print(`Bellwether demo: a small hotel with %d virtual phones, all on this machine.

Console, signed in as %q (the link opens once, within 30 minutes):
%s

API documentation:
%s

One phone's own file, as the phone gets it (the address is that phone's secret):
curl --cacert %s %s

What anybody gets for its name alone:
curl %s

The first phones are registered at the demo's own SIP registrar, %s. Any SIP
phone on this machine may do the same, with any user and password; 600 answers
and sends speech back.

%s

%d of the phones know no such address. They come by a certificate of the demo's own
CA, which stands under Settings and is no maker's.

The phones look for a new configuration every %d of their minutes. One of their
minutes lasts %s here, so that is every %s.
Stop with Ctrl-C. The data stays in %s, and the next start goes on with it.
`, len(h.rooms), h.operator.Login, console+"/setup/"+link.Reveal(), console+"/api/docs", ca, h.rooms[0].url+file, clearBase(a)+file, voice, h.managed(), len(h.rooms)/3,
		demoEvery, demoMinute, demoEvery*demoMinute, c.Data)
	return nil
}

// clearBase is the clear door's address.
func clearBase(a *app.App) string {
	for _, addr := range a.Addrs()["provision_http"] {
		return "http://" + addr + "/"
	}
	return "http://localhost/"
}
