// Package command is the queue of things that single devices are to do. A
// command has an id, a deadline and exactly one terminal state. A device's
// commands are handed out in the order in which they were asked for, one at a
// time, and each is claimed in the database before it leaves the house: a phone
// is given a command id at most once, but for those that only read or that may
// be repeated without harm.
//
// How a command travels is a Channel's business: TR-069, AudioCodes REST, SIP
// NOTIFY, or the phone's next fetch. Start at Service.Enqueue (service.go); a
// channel lives from Service.Next (claim.go) and Service.Answer (answer.go). The
// freeze switch is in freeze.go, waking in wake.go.
package command

import (
	"slices"
	"time"
)

// State is where a command is.
type State string

// The states. The last six are terminal.
const (
	Queued    State = "queued"
	Sent      State = "sent"      // handed to a channel; the phone may be doing it
	Delivered State = "delivered" // the phone took the bytes, or answered that it will
	Confirmed State = "confirmed" // its own later word agrees
	Done      State = "done"      // delivered, and no channel can confirm it
	Failed    State = "failed"
	Expired   State = "expired"
	Cancelled State = "cancelled"
	Unknown   State = "unknown" // it was sent and no answer came
)

// Terminal reports whether a command in the state will never move again.
func (s State) Terminal() bool {
	return slices.Contains([]State{Confirmed, Done, Failed, Expired, Cancelled, Unknown}, s)
}

// Good reports whether the phone has done what it was to do.
func (s State) Good() bool { return s == Delivered || s == Confirmed || s == Done }

// Command is one thing for one device to do.
type Command struct {
	ID, TenantID, OrgID string
	DeviceID            string
	Kind                Kind
	Revision            string // of DeliverRevision
	Args                Args   // of every other kind
	State               State
	Reason              string // why it ended as it did
	Channel             string // over which it was handed out last
	Attempts            int    // how often it was handed out
	Result              Result
	Late                State  // what a phone still said after the command had ended, "" for nothing
	RunID               string // the task's run that it belongs to, or ""
	Author              string
	CreatedAt           time.Time
	NotBefore           time.Time // zero = at once
	Deadline            time.Time
	SentAt              time.Time
	AnswerBy            time.Time // until when an answer is waited for, of a sent one
	DeliveredAt         time.Time
	EndedAt             time.Time
}

// Key is the command's id in 32 characters, which is all that a TR-069
// CommandKey holds (TR-069 Amendment 6, table A.3).
func (c Command) Key() string {
	out := make([]byte, 0, len(c.ID))
	for i := range len(c.ID) {
		if c.ID[i] != '-' {
			out = append(out, c.ID[i])
		}
	}
	return string(out)
}

// FromKey is the inverse of Key, and false for what is no key of ours.
func FromKey(key string) (id string, ok bool) {
	if len(key) != 32 {
		return "", false
	}
	for _, c := range []byte(key) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	return key[:8] + "-" + key[8:12] + "-" + key[12:16] + "-" + key[16:20] + "-" + key[20:], true
}

// Result is what came back. Everything in it is the phone's own word.
type Result struct {
	Values []Value `json:"values,omitempty"` // of GetValues
	Text   string  `json:"text,omitempty"`   // of Ping and Traceroute, for people
	Blob   string  `json:"blob,omitempty"`   // hash of an uploaded file
	Size   int64   `json:"size,omitempty"`   // bytes of it
}

// Value is one value that a phone told.
type Value struct {
	Name  string `json:"name"`
	Key   string `json:"key,omitempty"` // of the catalog, where it is a setting
	Value string `json:"value"`
	Type  string `json:"type,omitempty"`  // in the channel's own words: "xsd:string"
	Fault string `json:"fault,omitempty"` // why there is no value
}
