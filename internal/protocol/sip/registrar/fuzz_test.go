package registrar

import (
	"bufio"
	"bytes"
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"

	"bellwether/internal/platform/dial"
)

// Whatever comes, the registrar goes on, keeps nothing of who proved nothing, and
// answers only those who asked.
func FuzzReceive(f *testing.F) {
	for _, name := range []string{"testdata/echo.xml", "testdata/wrong.xml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), "<![CDATA[") {
			msg, _, _ := strings.Cut(strings.TrimSpace(part), "]]>")
			f.Add([]byte(strings.ReplaceAll(strings.NewReplacer("[transport]", "UDP", "[branch]", "z9hG4bK1", "[len]", "0").Replace(msg), "\n", "\r\n")))
		}
	}
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx\r\nVia: SIP/2.0/UDP 192.0.2.9;received=192.0.2.9;rport=5060\r\nFrom: <sip:1@x>\r\nTo: <sip:2@x>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"))
	net := dial.NewMemNet()
	r, err := Open(context.Background(), Config{Network: net, Listen: netip.MustParseAddrPort("192.0.2.1:5060")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = r.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		r.receive(t.Context(), data, hop{addr: netip.MustParseAddrPort("192.0.2.7:5060")})
		if len(r.Registered()) > 0 || len(r.calls) > 0 {
			t.Errorf("somebody who proved nothing is let in by %q", data)
		}
		_, _ = readMessage(bufio.NewReader(bytes.NewReader(data))) // an error is fine
		_, _ = readOffer(data)
	})
}
