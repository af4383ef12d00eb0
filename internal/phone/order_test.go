package phone_test

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	audiocodes "bellwether/internal/vendors/audiocodes/sim"
)

// namer answers who asks the network for a server with an address, and returns how
// often it was asked.
func (w *world) namer(t *testing.T, address string) (asked func() []string) {
	t.Helper()
	conn, err := w.net.ListenPacket(t.Context(), "udp", "224.0.1.75:5060")
	if err != nil {
		t.Fatal(err)
	}
	var questions []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			q := string(buf[:n])
			w.mu.Lock()
			questions = append(questions, q)
			w.mu.Unlock()
			id := ""
			for line := range strings.Lines(q) {
				if rest, ok := strings.CutPrefix(line, "Call-ID: "); ok {
					id = strings.TrimSpace(rest)
				}
			}
			_, _ = conn.WriteTo([]byte("NOTIFY sip:"+from.String()+" SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nFrom: <sip:a@192.0.2.1>;tag=a\r\nTo: <sip:b@192.0.2.1>;tag=b\r\nCall-ID: "+id+
				"\r\nCSeq: 1 NOTIFY\r\nMax-Forwards: 70\r\nEvent: ua-profile\r\nContent-Type: application/url\r\nContent-Length: "+strconv.Itoa(len(address))+"\r\n\r\n"+address), from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return func() []string {
		w.mu.Lock()
		defer w.mu.Unlock()
		return questions
	}
}

// TestPhone_boot_order: where an AudioCodes phone from the box looks, one after the
// other: option 160, 66 with 67, and the network last; addresses of its own end all
// of that. A Grandstream asks the network where it is set so, and its lease wins
// while the override is on.
func TestPhone_boot_order(t *testing.T) {
	t.Parallel()
	persona, err := audiocodes.New()
	if err != nil {
		t.Fatal(err)
	}
	const own = "/00005E005301.cfg"
	for name, tc := range map[string]struct {
		options  map[uint8]string
		settings map[string]string
		asks     bool   // the network
		first    string // request
	}{
		"160, 66 and 67":    {map[uint8]string{160: "http://prov.example.org/o160/", 66: "http://prov.example.org/o66/", 67: ";x.cfg"}, nil, false, "http /o160" + own},
		"66 and 67":         {map[uint8]string{66: "http://prov.example.org/o66/", 67: ";x.cfg"}, nil, false, "http /o66/x.cfg"},
		"another option":    {map[uint8]string{160: "http://prov.example.org/o160/", 170: "http://prov.example.org/o170/"}, map[string]string{"provisioning/url_option_value": "170"}, false, "http /o170" + own},
		"nothing of it":     {map[uint8]string{12: "phone"}, nil, true, "http /found" + own},
		"addresses":         {map[uint8]string{160: "http://prov.example.org/o160/"}, map[string]string{"provisioning/method": "STATIC", "provisioning/configuration/url": "http://prov.example.org/static/"}, false, "http /static" + own},
		"switched off":      {map[uint8]string{160: "http://prov.example.org/o160/"}, map[string]string{"provisioning/method": "DISABLE"}, false, ""},
		"Grandstream, PnP":  {map[uint8]string{12: "phone"}, map[string]string{"provisioning.3cxautoprovision": "Yes"}, true, "http /found/cfg" + macA + ".xml"},
		"Grandstream, both": {map[uint8]string{66: "http://prov.example.org/o66/"}, map[string]string{"provisioning.3cxautoprovision": "Yes"}, true, "http /o66/cfg" + macA + ".xml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				asked := w.namer(t, "http://prov.example.org/found/")
				w.phone(t, func(c *phone.Config) {
					lease(tc.options)(c)
					c.Settings, c.PnP = tc.settings, &phone.PnP{Address: netip.MustParseAddr("192.0.2.77")}
					if !strings.HasPrefix(name, "Grandstream") {
						c.Persona, c.Model = persona, "440HD"
					}
				})
				time.Sleep(10 * time.Second)
				synctest.Wait()
				got := append(w.requests(), "")
				if got[0] != tc.first || (len(asked()) > 0) != tc.asks {
					t.Errorf("it asked the network %d times and then for %q, want %q", len(asked()), got[0], tc.first)
				}
				if q := asked(); tc.asks && !strings.HasPrefix(name, "Grandstream") && (!strings.Contains(q[0], "From: <sip:00000001@192.0.2.77:5060>") || !strings.Contains(q[0], `profile-type="application";model="440HD"`) || strings.Contains(strings.ToLower(q[0][:strings.Index(q[0], "Call-ID")]), macA)) {
					t.Errorf("it asked\n%s", q[0])
				}
			})
		})
	}
}
