package grandstream_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

const macOld = mac.Address("000b82000001")

func pFile(t testing.TB, address mac.Address, values ...vendors.SpelledValue) []byte {
	t.Helper()
	d := vendors.Document{Kind: vendors.Config, MAC: address, Epoch: 1, Values: values}
	d.Target.Dialect = "gs-p"
	out, err := vendor(t).Render(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The frame as two other projects describe it, byte by byte.
func TestVendor_Encode_binary(t *testing.T) {
	t.Parallel()
	in := pFile(t, macOld, vendors.SpelledValue{Name: "P2", Value: "a b&c"}, vendors.SpelledValue{Name: "P47", Value: "sip.example.org"})
	got, err := vendor(t).Encode(vendors.Delivery{Encoding: vendors.Binary, MAC: macOld}, in)
	if err != nil {
		t.Fatal(err)
	}
	body := "P2=a+b%26c&P47=sip.example.org&gnkey=0b82"
	if n := binary.BigEndian.Uint32(got); int(n)*2 != len(got) || len(got)%4 != 0 {
		t.Errorf("length %d words for %d bytes", n, len(got))
	}
	var sum uint16
	for i := 0; i < len(got); i += 2 {
		sum += binary.BigEndian.Uint16(got[i:])
	}
	if sum != 0 {
		t.Errorf("the words sum up to %d", sum)
	}
	if want := "\x00\x0b\x82\x00\x00\x01\r\n\r\n" + body; strings.TrimRight(string(got[6:]), "\x00") != want {
		t.Errorf("%q", got[6:])
	}
	back, err := vendor(t).Decode(vendors.Delivery{Encoding: vendors.Binary, MAC: macOld}, got)
	if err != nil || !bytes.Equal(back, in) {
		t.Errorf("%v\n%s", err, back)
	}
}

func TestVendor_Encode_refuses(t *testing.T) {
	t.Parallel()
	old := pFile(t, macOld, vendors.SpelledValue{Name: "P2", Value: "x"})
	aliases, err := vendor(t).Render(document(vendors.SpelledValue{Name: "hotel.name", Value: "x"}))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		how  vendors.Delivery
		data []byte
		want string
	}{
		"aliases in binary":         {vendors.Delivery{Encoding: vendors.Binary, MAC: macA}, aliases, "P-values only"},
		"an address of later years": {vendors.Delivery{Encoding: vendors.Binary, MAC: "c074ad000001"}, pFile(t, "c074ad000001"), "000b82"},
		"another phone's file":      {vendors.Delivery{Encoding: vendors.Binary, MAC: "000b82000002"}, old, "not for"},
		"no password":               {vendors.Delivery{Encoding: vendors.Sealed, MAC: macOld}, old, "password"},
		"an unknown form":           {vendors.Delivery{Encoding: "zip"}, old, "not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := vendor(t).Encode(tc.how, tc.data); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error = %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestVendor_Parse_other_forms(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		want []vendors.SpelledValue
		bad  string
	}{
		"lines":                    {"# GRP2614 1.0.9.103\r\n\r\nP3=Bruce = W\r\np35 =654321\nP3=last\n", []vendors.SpelledValue{{Name: "P3", Value: "last"}, {Name: "P35", Value: "654321"}}, ""},
		"a line that is none":      {"P3=x\nhello\n", nil, "line 2"},
		"small p":                  {`<gs_provision><config version="1"><p2>x</p2></config></gs_provision>`, []vendors.SpelledValue{{Name: "P2", Value: "x"}}, ""},
		"sealed":                   {"Salted__12345678abcdefghijklmnop", nil, "encrypted"},
		"binary with a wrong sum":  {"\x00\x00\x00\x0c\x00\x00\x00\x0b\x82\x00\x00\x01\r\n\r\nP2=abcde", nil, "check"},
		"binary with a wrong size": {"\x00\x00\x00\x0d\x00\x00\x00\x0b\x82\x00\x00\x01\r\n\r\nP2=abcde", nil, "illegal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := vendor(t).Parse(vendors.Config, []byte(tc.in))
			if tc.bad != "" {
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.bad) {
					t.Fatalf("error = %v, want %q in it", err, tc.bad)
				}
				return
			}
			if err != nil || d.Target.Dialect != "gs-p" {
				t.Fatalf("%v, dialect %s", err, d.Target.Dialect)
			}
			if diff := cmp.Diff(tc.want, d.Values); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// A file that is packed and unpacked says the same.
func FuzzEncode_binary(f *testing.F) {
	f.Add("P2", "admin", "x=y&z%")
	f.Add("P47", "", "\x00ä")
	f.Fuzz(func(t *testing.T, name, one, two string) {
		d := vendors.Document{Kind: vendors.Config, MAC: macOld, Epoch: 1, Values: []vendors.SpelledValue{{Name: "P0", Value: one}, {Name: name, Value: two}}}
		d.Target.Dialect = "gs-p"
		xml, err := vendor(t).Render(d)
		if err != nil {
			return
		}
		how := vendors.Delivery{Encoding: vendors.Binary, MAC: macOld}
		packed, err := vendor(t).Encode(how, xml)
		if err != nil {
			t.Fatal(err)
		}
		back, err := vendor(t).Decode(how, packed)
		if err != nil || !bytes.Equal(back, xml) {
			t.Fatalf("%v\n%s\n%s", err, xml, back)
		}
	})
}
