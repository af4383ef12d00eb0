// Package manager is what phones report to, by TR-069 and the like: what they told
// of themselves, how they can be called, and what became of the commands that they
// were handed. How that is said on the wire is an endpoint's business; the queue of
// commands is command's, who may have what is identity's.
//
// Start at Service.Arrive (service.go); what was said word for word is in
// conversation.go.
package manager

import (
	"net/url"
	"time"

	"bellwether/internal/domain/device"
)

// Protocol is how a phone reports.
type Protocol string

// The protocols.
const (
	CWMP Protocol = "cwmp" // TR-069
	IPP  Protocol = "ipp"  // AudioCodes phone-manager REST
)

// Told is what a phone tells of itself with each report and what seldom changes.
// All of it is its own word.
type Told struct {
	Maker    string `json:"maker,omitempty"`
	OUI      string `json:"oui,omitempty"`
	Class    string `json:"class,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Model    string `json:"model,omitempty"`
	Software string `json:"software,omitempty"`
	Hardware string `json:"hardware,omitempty"`
	Address  string `json:"address,omitempty"` // in its own network
	Root     string `json:"root,omitempty"`    // of its data model: "Device."
	Version  string `json:"version,omitempty"` // of the protocol, in its own words
	Standing
}

// Standing is what phones tell of their place and of who uses them.
type Standing struct {
	Status   device.Status `json:"status,omitempty"`
	Subnet   string        `json:"subnet,omitempty"` // the mask of its network
	VLAN     string        `json:"vlan,omitempty"`
	User     string        `json:"user,omitempty"` // who uses it
	UserID   string        `json:"user_id,omitempty"`
	Number   string        `json:"number,omitempty"`
	Proxy    string        `json:"proxy,omitempty"` // its SIP proxy
	Location string        `json:"location,omitempty"`
	Region   string        `json:"region,omitempty"`
	Agent    string        `json:"agent,omitempty"` // its user agent, as it tells it
}

// Call is how a phone can be called to report at once.
type Call struct {
	URL     string    // by HTTP; "" for not at all
	UDP     string    // host:port of its datagrams behind a NAT; "" for not at all
	At      time.Time // when it was called last, zero for never
	Problem string    // why that came to nothing; "" where it came, or was never called
}

// Shown is where the phone can be called, as people may see it: its path may hold a
// secret that only the phone and we know.
func (c Call) Shown() string {
	u, err := url.Parse(c.URL)
	if err != nil || c.URL == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

// Phone is a device that reports.
type Phone struct {
	Device   device.Device // as it was when it reported last
	Protocol Protocol
	Told     Told
	Call     Call
	Every    time.Duration // between two reports, as it was told or tells
	Boot     Boot
	Watched  string    // which values it tells by itself when they change, in the endpoint's words
	At       time.Time // when something of this changed last
}

// Boot is when a phone started last and why, as far as it told that; the zero value is
// that it did not.
type Boot struct {
	At     time.Time
	Reason BootReason
}

// BootReason is why a phone started.
type BootReason string

// The reasons.
const (
	ByCommand    BootReason = "command"
	FactoryReset BootReason = "factory_reset"
	ByTransfer   BootReason = "transfer" // of a file that it was told to take
	NoReason     BootReason = "unknown"  // it gave none: by hand, by power, by itself
)
