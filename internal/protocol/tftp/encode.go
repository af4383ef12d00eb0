package tftp

import (
	"encoding/binary"
	"strconv"
)

// Encode writes a request in its one canonical form. A name that holds a zero
// ends there.
func (r Request) Encode() []byte {
	op := uint16(opRead)
	if r.Write {
		op = opWrite
	}
	b := binary.BigEndian.AppendUint16(nil, op)
	b = word(b, r.Name)
	b = word(b, string(r.Mode))
	if r.Block > 0 {
		b = word(word(b, "blksize"), strconv.Itoa(r.Block))
	}
	if r.Size {
		b = word(word(b, "tsize"), "0")
	}
	return b
}

// EncodeError writes an error.
func EncodeError(c Code, text string) []byte {
	b := binary.BigEndian.AppendUint16(nil, opError)
	b = binary.BigEndian.AppendUint16(b, uint16(c))
	return word(b, text)
}

// word appends a text and the zero that ends it.
func word(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == 0 {
			s = s[:i]
			break
		}
	}
	return append(append(b, s...), 0)
}
