// Package report takes in what phones tell of by requesting an address: that they
// registered, that a call came, that they are on hold (vendors.Event). A key in the
// address says which phone it is; it is good for nothing else. What the phone says
// beside it is a claim. What follows is the last word on each line and on the calls,
// and a short list of events.
//
// A request is answered before it is judged, so that neither the answer nor its time
// tells a key that is ours from one that is not. What came is looked at a moment
// later (take.go, judge.go), in the order in which it came. Which of two events
// happened first only the phone knows: it sends each by a request of its own.
//
// Whom a phone talks to is personal data. It is kept to tell calls from one another
// when somebody looks for a fault: a number's last digits, never more than half of
// it (limit.EventDigits), for limit.EventDays, limit.EventsDevice events a phone; it
// stands in no log and no ledger, and goes where the phone is deleted, replaced or
// moved.
package report

import (
	"strconv"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/vendors"
)

// Event is something that a device told of itself, at the time when we heard of
// it. Which device it was is proved; what else stands here it only says.
type Event struct {
	ID, TenantID, OrgID, DeviceID string
	At                            time.Time
	Event                         vendors.Event
	Line                          int    // from 1; 0 where it is not known which
	Number                        string // of the other side: its last digits at most
	Address                       string // that it says that it has, "" for none
}

// Word is the last word of a device on a Subject; the zero value where it told
// nothing.
type Word struct {
	State State
	At    time.Time
}

// Subject is what a last word is on.
type Subject string

// The subjects besides Line. Busy is what the phone told of being busy by itself,
// which not all phones do.
const (
	Call Subject = "call"
	Busy Subject = "busy"
)

// Line is the registration of a line, from 1.
func Line(n int) Subject { return Subject("line " + strconv.Itoa(n)) }

// State is a last word.
type State string

// The states of a line, and of the calls.
const (
	Registered   State = "registered"
	Unregistered State = "unregistered"
	Failed       State = "failed"

	Idle     State = "idle"
	Ringing  State = "ringing"
	Dialling State = "dialling"
	Talking  State = "talking"
	Held     State = "held"
)

// Words are the last words of one device.
type Words map[Subject]Word

// overtaken is how long after the end of its last call what a phone tells of a call
// may still be of that one, and after it registered that it was not: its requests
// overtake each other.
const overtaken = 2 * time.Second

// follow takes over what an event says.
func (w Words) follow(e Event) {
	say := func(s Subject, state State) { w[s] = Word{state, e.At} }
	line := func(state State) {
		if e.Line > 0 {
			say(Line(e.Line), state)
		}
	}
	switch e.Event {
	case vendors.Registered:
		line(Registered)
	case vendors.Unregistered: // a starting phone clears what it left behind, and registers at once
		if was := w[Line(e.Line)]; was.State != Registered || e.At.Sub(was.At) >= overtaken {
			line(Unregistered)
		}
	case vendors.RegisterFailed:
		line(Failed)
	case vendors.SetupCompleted: // it has just started: no call outlives that
		say(Busy, Idle)
		say(Call, Idle)
	case vendors.BusyToIdle:
		say(Busy, Idle)
		say(Call, Idle)
	case vendors.IdleToBusy:
		say(Busy, Talking)
	case vendors.MissedCall, vendors.TerminatedCall:
		if w[Busy].State != Talking { // else there may be another call, and it says when there is none
			say(Call, Idle)
		}
	case vendors.IncomingCall, vendors.OutgoingCall, vendors.EstablishedCall, vendors.AnsweredCall, vendors.HeldCall, vendors.UnheldCall:
		w.inCall(e)
	}
}

// inCall takes over what is told of a call that is there.
func (w Words) inCall(e Event) {
	next := map[vendors.Event]State{vendors.IncomingCall: Ringing, vendors.OutgoingCall: Dialling, vendors.HeldCall: Held}[e.Event]
	if next == "" {
		next = Talking
	}
	begins := next == Ringing || next == Dialling
	now := w[Call]
	talks := now.State == Talking || now.State == Held
	late := !begins && now.State == Idle && e.At.Sub(now.At) < overtaken
	if begins && talks || late {
		return
	}
	w[Call] = Word{next, e.At}
}

// status is how the device stands with its SIP servers: one line that is registered
// is enough. "" where it told of none.
func (w Words) status() (out device.Status) {
	for s, word := range w {
		switch {
		case s == Call || s == Busy:
		case word.State == Registered:
			return device.Registered
		default:
			out = device.Unregistered
		}
	}
	return out
}

// masked is what is kept of a number: its last digits, and never more than half.
func masked(number string, digits int) string {
	r := []rune(number)
	keep := min(digits, len(r)/2)
	if len(r) == 0 {
		return ""
	}
	return "…" + string(r[len(r)-keep:])
}
