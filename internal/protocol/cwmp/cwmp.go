// Package cwmp reads and writes the messages of CWMP (TR-069): the envelope of
// SOAP 1.1, every RPC of both directions, and faults. It is the codec of both
// ends, the server's and the virtual phone's, and knows no session, no socket and
// no time of day.
//
// Decode is tolerant, since phones write what they like: it looks for names
// without their prefix, in any order, counts the elements itself, and strips what
// is no text. What is hostile it refuses, by limit. Append is exact and plain:
// one spelling, that the simplest phones understand (pitfalls of the reference,
// each in pitfalls_test.go).
//
// Start reading at Envelope; decode.go and reader.go read, encode.go writes, and
// the messages stand in inform.go, parameter.go, transfer.go and software.go.
package cwmp

import (
	"time"

	"bellwether/internal/platform/fault"
)

// The namespaces of CWMP 1.0 to 1.2; the protocol's versions 1.3 and 1.4 keep the
// last. Phones that made up others are answered in theirs.
const (
	Namespace10 = "urn:dslforum-org:cwmp-1-0"
	Namespace11 = "urn:dslforum-org:cwmp-1-1"
	Namespace12 = "urn:dslforum-org:cwmp-1-2"
)

// KeyMax is how many characters a CommandKey or a ParameterKey may have.
const KeyMax = 32

// Envelope is one message with its header.
type Envelope struct {
	// Namespace is the CWMP namespace as the peer wrote it, to be written back in
	// each answer; "" where it named none, which is written as Namespace10.
	Namespace string
	// ID is what the peer wants to see again; HasID is false where it sent none,
	// and then the answer has none.
	ID    string
	HasID bool
	// HoldRequests is said by the server only, and never with true.
	HoldRequests   bool
	NoMoreRequests bool // obsolete
	// SessionTimeout is how long the phone keeps a silent session; 0 for unsaid.
	SessionTimeout time.Duration
	// SupportedVersions is the phone's list ("1.0,1.1"); UseVersion is the server's
	// answer to it, and to nothing else.
	SupportedVersions string
	UseVersion        string
	// Body is the message; never nil in what Decode returns without an error.
	Body Message
}

// Message is what an envelope carries: a pointer to one of this package's types.
type Message interface {
	// Method returns the name on the wire, without a prefix: "Inform",
	// "InformResponse", "Fault".
	Method() string

	read(*reader) error
	write(*writer)
}

// Unknown is a message of a method that this package does not know. Its
// arguments were passed over.
type Unknown struct{ Name string }

// Method implements Message.
func (m *Unknown) Method() string       { return m.Name }
func (m *Unknown) read(r *reader) error { return r.skip() }
func (m *Unknown) write(*writer)        {}

// ErrEmpty is what Decode returns where there is nothing: white space alone, or an
// envelope without a message. Both mean that the peer has nothing to say.
var ErrEmpty = fault.New(fault.Invalid, "the message is empty")
