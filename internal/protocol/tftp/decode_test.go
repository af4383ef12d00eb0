package tftp_test

import (
	"errors"
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/tftp"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]tftp.Request{
		"\x00\x01a.xml\x00octet\x00":                                          {Name: "a.xml", Mode: tftp.Octet},
		"\x00\x01a.xml\x00OcTeT\x00":                                          {Name: "a.xml", Mode: tftp.Octet},
		"\x00\x02a.xml\x00netascii\x00":                                       {Write: true, Name: "a.xml", Mode: tftp.NetASCII},
		"\x00\x01\x00octet\x00":                                               {Mode: tftp.Octet},
		"\x00\x01a\x00octet\x00BLKSIZE\x001428\x00tsize\x000\x00":             {Name: "a", Mode: tftp.Octet, Block: 1428, Size: true},
		"\x00\x01a\x00octet\x00blksize\x0064\x00blksize\x00512\x00":           {Name: "a", Mode: tftp.Octet, Block: 64},
		"\x00\x01a\x00octet\x00blksize\x007\x00":                              {Name: "a", Mode: tftp.Octet},
		"\x00\x01a\x00octet\x00blksize\x0065465\x00":                          {Name: "a", Mode: tftp.Octet},
		"\x00\x01a\x00octet\x00blksize\x00-512\x00":                           {Name: "a", Mode: tftp.Octet},
		"\x00\x01a\x00octet\x00blksize\x00000512\x00":                         {Name: "a", Mode: tftp.Octet},
		"\x00\x01a\x00octet\x00windowsize\x0016\x00timeout\x003\x00":          {Name: "a", Mode: tftp.Octet, Window: 16},
		"\x00\x01a\x00octet\x00windowsize\x000\x00WindowSize\x0065536\x00":    {Name: "a", Mode: tftp.Octet},
		"\x00\x01a\x00octet\x00blksize\x00":                                   {Name: "a", Mode: tftp.Octet},
		"\x00\x01p/\xc3\xa4/%n\x00octet\x00tsize\x00999999999999999999\x00":   {Name: "p/ä/%n", Mode: tftp.Octet, Size: true},
		"\x00\x01a\x00octet\x00" + strings.Repeat("x\x00y\x00", 120):          {Name: "a", Mode: tftp.Octet},
		"\x00\x01a\x00octet\x00tsize\x00" + strings.Repeat("9", 300) + "\x00": {Name: "a", Mode: tftp.Octet, Size: true},
	} {
		if got, err := tftp.Decode([]byte(in)); err != nil || got != want {
			t.Errorf("Decode(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{
		"\x00\x01", "\x00\x01\x00", "\x00\x01a", "\x00\x01a\x00", "\x00\x01a\x00octet", "\x00\x01a\x00mail\x00", "\x00\x01a\x00\x00", "\x00\x02a\x00octet\x00x",
		"\x00\x01" + strings.Repeat("a", limit.TFTPRequest) + "\x00octet\x00",
	} {
		if got, err := tftp.Decode([]byte(in)); err == nil || errors.Is(err, tftp.ErrOther) {
			t.Errorf("Decode(%.40q) = %+v, %v; want a malformed request", in, got, err)
		}
	}
	for _, in := range []string{"", "\x00", "\x01", "\x00\x03\x00\x01data", "\x00\x04\x00\x00", "\x00\x05\x00\x01no\x00", "\x00\x06tsize\x000\x00", "\x01\x00a\x00octet\x00", "\xff\xff"} {
		if got, err := tftp.Decode([]byte(in)); !errors.Is(err, tftp.ErrOther) {
			t.Errorf("Decode(%q) = %+v, %v; want that it is no request", in, got, err)
		}
	}
}

func TestEncodeError(t *testing.T) {
	t.Parallel()
	if got := string(tftp.EncodeError(tftp.Violation, "no\x00more")); got != "\x00\x05\x00\x02no\x00" {
		t.Errorf("an error is %q", got)
	}
}

// FuzzDecode: what is read is written shorter or as long, and reads as itself.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"\x00\x01a\x00octet\x00blksize\x001428\x00tsize\x000\x00", "\x00\x02\x00netascii\x00", "\x00\x03\x00\x01x", "\x00\x01a\x00mail\x00", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := tftp.Decode(b)
		if err != nil {
			return
		}
		out := r.Encode()
		if len(out) > len(b) {
			t.Errorf("%q grew to %q", b, out)
		}
		if again, err := tftp.Decode(out); err != nil || again != r {
			t.Errorf("%+v reads as %+v, %v", r, again, err)
		}
	})
}
