package cli

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"syscall"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/lan"
)

// doorState is a door for phones and whether it opened.
type doorState struct {
	Door    string `json:"door"`
	Address string `json:"address"` // that was wanted
	Open    bool   `json:"open"`
	Instead string `json:"instead,omitempty"` // that is open in its place
	Why     string `json:"why,omitempty"`     // it did not open
	Lost    string `json:"lost,omitempty"`    // what phones cannot do without it
	Grant   string `json:"grant,omitempty"`   // the line that gives the right to it
}

// phoneDoor is a kind of door that phones come by.
type phoneDoor struct {
	name, transport string
	list            func(*config.Config) *[]string
	instead         string // address that is tried where the standard one is taken; "" for none
	lost            string
}

func phoneDoors() []phoneDoor {
	d := config.Default().Listen
	return []phoneDoor{
		{"provision_https", "tcp", func(c *config.Config) *[]string { return &c.Listen.ProvisionHTTPS }, d.ProvisionHTTPS[0],
			"phones get their secrets by HTTPS alone: without it none is configured"},
		{"provision_http", "tcp", func(c *config.Config) *[]string { return &c.Listen.ProvisionHTTP }, d.ProvisionHTTP[0],
			"AudioCodes phones find the way by it (DHCP option 160), and phones that do not take HTTPS from the box"},
		{"tftp", "udp", func(c *config.Config) *[]string { return &c.Listen.TFTP }, "",
			"old phones that know TFTP alone, and phones that recover their firmware"},
		{"ftp", "tcp", func(c *config.Config) *[]string { return &c.Listen.FTP.Listen }, "", "phones that are set to FTP"},
		{"cwmp_https", "tcp", func(c *config.Config) *[]string { return &c.Listen.CWMPHTTPS }, "", "commands to phones: they report and are told what to do by TR-069"},
		{"cwmp_http", "tcp", func(c *config.Config) *[]string { return &c.Listen.CWMPHTTP }, "", "phones that are sent here for TR-069 without TLS"},
		{"ipp", "tcp", func(c *config.Config) *[]string { return &c.Listen.IPP }, "", "AudioCodes phones: how they stand, their alarms, and commands to them"},
	}
}

// standard sets the ports at which phones look by themselves.
func standard(c *config.Config, n lan.Network) {
	l := &c.Listen
	l.ProvisionHTTP, l.ProvisionHTTPS, l.TFTP, l.FTP.Listen = []string{":80"}, []string{":443"}, []string{":69"}, []string{":21"}
	c.PnP.Interfaces = []string{n.Interface}
}

// tellPhones sets where phones are sent: to this machine's address in their own
// network.
func tellPhones(c *config.Config, n lan.Network) {
	at := func(scheme, usual string, list []string) string {
		if len(list) == 0 {
			return ""
		}
		_, port, err := net.SplitHostPort(list[0])
		if err != nil {
			return "" // Load has checked it
		}
		host := n.Address.String()
		if port == usual {
			return scheme + "://" + host
		}
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	l := c.Listen
	c.PhoneURLs.HTTPS, c.PhoneURLs.HTTP = at("https", "443", l.ProvisionHTTPS), at("http", "80", l.ProvisionHTTP)
	c.PhoneURLs.TFTP, c.PhoneURLs.FTP = at("tftp", "69", l.TFTP), at("ftp", "21", l.FTP.Listen)
	c.PhoneURLs.CWMP, c.PhoneURLs.IPP = at("https", "443", l.CWMPHTTPS), at("http", "80", app.ReportsFirst(l.IPP))
}

// openable tries every door for phones, and takes those that do not open out of
// the settings: one that is taken must not keep the others shut.
func openable(ctx context.Context, c *config.Config) (out []doorState) {
	network := dial.New(dial.Policy{})
	for _, d := range phoneDoors() {
		list := d.list(c)
		var open []string
		for _, addr := range *list {
			s := d.try(ctx, network, addr)
			switch {
			case s.Open:
				open = append(open, addr)
			case s.Instead != "":
				open = append(open, s.Instead)
			}
			out = append(out, s)
		}
		*list = open
	}
	names := c.PnP.Interfaces
	c.PnP.Interfaces = nil
	for _, name := range names {
		s := doorState{Door: "pnp", Address: app.SeekersGroup + " on " + name, Lost: "phones that ask their network for a server (SIP plug and play)"}
		err := app.TrySeekers(ctx, name)
		if s.Open = err == nil; s.Open {
			c.PnP.Interfaces = append(c.PnP.Interfaces, name)
			s.Lost = ""
		} else {
			s.Why = err.Error()
		}
		out = append(out, s)
	}
	return out
}

func (d phoneDoor) try(ctx context.Context, network *dial.Machine, addr string) doorState {
	s := doorState{Door: d.name, Address: addr}
	err := d.open(ctx, network, addr)
	if err == nil {
		s.Open = true
		return s
	}
	s.Why, s.Grant = because(err, d.transport, addr)
	if d.instead != "" && d.instead != addr && d.open(ctx, network, d.instead) == nil {
		s.Instead = d.instead
		s.Lost = "nothing for phones that are told the port; a phone that looks at the standard port by itself finds nobody"
		return s
	}
	s.Lost = d.lost
	return s
}

func (d phoneDoor) open(ctx context.Context, network *dial.Machine, addr string) error {
	if d.transport == "udp" {
		c, err := network.ListenPacket(ctx, "udp", addr)
		if err != nil {
			return err
		}
		return c.Close()
	}
	l, err := network.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}

// because says why an address does not open, and which line would change that.
func because(err error, transport, addr string) (why, grant string) {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		why = "the port is taken"
		if who := lan.Holder(transport, portOf(addr)); who != "" {
			why += " by " + who
		}
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		why = "this user may not open ports below 1024"
		grant = "sudo setcap cap_net_bind_service=+ep " + program()
	default:
		why = err.Error()
	}
	return why, grant
}

// portOf is the port at an address's end; 0 where it has none.
func portOf(addr string) uint16 {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

func program() string {
	path, err := os.Executable()
	if err != nil {
		return "bellwether"
	}
	return path
}

// anyDoor refuses to serve where no phone could get its secrets.
func anyDoor(c config.Config, doors []doorState) error {
	if len(c.Listen.ProvisionHTTPS) > 0 {
		return nil
	}
	i := slices.IndexFunc(doors, func(d doorState) bool { return d.Door == "provision_https" })
	if i < 0 {
		return fault.New(fault.Invalid, "the configuration file has no HTTPS door (listen.provision_https), and without it no phone is configured")
	}
	return fault.New(fault.Unavailable, "HTTPS for phones does not open: %s. Without it no phone is configured", doors[i].Why)
}
