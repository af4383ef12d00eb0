// Package dhcp writes the lines that make a DHCP server of a customer's network
// send phones to us: for ISC Kea, dnsmasq, ISC dhcpd, MikroTik RouterOS and
// Windows. They hold our addresses alone, never a secret: a phone that comes by
// them is a stranger until it proves who it is.
//
// Everything here is a pure function. Plan says who gets what, Write puts it into
// a server's words. It is a noun of its own, beside provision, because what it
// makes is read by people and their servers and not by phones.
package dhcp

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// Server is a make of DHCP server.
type Server string

// The servers.
const (
	Kea      Server = "kea"
	Dnsmasq  Server = "dnsmasq"
	ISC      Server = "dhcpd"
	MikroTik Server = "mikrotik"
	Windows  Server = "windows"
)

// Servers lists them.
func Servers() []Server { return []Server{Kea, Dnsmasq, ISC, MikroTik, Windows} }

// Extra is what else phones may be told; the zero value is nothing.
type Extra struct {
	Vendor   string       // "" for all
	Time     []netip.Addr // time servers, option 42
	VLAN     int          // option 132, 1 to 4094; 0 for none
	Priority int          // option 133, 1 to 7; 0 for none
	// Vendor43 are the bytes of option 43, for experts: what phones read there
	// is not published. It wants a Vendor.
	Vendor43 []byte
}

// Scope is the phones of one make and what they are to be told.
type Scope struct {
	Vendor  string
	OUIs    []string // first three bytes, "000b82"
	Class   string   // how option 60 begins; "" for nothing known
	Options []Option // by code
}

// Option is one option. Data is what stands on the wire.
type Option struct {
	Code uint8
	Kind Kind
	Data []byte
	Note string
}

// Kind is how an option's bytes are to be written down.
type Kind uint8

// The kinds.
const (
	Text      Kind = iota
	Addresses      // IPv4, four bytes each
	Raw
)

// The options that are not the vendor's.
const (
	optionTime     = 42
	optionVendor   = 43
	optionVLAN     = 132
	optionPriority = 133
)

// mostTime bounds the time servers.
const mostTime = 4

// Plan says who is told what. It fails with fault.Invalid for what cannot be said,
// and with fault.Conflict where no door is open to phones.
func Plan(set *vendors.Set, doors vendors.Doors, x Extra) ([]Scope, error) {
	if err := x.check(set); err != nil {
		return nil, err
	}
	if doors.Folder() == "" {
		return nil, fault.New(fault.Conflict, "no door is open to phones, so there is no address to tell them")
	}
	var out []Scope
	for _, v := range set.All() {
		l, ok := v.(vendors.Leaser)
		if !ok || x.Vendor != "" && x.Vendor != v.Name() {
			continue
		}
		lease := l.Lease(doors)
		s := Scope{Vendor: v.Name(), OUIs: lease.OUIs, Class: lease.Class, Options: x.options()}
		for _, o := range lease.Options {
			if !plain(o.Text) {
				return nil, fault.New(fault.Invalid, "the address %q cannot be written into every server's file", o.Text)
			}
			s.Options = append(s.Options, Option{Code: o.Code, Data: []byte(o.Text), Note: o.Note})
		}
		slices.SortFunc(s.Options, func(a, b Option) int { return int(a.Code) - int(b.Code) })
		out = append(out, s)
	}
	return out, nil
}

func (x Extra) check(set *vendors.Set) error {
	var wrong []fault.Field
	add := func(path, message string) { wrong = append(wrong, fault.Field{Path: path, Message: message}) }
	if v, known := set.Get(x.Vendor); x.Vendor != "" {
		if _, ok := v.(vendors.Leaser); !known || !ok {
			add("vendor", "no such make of phone takes its address from DHCP")
		}
	}
	if len(x.Time) > mostTime || slices.ContainsFunc(x.Time, func(a netip.Addr) bool { return !a.Is4() }) {
		add("time", "at most 4 IPv4 addresses")
	}
	if x.VLAN < 0 || x.VLAN > 4094 {
		add("vlan", "1 to 4094")
	}
	if x.Priority < 0 || x.Priority > 7 {
		add("priority", "1 to 7")
	}
	if len(x.Vendor43) > limit.DHCPOption {
		add("option43", "at most 255 bytes")
	}
	if !tlv(x.Vendor43) {
		add("option43", "pairs of code and value are wanted: a byte for the code, one for the length, and so many bytes")
	}
	if len(x.Vendor43) > 0 && x.Vendor == "" {
		add("option43", "its content is one maker's own, so a vendor is wanted with it")
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("the options are not valid", wrong...)
	}
	return nil
}

// tlv reports whether bytes are encapsulated options (RFC 2132 §8.4).
func tlv(b []byte) bool {
	for len(b) > 0 {
		if len(b) < 2 || b[0] == 0 || b[0] == 255 || len(b) < 2+int(b[1]) {
			return false
		}
		b = b[2+int(b[1]):]
	}
	return true
}

func (x Extra) options() []Option {
	var out []Option
	if len(x.Time) > 0 {
		o := Option{Code: optionTime, Kind: Addresses, Note: "time servers"}
		for _, a := range x.Time {
			o.Data = append(o.Data, a.AsSlice()...)
		}
		out = append(out, o)
	}
	if len(x.Vendor43) > 0 {
		out = append(out, Option{Code: optionVendor, Kind: Raw, Data: x.Vendor43, Note: "as you gave it"})
	}
	if x.VLAN > 0 {
		out = append(out, Option{Code: optionVLAN, Data: []byte(strconv.Itoa(x.VLAN)), Note: "VLAN of the phones"})
	}
	if x.Priority > 0 {
		out = append(out, Option{Code: optionPriority, Data: []byte(strconv.Itoa(x.Priority)), Note: "802.1p priority"})
	}
	return out
}

// plain reports whether a text needs no quoting in any server's file.
func plain(s string) bool {
	return s != "" && len(s) <= limit.DHCPOption && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"'`\\$#,%{}|&", r)
	})
}

// Write puts a plan into a server's words. It fails with fault.Invalid for a
// server that it does not know.
func Write(s Server, scopes []Scope) (string, error) {
	switch s {
	case Kea:
		return kea(scopes)
	case Dnsmasq:
		return dnsmasq(scopes), nil
	case ISC:
		return isc(scopes), nil
	case MikroTik:
		return mikrotik(scopes), nil
	case Windows:
		return windows(scopes), nil
	}
	return "", fault.InvalidFields("the options are not valid", fault.Field{Path: "server", Message: "kea, dnsmasq, dhcpd, mikrotik or windows is wanted"})
}

// name is what a scope is called in the server's file.
func (s Scope) name() string { return "bellwether-" + s.Vendor }

// colons writes bytes in hexadecimal with colons.
func colons(b []byte) string {
	parts := make([]string, len(b))
	for i := range b {
		parts[i] = hex.EncodeToString(b[i : i+1])
	}
	return strings.Join(parts, ":")
}

// oui writes a prefix with colons.
func oui(s string) string {
	b, _ := hex.DecodeString(s) // a vendor's own constant
	return colons(b)
}

// addresses writes an option's addresses with a comma between them.
func (o Option) addresses(between string) string {
	var list []string
	for part := range slices.Chunk(o.Data, 4) {
		a, _ := netip.AddrFromSlice(part) // Plan made it of such
		list = append(list, a.String())
	}
	return strings.Join(list, between)
}

// custom reports whether servers have no name of their own for the option.
func (o Option) custom() bool { return o.Code >= optionVLAN }

// ParseTime reads time servers, addresses with commas between them; "" is none.
// It fails with fault.Invalid.
func ParseTime(s string) ([]netip.Addr, error) {
	var out []netip.Addr
	for part := range strings.SplitSeq(s, ",") {
		if s == "" {
			continue
		}
		a, err := netip.ParseAddr(strings.TrimSpace(part))
		if err != nil {
			return nil, fault.InvalidFields("the options are not valid", fault.Field{Path: "time", Message: "IPv4 addresses with commas between them are wanted"})
		}
		out = append(out, a)
	}
	return out, nil
}
