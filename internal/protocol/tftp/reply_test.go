package tftp_test

import (
	"bytes"
	"errors"
	"testing"

	"bellwether/internal/protocol/tftp"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeReply(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]tftp.Reply{
		"\x00\x03\x00\x01abc":                           {Kind: tftp.Data, Number: 1, Data: []byte("abc"), Size: -1},
		"\x00\x03\xff\xff":                              {Kind: tftp.Data, Number: 65535, Data: []byte{}, Size: -1},
		"\x00\x05\x00\x01File not found\x00":            {Kind: tftp.Failed, Code: tftp.NotFound, Text: "File not found", Size: -1},
		"\x00\x05\x00\x00no end":                        {Kind: tftp.Failed, Text: "no end", Size: -1},
		"\x00\x06":                                      {Kind: tftp.Agreed, Size: -1},
		"\x00\x06BLKSIZE\x001428\x00tsize\x0010000\x00": {Kind: tftp.Agreed, Block: 1428, Size: 10000},
		"\x00\x06tsize\x000\x00":                        {Kind: tftp.Agreed, Size: 0},
	} {
		got, err := tftp.DecodeReply([]byte(in))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("DecodeReply(%q): %v %s", in, err, diff)
		}
	}
	for _, in := range []string{
		"\x00\x06blksize\x00", "\x00\x06blksize\x007\x00", "\x00\x06blksize\x0065465\x00", "\x00\x06blksize\x00512\x00blksize\x00512\x00", "\x00\x06tsize\x00-1\x00",
		"\x00\x06tsize\x001\x00tsize\x001\x00", "\x00\x06windowsize\x004\x00", "\x00\x06tsize\x0010", "\x00\x06tsize\x0099999999999999999999\x00",
	} {
		if got, err := tftp.DecodeReply([]byte(in)); err == nil || errors.Is(err, tftp.ErrOther) {
			t.Errorf("DecodeReply(%q) = %+v, %v; want an agreement that is refused", in, got, err)
		}
	}
	for _, in := range []string{"", "\x00", "\x00\x03", "\x00\x03\x00", "\x00\x05\x00", "\x00\x04\x00\x01", "\x00\x01a\x00octet\x00", "\x01\x03\x00\x01a", "\xff\xff\xff\xff"} {
		if got, err := tftp.DecodeReply([]byte(in)); !errors.Is(err, tftp.ErrOther) {
			t.Errorf("DecodeReply(%q) = %+v, %v; want that it is no reply", in, got, err)
		}
	}
}

func TestEncodeAck(t *testing.T) {
	t.Parallel()
	if got := string(tftp.EncodeAck(0x1234)); got != "\x00\x04\x12\x34" {
		t.Errorf("an acknowledgement is %q", got)
	}
}

// FuzzDecodeReply: whatever a server sends, what is read is within its ranges and
// no more than was sent.
func FuzzDecodeReply(f *testing.F) {
	for _, s := range []string{"\x00\x03\x00\x01abc", "\x00\x05\x00\x01no\x00", "\x00\x06blksize\x001428\x00tsize\x0010\x00", "\x00\x06", "\x00\x04\x00\x01", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := tftp.DecodeReply(b)
		if err != nil {
			return
		}
		if r.Kind != tftp.Data && r.Kind != tftp.Failed && r.Kind != tftp.Agreed {
			t.Errorf("%q is of the kind %d", b, r.Kind)
		}
		if r.Block != 0 && (r.Block < tftp.BlockMin || r.Block > tftp.BlockMax) || r.Size < -1 || len(r.Data)+len(r.Text) > len(b) {
			t.Errorf("%q reads as %+v", b, r)
		}
	})
}

func TestDecodeWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]tftp.Word{"\x00\x04\x01\x02": {Block: 258}, "\x00\x04\x00\x00more": {}, "\x00\x05\x00\x03full\x00": {Bad: true, Code: 3}, "\x00\x05\x00\x00": {Bad: true}} {
		if got, err := tftp.DecodeWord([]byte(in)); err != nil || got != want {
			t.Errorf("%q reads as %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "\x00\x04\x00", "\x00\x03\x00\x01data", "\x00\x01a\x00octet\x00", "\x04\x00\x00\x01"} {
		if got, err := tftp.DecodeWord([]byte(in)); !errors.Is(err, tftp.ErrOther) {
			t.Errorf("%q reads as %+v, %v", in, got, err)
		}
	}
}

func TestEncodeAgreed(t *testing.T) {
	t.Parallel()
	for want, in := range map[string][3]int{"\x00\x06blksize\x001428\x00": {1428, -1, 0}, "\x00\x06tsize\x000\x00": {0, 0, 0}, "\x00\x06blksize\x00512\x00tsize\x0070000\x00windowsize\x0016\x00": {512, 70_000, 16}} {
		if got := string(tftp.EncodeAgreed(in[0], int64(in[1]), in[2])); got != want {
			t.Errorf("%v is %q, want %q", in, got, want)
		}
	}
}

// FuzzDecodeWord: an acknowledgement that is read is written as it was.
func FuzzDecodeWord(f *testing.F) {
	for _, s := range []string{"\x00\x04\x00\x01", "\x00\x05\x00\x00text\x00", "\x00\x03\x00\x01x", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := tftp.DecodeWord(b)
		if err == nil && !w.Bad && !bytes.HasPrefix(b, tftp.EncodeAck(w.Block)) {
			t.Errorf("%q reads as %+v", b, w)
		}
	})
}
