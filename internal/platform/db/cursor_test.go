package db

import (
	"encoding/base64"
	"testing"

	"bellwether/internal/platform/fault"
)

// FuzzCursor has a cursor refused, or read and written again as the same one.
func FuzzCursor(f *testing.F) {
	p := &Pager{limit: 1, name: "name"}
	_, good := p.Cut(2, func(int) (string, string) { return "Östra's 7", "dev_1" })
	f.Add(good)
	f.Add("")
	f.Add("%%")
	f.Add(good[:len(good)-3])
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"s":"-name","v":"a","i":"b"}`)))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"s":"name","v":"a"}`)))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"s":"name","v":7,"i":"b"}`)))
	f.Fuzz(func(t *testing.T, s string) {
		c, err := readCursor(s, p.name)
		if err != nil {
			if !fault.Is(err, fault.Invalid) || s == good {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		_, again := p.Cut(2, func(int) (string, string) { return c.Value, c.ID })
		back, err := readCursor(again, p.name)
		if err != nil || back != c {
			t.Fatalf("%+v comes back as %+v: %v", c, back, err)
		}
	})
}
