package dhcp

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// mikrotik writes commands for RouterOS 7 (its manual, "DHCP", from memory and
// not tried on a router). A matcher of RouterOS knows options and no addresses,
// so phones of a make without a known vendor class need its option set on their
// network or their lease.
func mikrotik(scopes []Scope) string {
	var b strings.Builder
	b.WriteString("# Phones of Bellwether, for RouterOS 7.4 or newer. Put your DHCP server's name and pool in place of dhcp1 and pool1.\n")
	for _, s := range scopes {
		fmt.Fprintf(&b, "\n# %s\n", s.Vendor)
		var names []string
		for _, o := range s.Options {
			name := s.name() + "-" + strconv.Itoa(int(o.Code))
			names = append(names, name)
			value := "'" + string(o.Data) + "'"
			if o.Kind != Text {
				value = "0x" + hex.EncodeToString(o.Data)
			}
			fmt.Fprintf(&b, "/ip dhcp-server option add name=%s code=%d value=\"%s\" comment=\"%s\"\n", name, o.Code, value, o.Note)
		}
		fmt.Fprintf(&b, "/ip dhcp-server option sets add name=%s options=%s\n", s.name(), strings.Join(names, ","))
		if s.Class != "" {
			fmt.Fprintf(&b, "/ip dhcp-server matcher add name=%s server=dhcp1 address-pool=pool1 code=60 matching-type=substring value=\"%s\" option-set=%s\n", s.name(), s.Class, s.name())
			continue
		}
		fmt.Fprintf(&b, "# What vendor class these phones send is not known. Where they have a network of their own:\n# /ip dhcp-server network set [find comment=phones] dhcp-option-set=%s\n", s.name())
	}
	return b.String()
}

// windows writes PowerShell for the DHCP role (the DhcpServer module's reference,
// from memory and not tried on a server).
func windows(scopes []Scope) string {
	var b strings.Builder
	b.WriteString("# Phones of Bellwether, for the DHCP role of Windows Server. Run as an administrator on the server.\n")
	defined := map[uint8]bool{}
	for _, s := range scopes {
		for _, o := range s.Options {
			if o.custom() && !defined[o.Code] {
				defined[o.Code] = true
				fmt.Fprintf(&b, "Add-DhcpServerv4OptionDefinition -OptionId %d -Name \"Bellwether %d\" -Type String\n", o.Code, o.Code)
			}
		}
	}
	for _, s := range scopes {
		var macs []string
		for _, o := range s.OUIs {
			macs = append(macs, `"`+strings.ToUpper(o)+`*"`)
		}
		fmt.Fprintf(&b, "\nAdd-DhcpServerv4Policy -Name \"%s\" -Condition OR -MacAddress EQ,%s\n", s.name(), strings.Join(macs, ","))
		for _, o := range s.Options {
			fmt.Fprintf(&b, "Set-DhcpServerv4OptionValue -PolicyName \"%s\" -OptionId %d -Value %s # %s\n", s.name(), o.Code, windowsValue(o), o.Note)
		}
	}
	return b.String()
}

func windowsValue(o Option) string {
	switch o.Kind {
	case Addresses:
		return o.addresses(",")
	case Raw:
		var list []string
		for _, c := range o.Data {
			list = append(list, fmt.Sprintf("0x%02x", c))
		}
		return strings.Join(list, ",")
	case Text:
	}
	return `"` + string(o.Data) + `"`
}
