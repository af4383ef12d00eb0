// Package command is the queue of things that single devices are to do. A
// command has an id, a deadline and exactly one terminal state.
//
// The only command so far is to deliver the published revision. It needs no
// channel of its own: the phone takes the revision at its next fetch.
package command

import (
	"slices"
	"time"
)

// Kind is what a device is to do.
type Kind string

// DeliverRevision asks a device to take its published revision; the payload
// names it.
const DeliverRevision Kind = "deliver_revision"

// State is where a command is.
type State string

// The states. The last six are terminal.
const (
	Queued    State = "queued"
	Sent      State = "sent"
	Delivered State = "delivered" // the phone took the bytes
	Confirmed State = "confirmed" // its own later word agrees
	Done      State = "done"      // delivered, and no channel can confirm it
	Failed    State = "failed"
	Expired   State = "expired"
	Cancelled State = "cancelled"
	Unknown   State = "unknown"
)

// Terminal reports whether a command in the state will never move again.
func (s State) Terminal() bool {
	return slices.Contains([]State{Confirmed, Done, Failed, Expired, Cancelled, Unknown}, s)
}

// Command is one thing for one device to do.
type Command struct {
	ID, TenantID, OrgID string
	DeviceID            string
	Kind                Kind
	Revision            string // of DeliverRevision
	State               State
	Reason              string // why it ended as it did
	RunID               string // the task's run that it belongs to, or ""
	CreatedAt           time.Time
	Deadline            time.Time
	DeliveredAt         time.Time
	EndedAt             time.Time
}
