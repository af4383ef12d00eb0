package cli

import (
	"context"
	"encoding/hex"

	"bellwether/internal/app"
	"bellwether/internal/domain/dhcp"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/all"
)

type dhcpCmd struct {
	where
	Server   string `required:"" enum:"kea,dnsmasq,dhcpd,mikrotik,windows" help:"Make of the DHCP server: ${enum}."`
	URL      string `name:"url" help:"Where phones find us, as https://host[:port]; without it, as the settings say." placeholder:"URL"`
	Vendor   string `help:"Make of the phones; without it, all."`
	Time     string `help:"Time servers: IPv4 addresses with commas between them."`
	VLAN     int    `name:"vlan" help:"VLAN of the phones."`
	Priority int    `help:"802.1p priority of the phones."`
	Option43 string `name:"option43" help:"For experts: the bytes of option 43 in hexadecimal."`
}

// Run prints what makes a DHCP server send phones to us. It opens no database.
func (c *dhcpCmd) Run(_ context.Context, s *session) error {
	cfg, err := c.load(s)
	if err != nil {
		return err
	}
	x := dhcp.Extra{Vendor: c.Vendor, VLAN: c.VLAN, Priority: c.Priority}
	if x.Time, err = dhcp.ParseTime(c.Time); err != nil {
		return misuse{err}
	}
	if x.Vendor43, err = hex.DecodeString(c.Option43); err != nil {
		return wrongUse("--option43: hexadecimal digits are wanted")
	}
	doors := app.Doors(cfg, nil)
	if c.URL != "" {
		if doors, err = vendors.ParseDoor(c.URL); err != nil {
			return misuse{err}
		}
	}
	set, err := all.New()
	if err != nil {
		return err
	}
	scopes, err := dhcp.Plan(set, doors, x)
	if fault.Is(err, fault.Conflict) {
		return wrongUse("nothing says where phones find us: set phone_urls, or give --url")
	}
	if err != nil {
		return misuse{err}
	}
	text, err := dhcp.Write(dhcp.Server(c.Server), scopes)
	if err == nil {
		_, err = s.out.Write([]byte(text))
	}
	return err
}
