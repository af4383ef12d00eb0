package handshake

import (
	"io"
	"net"
	"testing"
)

func TestConn_Alert(t *testing.T) {
	t.Parallel()
	unknownCA := "\x15\x03\x03\x00\x02\x02\x30"
	for name, tc := range map[string]struct {
		parts []string
		want  string
	}{
		"an alert at once":      {[]string{unknownCA}, "remote error: tls: unknown certificate authority"},
		"after other bytes":     {[]string{"\x16\x03\x01\x00\x05hello", unknownCA}, "remote error: tls: unknown certificate authority"},
		"in pieces":             {[]string{unknownCA[:2], unknownCA[2:5], unknownCA[5:]}, "remote error: tls: unknown certificate authority"},
		"expired":               {[]string{"\x15\x03\x03\x00\x02\x02\x2d"}, "remote error: tls: expired certificate"},
		"followed by something": {[]string{unknownCA, "\x16"}, ""},
		"encrypted":             {[]string{"\x17\x03\x03\x00\x13" + "0123456789012345678"}, ""},
		"nothing":               {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := net.Pipe()
			go func() {
				defer b.Close()
				for _, p := range tc.parts {
					_, _ = b.Write([]byte(p)) // the other end reads it all
				}
			}()
			c := Hear(a)
			if _, err := io.Copy(io.Discard, c); err != nil {
				t.Fatal(err)
			}
			if got := c.Alert(); got != tc.want {
				t.Errorf("heard %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzAlert(f *testing.F) {
	f.Add([]byte("\x15\x03\x03\x00\x02\x02\x30"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if said := alert(b); said != "" && (len(b) < alertBytes || b[0] != recordAlert) {
			t.Fatalf("%x is heard as %q", b, said)
		}
	})
}
