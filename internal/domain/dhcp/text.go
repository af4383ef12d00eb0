package dhcp

import (
	"fmt"
	"strconv"
	"strings"
)

// dnsmasq writes lines for a file in /etc/dnsmasq.d (its manual page, --dhcp-mac,
// --dhcp-vendorclass, --dhcp-option-force).
func dnsmasq(scopes []Scope) string {
	var b strings.Builder
	b.WriteString("# Phones of Bellwether. A file of its own in /etc/dnsmasq.d, then restart dnsmasq.\n")
	for _, s := range scopes {
		fmt.Fprintf(&b, "\n# %s\n", s.Vendor)
		if s.Class != "" {
			fmt.Fprintf(&b, "dhcp-vendorclass=set:%s,%s\n", s.name(), s.Class)
		}
		for _, o := range s.OUIs {
			fmt.Fprintf(&b, "dhcp-mac=set:%s,%s:*:*:*\n", s.name(), oui(o))
		}
		for _, o := range s.Options {
			value := `"` + string(o.Data) + `"`
			switch o.Kind {
			case Text: // dnsmasq puts a zero byte behind those of 66 and 67, which receivers must drop (RFC 2132 §2)
			case Addresses:
				value = o.addresses(",")
			case Raw:
				value = colons(o.Data)
			}
			fmt.Fprintf(&b, "# %s\ndhcp-option-force=tag:%s,%d,%s\n", o.Note, s.name(), o.Code, value)
		}
	}
	return b.String()
}

// isc writes lines for dhcpd.conf (dhcpd.conf(5) "CLASSES", dhcp-options(5),
// dhcp-eval(5)).
func isc(scopes []Scope) string {
	var b strings.Builder
	b.WriteString("# Phones of Bellwether. At the top of /etc/dhcp/dhcpd.conf, outside any subnet, then restart dhcpd.\n")
	defined := map[uint8]bool{}
	for _, s := range scopes {
		for _, o := range s.Options {
			if o.custom() && !defined[o.Code] {
				defined[o.Code] = true
				fmt.Fprintf(&b, "option bellwether-%d code %d = text;\n", o.Code, o.Code)
			}
		}
	}
	for _, s := range scopes {
		var tests []string
		if s.Class != "" {
			tests = append(tests, fmt.Sprintf(`(substring(option vendor-class-identifier, 0, %d) = "%s")`, len(s.Class), s.Class))
		}
		for _, o := range s.OUIs {
			tests = append(tests, "(substring(hardware, 1, 3) = "+oui(o)+")")
		}
		fmt.Fprintf(&b, "\nclass \"%s\" {\n  match if %s;\n", s.name(), strings.Join(tests, "\n    or "))
		var codes []byte
		for _, o := range s.Options {
			codes = append(codes, o.Code)
			fmt.Fprintf(&b, "  option %s %s; # %s\n", iscName(o.Code), iscValue(o), o.Note)
		}
		// dhcpd sends what is asked for; so it is made to think that this was.
		fmt.Fprintf(&b, "  option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, %s);\n", colons(codes))
		b.WriteString("}\n")
	}
	return b.String()
}

// iscName is what dhcp-options(5) calls an option.
func iscName(code uint8) string {
	switch code {
	case optionTime:
		return "ntp-servers"
	case optionVendor:
		return "vendor-encapsulated-options"
	case 66:
		return "tftp-server-name"
	case 67:
		return "bootfile-name"
	}
	return "bellwether-" + strconv.Itoa(int(code))
}

func iscValue(o Option) string {
	switch o.Kind {
	case Addresses:
		return o.addresses(", ")
	case Raw:
		return colons(o.Data)
	case Text:
	}
	return `"` + string(o.Data) + `"`
}
