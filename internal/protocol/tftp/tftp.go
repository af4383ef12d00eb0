// Package tftp reads and writes the datagrams of TFTP, each side's: the request with
// its options, what a server sends, and what who reads a file answers.
//
// A request comes from anybody and is answered by a program, so reading is
// strict and writing is canonical: what Encode writes has no option but those
// that are known here, each once and within its range.
package tftp

import "bellwether/internal/platform/fault"

// The operations (RFC 1350 §5).
const (
	opRead  = 1
	opWrite = 2
	opAck   = 4
	opError = 5
)

// Code is the number of an error (RFC 1350 §5).
type Code uint16

// The errors that we send and read.
const (
	Undefined Code = 0 // the text says what
	NotFound  Code = 1
	Violation Code = 2 // of access: this server is not written to
	Illegal   Code = 4 // operation
	Unknown   Code = 5 // transfer: the datagram came from another port
	Declined  Code = 8 // options (RFC 2347)
)

// Mode is how a file is to come (RFC 1350 §1).
type Mode string

// The modes. The third one, mail, is obsolete and refused.
const (
	Octet    Mode = "octet"
	NetASCII Mode = "netascii" // lines end in CR LF
)

// The range of a block's size (RFC 2348).
const (
	BlockMin = 8
	BlockMax = 65464
)

// WindowMax is the most blocks of a window (RFC 7440 §3).
const WindowMax = 65535

// Request is a request for a transfer.
type Request struct {
	Write bool
	Name  string // as it was written: bytes without a zero
	Mode  Mode
	Block int  // blksize (RFC 2348), 0 where it was not asked for
	Size  bool // tsize (RFC 2349) was asked for
	// Window is how many blocks may be under way (RFC 7440), 0 where it was not
	// asked for.
	Window int
}

// ErrOther is what Decode returns for a datagram that is no request: a stray
// block, acknowledgement or error, or noise. Nothing answers it, so that two
// programs never keep each other busy.
var ErrOther = fault.New(fault.Invalid, "this is no request for a transfer")

// ErrLong is what Decode returns for a request that is longer than
// limit.TFTPRequest: it names nothing that there is.
var ErrLong = fault.New(fault.Invalid, "the request is too long")
