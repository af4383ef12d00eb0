package cli

import (
	"context"
	"net/netip"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
)

// lease is how the phones read theirs; nil where they were given a server instead.
func (c *phoneCmd) lease() (func() (phone.Lease, error), error) {
	switch {
	case c.Server != "" && c.Lease != "":
		return nil, fault.New(fault.Invalid, "--server and --lease exclude one another: a phone is sent by its lease, or was told by hand")
	case c.Server == "" && c.Lease == "" && !c.PnP:
		return nil, fault.New(fault.Invalid, "--server or --lease is wanted, or --pnp: where the phones look for their files")
	case c.Lease == "":
		return nil, nil
	}
	read := func() (phone.Lease, error) {
		b, err := os.ReadFile(c.Lease)
		if err != nil {
			return phone.Lease{}, fault.Wrap(fault.Invalid, err, "read --lease")
		}
		return phone.ReadLease(b)
	}
	_, err := read()
	return read, err
}

// address is where the first phone speaks SIP; none is no error.
func (c *phoneCmd) address() (netip.Addr, error) {
	if c.Address == "" {
		if c.PnP || c.Call != "" || c.CWMP {
			return netip.Addr{}, fault.New(fault.Invalid, "--pnp, --cwmp and --call need the phone's --address")
		}
		return netip.Addr{}, nil
	}
	at, err := netip.ParseAddr(c.Address)
	if err != nil || !at.Is4() || at.IsUnspecified() {
		return at, fault.New(fault.Invalid, "--address: one IPv4 address of this machine is wanted, as 192.0.2.10")
	}
	return at, nil
}

// managed is how the phones are managed by TR-069, each at its address; as nil where
// they are not.
func (c *phoneCmd) managed() (func(netip.Addr) *phone.CWMP, error) {
	quirks, err := phone.QuirksOf(c.CWMPQuirk)
	return func(at netip.Addr) *phone.CWMP {
		if !c.CWMP {
			return nil
		}
		return &phone.CWMP{Address: at, Quirks: quirks, Refuse: c.CWMPRefuse}
	}, err
}

// beside presses the phones' power buttons at SIGHUP and has them call, until the
// returned function is called.
func (c *phoneCmd) beside(ctx context.Context, s *session, f *phone.Fleet) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	button := make(chan os.Signal, 1)
	signal.Notify(button, syscall.SIGHUP)
	all.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-button:
				for _, p := range f.Phones() {
					p.Reboot()
				}
			}
		}
	})
	if c.Call != "" {
		for _, p := range f.Phones() {
			all.Go(func() { s.firstCall(ctx, p, c.Call) })
		}
	}
	return func() {
		signal.Stop(button)
		cancel()
		all.Wait()
	}
}
