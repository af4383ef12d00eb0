package phone

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// SIP makes a phone speak SIP; without it a phone only fetches its files.
type SIP struct {
	// Address is the phone's own: its sockets are bound to it, and it stands in
	// Contact, Via and SDP. Needed.
	Address netip.Addr
	// DNS answers for names; nil for the machine's resolver.
	DNS Resolver
}

// VoiceNetwork is what a phone that speaks SIP needs of its network.
type VoiceNetwork interface {
	Network
	Listen(ctx context.Context, network, addr string) (net.Listener, error)
	ListenPacket(ctx context.Context, network, addr string) (net.PacketConn, error)
}

// Resolver asks the DNS. Each answer says how long it holds.
type Resolver interface {
	// Hosts returns the addresses of a name.
	Hosts(ctx context.Context, name string) ([]netip.Addr, time.Duration, error)
	// Services returns SRV records in the order in which they are to be tried.
	Services(ctx context.Context, name string) ([]Service, time.Duration, error)
	// Pointers returns the SRV names that a domain's NAPTR records lead to, in
	// order: "_sip._tcp.example.org". None is not an error.
	Pointers(ctx context.Context, name string) ([]string, error)
}

// Service is where an SRV record leads.
type Service struct {
	Host string
	Port uint16
}

// Speaker is what a persona is whose phones make calls.
type Speaker interface {
	// Voice reads the settings that telephony goes by.
	Voice(Device, map[string]string) Voice
}

// Voice is what a phone's settings say of telephony, in no vendor's words. Times
// are the phone's own.
type Voice struct {
	Lines []Line

	RTPPort, RTPRange int  // first port, and how many there are
	RandomPorts       bool // of SIP and RTP
	Ping              time.Duration
	STUN              string        // host[:port]; "" for none
	NATAddress        string        // stands in place of the phone's own; "" for none
	RegisterDelay     time.Duration // after the start
	Notify            bool          // whether Actions are called at all
	Actions           map[Action]string
	Preferred         int // line that calls where none was chosen, from 1
	PlainHash         bool
	AutoDial          string // what lifting the handset dials; "" for nothing
	AutoDialDelay     time.Duration
	OffHook           time.Duration // after which dialling is given up; 0 for never
	Redial            time.Duration // that the last number is remembered; 0 for always
	EarlyIncoming     bool          // calls come in between dialling and ringing
	CallWaiting       bool
	AnswerDelay       time.Duration
	PageBarge         int // priority that a page needs to interrupt a call; 0 for never
	PageOverPage      bool
	PageChannel       int
	Pages             []string // addresses that are listened to, the most important first
	NotifyProof       bool     // orders by NOTIFY need the account's credentials
	Transfer          bool
	HoldToTransfer    bool
	DirectIP          bool
}

// Action is something that happens on a phone and that it tells by HTTP.
type Action string

// The actions.
const (
	ActSetUp          Action = "set up"
	ActRegistered     Action = "registered"
	ActUnregistered   Action = "unregistered"
	ActFailed         Action = "register failed"
	ActBusy           Action = "busy"
	ActIdle           Action = "idle"
	ActProvisioned    Action = "provisioned"
	ActMoved          Action = "other address"
	ActOffHook        Action = "off-hook"
	ActOnHook         Action = "on-hook"
	ActIncoming       Action = "incoming"
	ActOutgoing       Action = "outgoing"
	ActMissed         Action = "missed"
	ActEstablished    Action = "established"
	ActTerminated     Action = "terminated"
	ActAnswered       Action = "answered"
	ActBlind          Action = "blind transfer"
	ActAttended       Action = "attended transfer"
	ActTransferred    Action = "transferred"
	ActNotTransferred Action = "not transferred"
	ActHold           Action = "hold"
	ActUnhold         Action = "unhold"
	ActMute           Action = "mute"
	ActUnmute         Action = "unmute"
)

// TelMode is how a called number is written.
type TelMode uint8

// The forms of a number: sip:1@host, with user=phone, tel:1.
const (
	TelOff TelMode = iota
	TelUserPhone
	TelURI
)

// DNSMode is how a server's name leads to addresses.
type DNSMode uint8

// The modes.
const (
	DNSAddress DNSMode = iota
	DNSService
	DNSPointer
	DNSFixed // the line's FixedIPs
)

// Stay is how long a line keeps to the server that it fell back to.
type Stay uint8

// The modes: it starts again with the first each time, stays while the DNS
// answer holds, until the server does not answer, for the time of Failback.
const (
	StayNot Stay = iota
	StayTTL
	StayWhileAnswered
	StayFailback
)

// Transport is what SIP travels in.
type Transport string

// The transports.
const (
	UDP Transport = "UDP"
	TCP Transport = "TCP"
	TLS Transport = "TLS"
)

// Choice is a yes or no that may be left to the special feature.
type Choice uint8

// The choices.
const (
	ByDefault Choice = iota
	Yes
	No
)

// Scope says which messages carry something.
type Scope uint8

// The scopes.
const (
	InNone Scope = iota
	InRegister
	InAllButRegister
	InAll
)

// Unregister is what a starting phone clears at the registrar before it
// registers: nothing, all contacts of the user, its own.
type Unregister uint8

// The ways.
const (
	UnregisterNot Unregister = iota
	UnregisterAll
	UnregisterOwn
)

// ProxyMode is how the outbound proxy is used: named in a Route header, only
// sent to, or sent to even within calls.
type ProxyMode uint8

// The modes.
const (
	ProxyInRoute ProxyMode = iota
	ProxyNotInRoute
	ProxyAlways
)
