package vendors

import (
	"net/url"
	"strings"

	"bellwether/internal/platform/fault"
)

// Doors are where phones find us: bases without a slash at the end, "" for a
// door that is closed.
type Doors struct {
	HTTPS string // https://host[:port]
	HTTP  string // http://host[:port]
	TFTP  string // tftp://host[:port]
	CWMP  string // https://host[:port]/path
	IPP   string // http://host[:port]: where AudioCodes phones report
}

// Folder is the folder of configuration files at the best open door, with its
// slash; "" where none is open.
func (d Doors) Folder() string {
	for _, base := range []string{d.HTTPS, d.HTTP, d.TFTP} {
		if base != "" {
			return base + "/"
		}
	}
	return ""
}

// ParseDoor reads the base of one door. It fails with fault.Invalid.
func ParseDoor(base string) (Doors, error) {
	u, err := url.Parse(base)
	base = strings.TrimRight(base, "/")
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
	case u.Scheme == "https":
		return Doors{HTTPS: base}, nil
	case u.Scheme == "http":
		return Doors{HTTP: base}, nil
	case u.Scheme == "tftp":
		return Doors{TFTP: base}, nil
	}
	return Doors{}, fault.New(fault.Invalid, "%q is no address of a door: https://host[:port] is wanted, or http or tftp", base)
}

// Lease is what a make of phone takes from a DHCP server, and how the server
// tells its phones from other machines. It holds addresses alone.
type Lease struct {
	OUIs    []string // first three bytes of their MACs: "000b82"
	Class   string   // how option 60 of their requests begins, "" where that is not known
	Options []LeaseOption
}

// LeaseOption is one option, a text on the wire.
type LeaseOption struct {
	Code uint8
	Text string
	Note string // why it is there, one line
}

// Leaser is a vendor whose phones take the address of their files from a DHCP
// server.
type Leaser interface {
	Lease(Doors) Lease
}

// Card is what somebody sets on a phone by hand, so that it asks us.
type Card struct {
	// Menu is the way through the menus of the phone's web page, as it names
	// them; empty where that is not evidenced.
	Menu   []string
	Fields []CardField // in the order of the page; none where no door is open that the phone takes
}

// CardField is one setting under the name that the phone has for it.
type CardField struct {
	Name  string
	Value string
}

// Carder is a vendor whose phones can be set to us by hand.
type Carder interface {
	// Card is for one model of the vendor's.
	Card(Model, Doors) Card
}
