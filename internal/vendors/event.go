package vendors

import "bellwether/internal/domain/param"

// Event is something that happens on a phone and that it can tell of by requesting
// an address. The word stands in that address.
type Event string

// The events, in the order of the GHP6xx guide, "Notification Events".
const (
	SetupCompleted    Event = "setup_completed"
	Registered        Event = "registered"
	Unregistered      Event = "unregistered"
	RegisterFailed    Event = "register_failed"
	IdleToBusy        Event = "idle_to_busy"
	BusyToIdle        Event = "busy_to_idle"
	Provisioned       Event = "provisioned"
	AddressChanged    Event = "ip_changed"
	OffHook           Event = "off_hook"
	OnHook            Event = "on_hook"
	IncomingCall      Event = "incoming"
	OutgoingCall      Event = "outgoing"
	MissedCall        Event = "missed"
	EstablishedCall   Event = "established"
	TerminatedCall    Event = "terminated"
	AnsweredCall      Event = "answered"
	BlindTransfer     Event = "blind_transfer"
	AttendedTransfer  Event = "attended_transfer"
	TransferCompleted Event = "transfer_completed"
	TransferFailed    Event = "transfer_failed"
	HeldCall          Event = "hold"
	UnheldCall        Event = "unhold"
	MutedCall         Event = "mute"
	UnmutedCall       Event = "unmute"
)

// Events returns all events in their order.
func Events() []Event {
	return []Event{
		SetupCompleted, Registered, Unregistered, RegisterFailed, IdleToBusy, BusyToIdle, Provisioned, AddressChanged,
		OffHook, OnHook, IncomingCall, OutgoingCall, MissedCall, EstablishedCall, TerminatedCall, AnsweredCall,
		BlindTransfer, AttendedTransfer, TransferCompleted, TransferFailed, HeldCall, UnheldCall, MutedCall, UnmutedCall,
	}
}

// Teller is a vendor whose phones request an address when something happens on
// them.
type Teller interface {
	// Tells returns the values that have a phone request base and the event's word,
	// with what it says of itself in the query by the names of package actionpath.
	// set is what the phone's configuration says; where that does not switch such
	// requests on there are none.
	Tells(t param.Target, set []SpelledValue, base string) []SpelledValue
}
