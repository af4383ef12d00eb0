package dhcp

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
)

// keaConfig is the part of Kea's Dhcp4 that is ours.
type keaConfig struct {
	Dhcp4 keaDhcp4 `json:"Dhcp4"`
}

type keaDhcp4 struct {
	Definitions []keaDefinition `json:"option-def,omitempty"`
	Classes     []keaClass      `json:"client-classes"`
}

type keaDefinition struct {
	Name  string `json:"name"`
	Code  uint8  `json:"code"`
	Type  string `json:"type"`
	Space string `json:"space"`
}

type keaClass struct {
	Name    string      `json:"name"`
	Test    string      `json:"test"`
	Options []keaOption `json:"option-data"`
}

type keaOption struct {
	Code   uint8  `json:"code"`
	Space  string `json:"space"`
	CSV    bool   `json:"csv-format"`
	Data   string `json:"data"`
	Always bool   `json:"always-send"`
}

// kea writes what is to be merged into Kea's configuration (Kea manual, "Client
// Classification", "Custom DHCPv4 Options"). Phones do not always ask for what
// they take, so it is sent unasked.
func kea(scopes []Scope) (string, error) {
	c := keaConfig{}
	defined := map[uint8]bool{}
	for _, s := range scopes {
		class := keaClass{Name: s.name(), Test: keaTest(s)}
		for _, o := range s.Options {
			if o.custom() && !defined[o.Code] {
				defined[o.Code] = true
				c.Dhcp4.Definitions = append(c.Dhcp4.Definitions, keaDefinition{"bellwether-" + strconv.Itoa(int(o.Code)), o.Code, "string", "dhcp4"})
			}
			k := keaOption{Code: o.Code, Space: "dhcp4", CSV: true, Data: string(o.Data), Always: true}
			switch o.Kind {
			case Text:
			case Addresses:
				k.Data = o.addresses(", ")
			case Raw:
				k.CSV, k.Data = false, strings.ToUpper(hex.EncodeToString(o.Data))
			}
			class.Options = append(class.Options, k)
		}
		c.Dhcp4.Classes = append(c.Dhcp4.Classes, class)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(c)
	return b.String(), err
}

func keaTest(s Scope) string {
	var tests []string
	if s.Class != "" {
		tests = append(tests, "substring(option[60].hex,0,"+strconv.Itoa(len(s.Class))+") == '"+s.Class+"'")
	}
	for _, o := range s.OUIs {
		tests = append(tests, "substring(pkt4.mac,0,3) == 0x"+o)
	}
	return strings.Join(tests, " or ")
}
