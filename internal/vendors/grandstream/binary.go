package grandstream

import (
	"bytes"
	"encoding/binary"
	"net/url"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"
)

// The binary form of cfg<mac>, as two independent projects write it:
//
//	offset  0  length of the file in 16-bit words, big-endian, 4 bytes
//	offset  4  check: the 16-bit words of the whole file sum up to 0, 2 bytes
//	offset  6  MAC address, 6 bytes
//	offset 12  CR LF CR LF
//	offset 16  P2=admin&P47=sip.example.org&…&gnkey=0b82, values URL-encoded
//	           zero bytes up to a multiple of 4
const (
	binaryHead = 16
	binaryMark = "\r\n\r\n"
	// oldOUI is the range of addresses whose gnkey is known; that of the others
	// is not evidenced, so nothing is written for them.
	oldOUI   = "000b82"
	oldGnkey = "0b82"
)

// isBinary knows the form by its mark and its length.
func isBinary(data []byte) bool {
	return len(data) > binaryHead && len(data)%2 == 0 && string(data[12:binaryHead]) == binaryMark &&
		uint64(binary.BigEndian.Uint32(data)) == uint64(len(data)/2)
}

// readBinary takes the settings out of the frame.
func (r *reader) readBinary(data []byte) error {
	if sum16(data) != 0 {
		return fault.New(fault.Invalid, "the binary file's check does not fit")
	}
	r.dialect = dialectP
	var err error
	if r.mac, err = mac.Parse(hexDigits(data[6:12])); err != nil {
		return err
	}
	body := strings.TrimRight(string(data[binaryHead:]), "\x00")
	for n, pair := range strings.Split(body, "&") {
		if n > limit.XMLTokens {
			return fault.New(fault.Invalid, "more than %d settings", limit.XMLTokens)
		}
		name, encoded, ok := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(encoded)
		switch {
		case name == "gnkey" || pair == "":
			continue
		case !ok || !isPValue(name) || err != nil || !utf8.ValidString(value):
			return fault.New(fault.Invalid, "the binary file holds %.40q, which is not a P-value", pair)
		}
		if err := r.set(strings.ToUpper(name), value); err != nil {
			return err
		}
	}
	return nil
}

// packBinary frames a document of P-values.
func packBinary(d vendors.Document) ([]byte, error) {
	if d.Target.Dialect != dialectP {
		return nil, fault.New(fault.Invalid, "the binary form holds P-values only")
	}
	address := d.MAC.String()
	if !strings.HasPrefix(address, oldOUI) {
		return nil, fault.New(fault.Invalid, "the binary form is known for addresses that begin with %s only", oldOUI)
	}
	var body strings.Builder
	for _, s := range d.Values {
		body.WriteString(s.Name + "=" + url.QueryEscape(s.Value) + "&")
	}
	body.WriteString("gnkey=" + oldGnkey)
	out := make([]byte, binaryHead, binaryHead+body.Len()+3)
	for i := range 6 {
		out[6+i] = unhex(address[2*i])<<4 | unhex(address[2*i+1])
	}
	copy(out[12:], binaryMark)
	out = append(out, body.String()...)
	out = append(out, make([]byte, (4-len(out)%4)%4)...)
	if len(out) > limit.ConfigBytes {
		return nil, fault.New(fault.Invalid, "the file has %d bytes, at most %d may be served", len(out), limit.ConfigBytes)
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)/2)) //nolint:gosec // bounded just above
	binary.BigEndian.PutUint16(out[4:], -sum16(out))
	return out, nil
}

// sum16 adds the file's 16-bit words.
func sum16(data []byte) (sum uint16) {
	for i := 0; i+1 < len(data); i += 2 {
		sum += binary.BigEndian.Uint16(data[i:])
	}
	return sum
}

const hexes = "0123456789abcdef"

func hexDigits(b []byte) string {
	var out bytes.Buffer
	for _, c := range b {
		out.WriteByte(hexes[c>>4])
		out.WriteByte(hexes[c&15])
	}
	return out.String()
}

// unhex reads a digit of an address, which is in its plain form.
func unhex(c byte) byte { return byte(strings.IndexByte(hexes, c)) } //nolint:gosec // one of sixteen
