package cli

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/domain/access"
	"bellwether/internal/domain/dhcp"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/lan"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors/all"
)

type upCmd struct {
	where
	Interface string `help:"Network interface that the phones are on; without it, the one of the default route." placeholder:"NAME"`
	Address   string `help:"Address of this machine that the phones are to call." placeholder:"IP"`
	Registrar bool   `help:"Start the small SIP registrar with an echo too, and make accounts on it."`
	DHCP      string `name:"dhcp" enum:"dnsmasq,kea,dhcpd,mikrotik,windows" default:"dnsmasq" help:"Make of the DHCP server that lines are printed for: ${enum}."`
	Rewrite   bool   `help:"Replace a configuration file that was edited by hand; the old one is kept as FILE.old."`
	JSON      bool   `help:"Say everything for machines, in one object."`
}

// plugIn is the console's page on which a first phone comes in.
const plugIn = "/plug-in"

// ready is what "up" tells once everything is open.
type ready struct {
	Network   lan.Network
	Others    []lan.Network
	Doors     []doorState
	File      fileState
	Org       org.Org
	Site      string // that the network belongs to; "" where none covers it
	DHCP      string
	Trial     *trial // nil without the registrar
	Console   string
	Link      string
	FirstTime bool // the link makes the first operator
}

// Run finds the phones' network, opens the standard ports on it and serves until
// the program is told to stop.
func (c *upCmd) Run(ctx context.Context, s *session) error {
	r := &ready{}
	var err error
	if r.Network, r.Others, err = c.network(); err != nil {
		return misuse{err}
	}
	cfg, err := c.settle(ctx, s, r)
	if err != nil {
		return err
	}
	var voice *app.Registrar
	done := make(chan struct{})
	err = s.serve(ctx, cfg, dial.New(dial.Policy{}), func(a *app.App) error {
		sys := scope.AsSystem(ctx, "bellwether up")
		if err := r.begin(sys, a); err != nil {
			return fmt.Errorf("make the organization and its site: %w", err)
		}
		if c.Registrar {
			if voice, err = r.openTrial(ctx, a); err != nil {
				return fmt.Errorf("open the registrar: %w", err)
			}
			go func() {
				defer close(done)
				_ = voice.Run(ctx) // it ends with the program
			}()
		}
		if err := r.tell(sys, a, c.DHCP); err != nil {
			return err
		}
		if c.JSON {
			return s.printJSON(r.machine())
		}
		s.print("%s", r.text(a, c))
		return nil
	})
	if voice != nil {
		<-done
	}
	return err
}

// network finds where the phones are, and what else there is.
func (c *upCmd) network() (lan.Network, []lan.Network, error) {
	var at netip.Addr
	if c.Address != "" {
		var err error
		if at, err = netip.ParseAddr(c.Address); err != nil || !at.Is4() {
			return lan.Network{}, nil, fault.New(fault.Invalid, "--address: an IPv4 address of this machine is wanted, as 192.0.2.10")
		}
	}
	list, err := lan.Networks()
	if err != nil {
		return lan.Network{}, nil, err
	}
	n, err := lan.Choose(list, c.Interface, at)
	if err != nil {
		return n, nil, err
	}
	var others []lan.Network
	for _, o := range list {
		if o != n && !o.Virtual {
			others = append(others, o)
		}
	}
	return n, others, nil
}

// settle finds out which doors open, and writes the configuration file, unless it
// was edited: then what stands there counts.
func (c *upCmd) settle(ctx context.Context, s *session, r *ready) (config.Config, error) {
	data := c.Data
	if data == "" {
		data = config.Default().DataDir
	}
	file := c.Config
	if file == "" {
		file = filepath.Join(data, "bellwether.yaml")
	}
	held, err := readOwn(file)
	if err != nil {
		return config.Config{}, err
	}
	r.File = fileState{Path: file, Edited: held.edited && !c.Rewrite}
	if r.File.Edited {
		cfg, err := where{Config: file, Data: c.Data}.load(s)
		if err != nil {
			return cfg, err
		}
		r.Doors = openable(ctx, &cfg)
		return cfg, anyDoor(cfg, r.Doors)
	}
	cfg, err := config.Load(config.Sources{Flags: map[string]string{"data_dir": data}})
	if err != nil {
		return cfg, misuse{err}
	}
	standard(&cfg, r.Network)
	r.Doors = openable(ctx, &cfg)
	tellPhones(&cfg, r.Network)
	if err := anyDoor(cfg, r.Doors); err != nil {
		return cfg, err
	}
	if r.File.Written, err = held.write(file, cfg); err != nil {
		return cfg, err
	}
	return where{Config: file, Data: c.Data}.load(s)
}

// tell makes what is printed: the lines for the DHCP server and the link.
func (r *ready) tell(ctx context.Context, a *app.App, server string) error {
	set, err := all.New()
	if err != nil {
		return err
	}
	scopes, err := dhcp.Plan(set, app.Doors(a.Config, a.Addrs()), dhcp.Extra{})
	if err != nil {
		return fmt.Errorf("write the lines for the DHCP server: %w", err)
	}
	if r.DHCP, err = dhcp.Write(dhcp.Server(server), scopes); err != nil {
		return err
	}
	r.Console = consoleURL(a)
	r.Link = r.Console + plugIn
	has, err := a.Access.HasOwner(ctx)
	if err != nil || has {
		return err
	}
	link, err := a.Access.NewSetupLink(ctx, access.First, "")
	if err != nil {
		return err
	}
	r.FirstTime, r.Link = true, r.Console+"/setup/"+link.Reveal()+"?next="+plugIn
	return nil
}
