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
	if r.Window > 0 {
		b = word(word(b, "windowsize"), strconv.Itoa(r.Window))
	}
	return b
}

// DataHeader is how many bytes of a datagram stand before those of its block.
const DataHeader = 4

// PutData writes what stands before the bytes of a block into the first DataHeader
// bytes of b.
func PutData(b []byte, block uint16) {
	binary.BigEndian.PutUint16(b, uint16(Data))
	binary.BigEndian.PutUint16(b[2:], block)
}

// EncodeAgreed writes which options of a request a server agrees to: the size of a
// block and the window, 0 for none, and the size of the file, negative for none.
func EncodeAgreed(block int, size int64, window int) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(Agreed))
	if block > 0 {
		b = word(word(b, "blksize"), strconv.Itoa(block))
	}
	if size >= 0 {
		b = word(word(b, "tsize"), strconv.FormatInt(size, 10))
	}
	if window > 0 {
		b = word(word(b, "windowsize"), strconv.Itoa(window))
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
