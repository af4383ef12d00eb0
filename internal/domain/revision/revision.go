// Package revision is the heart: it turns a device's bindings into the values
// that it should have, shows what a change would do, publishes the immutable
// result and keeps the record of what arrived.
//
// Start with Stack and Compile, which are pure; then Service.Plan, which
// compares two stacks; then Service.Execute, which publishes.
package revision

import (
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
)

// Layer is where a value comes from.
type Layer string

// The layers, weakest first.
const (
	Default     Layer = "default"
	Left        Layer = "redirection_left" // of a redirection profile whose association has ended: it says nothing
	Redirection Layer = "redirection"
	Model       Layer = "model"
	Site        Layer = "site"
	Group       Layer = "group"
	ConfigFile  Layer = "config_file"
	Override    Layer = "override"
	Line        Layer = "line"
)

// State is what a revision does about a key.
type State string

// The states of a key.
const (
	Set     State = "set"
	Reset   State = "reset"   // taken away; its evidenced default is delivered
	Residue State = "residue" // taken away; no default is known, the phone keeps it
)

// Origin is one layer's word on a key.
type Origin struct {
	Layer         Layer
	SourceID      string
	Source        string // the source's name
	SourceVersion int
	Value         string
	Secret        secret.Ref
	Private       bool // never in a file that phones share
	Author        string
	At            time.Time
}

// Value is a key of the effective config with its whole provenance.
type Value struct {
	Key param.Key
	Origin
	State         State
	Shadowed      []Origin // strongest first
	Name, Spelled string   // in the device's dialect; a secret is spelled when it is rendered
	Undeliverable bool     // the dialect has no spelling for it
	Unlisted      bool     // no catalog has the key; the phone gets it as it was typed
	Why           string   // why it is undeliverable, or what else is to be said of it
	Kept          string   // of a residue: what the phone keeps
	Global        bool     // stands in the file that phones share
}

// Effective is the compiled config of one device.
type Effective struct {
	Values []Value // by key
}

// Lookup returns the value of a key.
func (e Effective) Lookup(k param.Key) (Value, bool) {
	i, ok := slices.BinarySearchFunc(e.Values, k, func(v Value, k param.Key) int { return strings.Compare(string(v.Key), string(k)) })
	if !ok {
		return Value{}, false
	}
	return e.Values[i], true
}

// settings are the values by key as a phone will hold them, without secrets.
func (e Effective) settings() map[param.Key]string {
	out := make(map[param.Key]string, len(e.Values))
	for _, v := range e.Values {
		if v.State == Residue {
			out[v.Key] = v.Kept
			continue
		}
		out[v.Key] = v.Value
	}
	return out
}

// Entry is a key in a published revision, already spelled.
type Entry struct {
	Key    param.Key  `json:"k"`
	Name   string     `json:"n,omitempty"` // "" for what is not rendered
	Value  string     `json:"v,omitempty"`
	Secret secret.Ref `json:"x,omitempty"`
	State  State      `json:"s,omitempty"` // "" is Set
	Global bool       `json:"g,omitempty"` // stands in the file that phones share
	Left   bool       `json:"l,omitempty"` // a residue of an ended redirection: nothing else takes its place
}

// Revision is a published config of one device. It never changes.
type Revision struct {
	ID        string
	DeviceID  string
	OrgID     string
	MAC       mac.Address
	Vendor    string
	Seq       int
	Epoch     int
	Target    param.Target
	Entries   []Entry // by key
	Author    string
	Reason    string
	Plan      string
	CreatedAt time.Time

	DeliveredAt time.Time // when the device first took it, zero for never
	Kept        bool      // its content is still there
	Pinned      bool      // its content stays
}

// Status is where a device stands.
type Status struct {
	Desired, Delivered, Confirmed string
	DeliveredAt, ConfirmedAt      time.Time
	Problem                       string // why the last compile failed
}
