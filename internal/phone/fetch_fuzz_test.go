package phone

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"bellwether/internal/protocol/tftp"
)

func TestPassive(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"Entering Extended Passive Mode (|||50000|)": 50000, "x (!!!21!) y": 21,
		"(|||0|)": 0, "(|||65536|)": 0, "(|||21": 0, "(||21|)": 0, "(|||-1|)": 0, "": 0, "(": 0,
	} {
		if got, err := extendedPort(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("extendedPort(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]int{
		"Entering Passive Mode (192,0,2,1,195,80).": 50000, "192,0,2,1,0,21": 21,
		"(192,0,2,1,0,0)": 0, "(192,0,2,1,256,0)": 0, "(192,0,2,1,1)": 0, "no numbers": 0, "": 0,
	} {
		if got, err := passivePort(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("passivePort(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
}

// FuzzPassive: whatever a server replies, a port is one or there is none.
func FuzzPassive(f *testing.F) {
	for _, s := range []string{"Entering Extended Passive Mode (|||50000|)", "Entering Passive Mode (192,0,2,1,195,80).", "(", "bytes 10-20/30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func(string) (int, error){extendedPort, passivePort} {
			if port, err := read(text); (err == nil) != (port > 0 && port < 1<<16) {
				t.Errorf("%q names the port %d, %v", text, port, err)
			}
		}
		if from, err := startOf(text); err == nil && !strings.HasPrefix(text, "bytes ") {
			t.Errorf("%q begins at %d", text, from)
		}
	})
}

// FuzzTransfer: whatever a server sends by TFTP, the phone keeps no more than fits
// and says why it stops.
func FuzzTransfer(f *testing.F) {
	f.Add([]byte("\x00\x06tsize\x004\x00|\x00\x03\x00\x01data"))
	f.Add([]byte("\x00\x03\x00\x01" + strings.Repeat("x", 512) + "|\x00\x03\x00\x02"))
	f.Add([]byte("\x00\x05\x00\x01no\x00"))
	peer := netip.MustParseAddrPort("192.0.2.1:69")
	f.Fuzz(func(t *testing.T, script []byte) {
		tr := &transfer{conn: deaf{}, peer: peer, most: 1000, block: 512}
		for _, d := range strings.Split(string(script), "|") {
			done, b, err := tr.take(datagram{[]byte(d), peer})
			if len(tr.data) > 1000 || tr.block > tftp.BlockMax {
				t.Fatalf("the phone holds %d bytes in blocks of %d", len(tr.data), tr.block)
			}
			if err != nil {
				return
			}
			if done {
				if b.code == 0 || b.code == 200 && int64(len(b.data)) != tr.size && tr.size > 0 {
					t.Fatalf("it ends with %d and %d bytes of %d", b.code, len(b.data), tr.size)
				}
				return
			}
		}
	})
}

func TestPathOf(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"ftp://h/a/b.xml": "a/b.xml", "ftp://h//a/../b": "b", "tftp://h/%20a": " a", "ftp://h/a%0d%0aDELE%20b": "", "tftp://h/a%00b": ""} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pathOf(u); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
}

// deaf is a socket that hears nothing and takes everything.
type deaf struct{ net.PacketConn }

func (deaf) WriteTo(p []byte, _ net.Addr) (int, error) { return len(p), nil }
