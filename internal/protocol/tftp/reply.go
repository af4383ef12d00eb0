package tftp

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
)

// Kind is what a server sends to who reads.
type Kind uint16

// The kinds (RFC 1350 §5, RFC 2347).
const (
	Data   Kind = 3
	Failed Kind = opError
	Agreed Kind = 6 // to options
)

// Reply is one datagram of a server.
type Reply struct {
	Kind   Kind
	Number uint16 // of a block of Data
	Data   []byte // of a block; it shares the datagram's memory
	Block  int    // blksize that the server agreed to, 0 for none
	Size   int64  // tsize, -1 where it told none
	Code   Code   // of Failed
	Text   string
}

// DecodeReply reads what a server sends. It fails with ErrOther for anything
// else, and with another fault.Invalid for an agreement that names a size of a
// block or file that there cannot be, an option twice or one that nobody asked for.
func DecodeReply(b []byte) (Reply, error) {
	if len(b) < 2 {
		return Reply{}, ErrOther
	}
	r := Reply{Kind: Kind(binary.BigEndian.Uint16(b)), Size: -1}
	if r.Kind == Agreed {
		return r, r.agreed(b[2:])
	}
	if len(b) < 4 {
		return Reply{}, ErrOther
	}
	number := binary.BigEndian.Uint16(b[2:])
	switch r.Kind {
	case Data:
		r.Number, r.Data = number, b[4:]
	case Failed:
		text, _, _ := bytes.Cut(b[4:], []byte{0})
		r.Code, r.Text = Code(number), string(text)
	default:
		return Reply{}, ErrOther
	}
	return r, nil
}

// agreed reads the options of an agreement.
func (r *Reply) agreed(b []byte) error {
	words := bytes.Split(b, []byte{0})
	if len(words)%2 == 0 || len(words[len(words)-1]) > 0 {
		return fault.New(fault.Invalid, "the agreement has a name without a value, or no end")
	}
	for ; len(words) >= 2; words = words[2:] {
		switch strings.ToLower(string(words[0])) {
		case "blksize":
			n, ok := number(words[1])
			if !ok || r.Block != 0 || n < BlockMin || n > BlockMax {
				return fault.New(fault.Invalid, "the agreed size of a block is none")
			}
			r.Block = n
		case "tsize":
			n, err := strconv.ParseUint(string(words[1]), 10, 62)
			if err != nil || r.Size >= 0 {
				return fault.New(fault.Invalid, "the told size of the file is none")
			}
			r.Size = int64(n) //nolint:gosec // of 62 bits
		default:
			return fault.New(fault.Invalid, "the agreement has an option that nobody asked for")
		}
	}
	return nil
}

// EncodeAck writes the acknowledgement of a block; 0 is that of an agreement.
func EncodeAck(block uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{0, opAck}, block)
}

// Word is what who reads a file says to a block.
type Word struct {
	Block uint16 // that came, where nothing failed
	Bad   bool   // the reader gives up
	Code  Code   // why
}

// DecodeWord reads what a reader says. It fails with ErrOther for anything else.
func DecodeWord(b []byte) (Word, error) {
	if len(b) < 4 {
		return Word{}, ErrOther
	}
	number := binary.BigEndian.Uint16(b[2:])
	switch binary.BigEndian.Uint16(b) {
	case opAck:
		return Word{Block: number}, nil
	case opError:
		return Word{Bad: true, Code: Code(number)}, nil
	}
	return Word{}, ErrOther
}
