// Package device is the inventory: the record of each phone, gateway or
// intercom, its life cycle, its hot state (the twin) and the pool of machines
// that were seen and belong to nobody.
//
// It knows nothing of what a device should have; that is revision. Start
// reading at Service, then Twins.
package device

import (
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
)

// Life is where a device is in its life cycle.
type Life string

// The stages. Only an adopted device is ever given a configuration.
const (
	Seen        Life = "seen"        // in the unclaimed pool
	Waiting     Life = "waiting"     // known to an organization, not yet accepted
	Adopted     Life = "adopted"     // accepted into a site
	Rejected    Life = "rejected"    // an operator said no
	Quarantined Life = "quarantined" // two parties claimed it
	Retired     Life = "retired"     // out of service; its history stays
)

// Reach tells whether a device can be reached.
type Reach string

// The states of reach.
const (
	Online     Reach = "online"
	Restricted Reach = "restricted" // it reports, but cannot be called
	Offline    Reach = "offline"
)

// Status is how a phone says that it stands with its SIP server.
type Status string

// The words that phones have for it. Each is the phone's own and may be out of date:
// what counts for whether it is there is Reach.
const (
	Started      Status = "started" // it has just started
	Registered   Status = "registered"
	Unregistered Status = "unregistered"
	SignedOut    Status = "signed_out" // nobody is signed in to it
)

// Device is one record. Its id outlives a replacement of the hardware; its MAC
// is unique on the platform.
type Device struct {
	ID, TenantID, OrgID string
	SiteID              string
	SitePath            []string // ids of the site and those above it, top first
	SiteName            string
	MAC                 mac.Address
	Vendor, Model       string
	Name, Serial        string
	Life                Life
	Firmware            string // as it last told; what plans are made for
	SyncConfiguration   bool   // take over what it holds when it is first online
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Version             int64
	Hot                 Hot
	Config              ConfigState
}

// Hot is what a device last told. Every field may be empty: never told.
type Hot struct {
	Reach      Reach
	ReachAt    time.Time
	ExpectedBy time.Time // when it should report next, zero where unknown
	LastSeen   time.Time // also where only its name came, and no proof
	Address    string    // source IP of the last request that it proved
	Door       string
	UserAgent  string
	Firmware   string
	Model      string // the model that it calls itself
	Status     Status
	StatusAt   time.Time
}

// ConfigState is where the device's configuration stands, for lists.
type ConfigState struct {
	Desired, Delivered, Confirmed string // revision ids, "" for none
	DeliveredAt                   time.Time
	Problem                       string // why the last compile failed, "" fine
}

// Word sums the state up in one word: none, failed, pending, delivered or
// confirmed.
func (c ConfigState) Word() string {
	switch {
	case c.Problem != "":
		return "failed"
	case c.Desired == "":
		return "none"
	case c.Confirmed == c.Desired:
		return "confirmed"
	case c.Delivered == c.Desired:
		return "delivered"
	}
	return "pending"
}

// check returns what is wrong with the fields that an operator writes.
func (d Device) check() []fault.Field {
	var wrong []fault.Field
	if utf8.RuneCountInString(d.Name) > limit.Name {
		wrong = append(wrong, fault.Field{Path: "name", Message: "at most 64 characters"})
	}
	if strings.ContainsFunc(d.Name+d.Serial, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		wrong = append(wrong, fault.Field{Path: "name", Message: "control characters are not allowed"})
	}
	if utf8.RuneCountInString(d.Serial) > limit.Name {
		wrong = append(wrong, fault.Field{Path: "serial", Message: "at most 64 characters"})
	}
	return wrong
}

// words are what a search finds the device by, lower case. A MAC is found by
// its whole, its last six and its last four digits.
func (d Device) words() []string {
	m := d.MAC.String()
	out := []string{m}
	if len(m) == 12 {
		out = append(out, m[6:], m[8:])
	}
	for _, s := range []string{d.Name, d.Serial, d.Model} {
		s = strings.ToLower(strings.TrimSpace(s))
		if s == "" {
			continue
		}
		out = append(out, s)
		if f := strings.Fields(s); len(f) > 1 {
			out = append(out, f[1:]...)
		}
	}
	return out
}
