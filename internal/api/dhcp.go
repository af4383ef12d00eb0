package api

import (
	"context"
	"encoding/hex"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/dhcp"
	"bellwether/internal/platform/fault"
)

// DHCP is what makes a DHCP server send phones to us.
type DHCP struct {
	Server string      `json:"server"`
	Text   string      `json:"text" doc:"lines for the server's configuration"`
	Scopes []DHCPScope `json:"scopes" doc:"the same, as it will stand on the wire"`
}

// DHCPScope is the phones of one make and what they are told.
type DHCPScope struct {
	Vendor  string       `json:"vendor"`
	OUIs    []string     `json:"ouis" doc:"how their MACs begin"`
	Class   string       `json:"class" doc:"how option 60 of their requests begins; empty where that is not known"`
	Options []DHCPOption `json:"options"`
}

// DHCPOption is one option.
type DHCPOption struct {
	Code int    `json:"code"`
	Text string `json:"text" doc:"where it is a text"`
	Hex  string `json:"hex"`
	Note string `json:"note"`
}

func (a *API) dhcp() {
	register(a, op(http.MethodGet, "/orgs/{org}/dhcp", "get-dhcp", "Lines for a DHCP server that send phones here"), func(ctx context.Context, in *struct {
		OrgRef
		Server   string `query:"server" required:"true" enum:"kea,dnsmasq,dhcpd,mikrotik,windows"`
		Vendor   string `query:"vendor" maxLength:"64" doc:"of the phones; empty for all"`
		Time     string `query:"time" maxLength:"256" doc:"time servers, IPv4 addresses with a comma between them"`
		VLAN     int    `query:"vlan" minimum:"0" maximum:"4094" doc:"0 for none"`
		Priority int    `query:"priority" minimum:"0" maximum:"7" doc:"802.1p; 0 for none"`
		Option43 string `query:"option43" maxLength:"510" doc:"for experts: the bytes of option 43 in hexadecimal, pairs of code and value"`
	}) (*Plain[DHCP], error) {
		if _, _, err := a.in(ctx, in.Org, access.DeviceRead); err != nil {
			return nil, err
		}
		x := dhcp.Extra{Vendor: in.Vendor, VLAN: in.VLAN, Priority: in.Priority}
		var err error
		if x.Time, err = dhcp.ParseTime(in.Time); err != nil {
			return nil, err
		}
		if x.Vendor43, err = hex.DecodeString(in.Option43); err != nil {
			return nil, fault.InvalidFields("the options are not valid", fault.Field{Path: "option43", Message: "hexadecimal digits are wanted"})
		}
		scopes, err := dhcp.Plan(a.Vendors, a.Doors(), x)
		if err != nil {
			return nil, err
		}
		text, err := dhcp.Write(dhcp.Server(in.Server), scopes)
		return plain(DHCP{Server: in.Server, Text: text, Scopes: dhcpScopes(scopes)}), err
	})
}

func dhcpScopes(scopes []dhcp.Scope) []DHCPScope {
	out := []DHCPScope{}
	for _, s := range scopes {
		v := DHCPScope{Vendor: s.Vendor, OUIs: s.OUIs, Class: s.Class, Options: []DHCPOption{}}
		for _, o := range s.Options {
			w := DHCPOption{Code: int(o.Code), Hex: hex.EncodeToString(o.Data), Note: o.Note}
			if o.Kind == dhcp.Text {
				w.Text = string(o.Data)
			}
			v.Options = append(v.Options, w)
		}
		out = append(out, v)
	}
	return out
}
