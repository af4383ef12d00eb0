package tftp

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Decode reads a request. It fails with ErrOther for what is none, with ErrLong,
// and with another fault.Invalid for a request that is malformed. An option that is not
// known, comes twice or is out of its range is passed over, as RFC 2347 wants.
func Decode(b []byte) (Request, error) {
	if len(b) < 2 {
		return Request{}, ErrOther
	}
	op := binary.BigEndian.Uint16(b)
	if op != opRead && op != opWrite {
		return Request{}, ErrOther
	}
	if len(b) > limit.TFTPRequest {
		return Request{}, ErrLong
	}
	words := bytes.Split(b[2:], []byte{0})
	if len(words) < 3 || len(words[len(words)-1]) > 0 {
		return Request{}, fault.New(fault.Invalid, "the request has no name, no mode or no end")
	}
	words = words[:len(words)-1]
	r := Request{Write: op == opWrite, Name: string(words[0])}
	switch m := Mode(strings.ToLower(string(words[1]))); m {
	case Octet, NetASCII:
		r.Mode = m
	default:
		return Request{}, fault.New(fault.Invalid, "the mode is neither octet nor netascii")
	}
	r.options(words[2:])
	return r, nil
}

func (r *Request) options(words [][]byte) {
	for ; len(words) >= 2; words = words[2:] {
		switch strings.ToLower(string(words[0])) {
		case "blksize":
			if n, ok := number(words[1]); ok && r.Block == 0 && n >= BlockMin && n <= BlockMax {
				r.Block = n
			}
		case "tsize":
			r.Size = len(words[1]) > 0
		case "windowsize":
			if n, ok := number(words[1]); ok && r.Window == 0 && n >= 1 && n <= WindowMax {
				r.Window = n
			}
		}
	}
}

// number reads up to five digits and nothing else.
func number(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 5 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(string(b))
	return n, err == nil
}
