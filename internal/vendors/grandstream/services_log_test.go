package grandstream_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

// book is a log server.
type book struct {
	mu    sync.Mutex
	lines []string
}

func (b *book) serve(c net.Conn) {
	data, _ := io.ReadAll(c)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(data) > 0 { // else somebody who did not trust us
		b.lines = append(b.lines, string(data))
	}
}

// take returns the lines since the last call.
func (b *book) take() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	out := strings.Join(b.lines, "\n")
	b.lines = nil
	return out
}

func logTransport(t *testing.T, s *station) {
	var plain, sealed book
	s.server("192.0.2.20:514", plain.serve)
	for _, srv := range []struct {
		name, port string
	}{{"known", ":6514"}, {"unknown", ":6515"}} {
		cert := s.cert
		if srv.name == "unknown" {
			cert, _ = issue(t, "prov.example.org")
		}
		l, err := s.mem.Listen(t.Context(), "tcp", srv.port)
		if err != nil {
			t.Fatal(err)
		}
		secure := tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
		t.Cleanup(func() { _ = secure.Close() })
		go func() {
			for {
				c, err := secure.Accept()
				if err != nil {
					return
				}
				sealed.serve(c)
				_ = c.Close()
			}
		}()
	}
	s.tell("maintain.syslog.protocol", "UDP", "maintain.syslog.server", "192.0.2.20", "maintain.syslog.level", "Info")
	p := s.phone(nil)
	synctest.Wait()
	plain.take()
	p.Reboot()
	if got := plain.take(); !strings.Contains(got, "<14>") || !strings.Contains(got, stationMA) || !strings.Contains(got, "system starts") {
		t.Errorf("by UDP: %q", got)
	}
	s.tell("maintain.syslog.protocol", "SSL_TLS", "maintain.syslog.server", "prov.example.org", "trustedcacertificates.load", "All Certificates", "trustedcacertificates.trustedcacertificate.1", s.roots)
	p.Provision()
	synctest.Wait()
	p.Reboot()
	if got := sealed.take(); !strings.Contains(got, "system starts") || plain.take() != "" {
		t.Errorf("by TLS: %q", got)
	}
	s.tell("maintain.syslog.server", "prov.example.org:6515")
	p.Provision()
	synctest.Wait()
	sealed.take()
	p.Reboot()
	if got := sealed.take(); got != "" {
		t.Errorf("to a server of an unknown authority: %q", got)
	}
}

func logFilter(t *testing.T, s *station) {
	var b book
	s.server("192.0.2.20:514", b.serve)
	const boot, fetch, sip = "system starts", "fetch cfg", "INVITE sip:"
	for _, tc := range []struct {
		told       []string
		has, lacks []string
	}{
		{[]string{"maintain.syslog.level", "Debug"}, []string{boot, fetch}, []string{sip}},
		{[]string{"maintain.syslog.level", "Debug", "maintain.syslog.sendsiplog", "yes"}, []string{boot, fetch, sip}, nil},
		{[]string{"maintain.syslog.level", "Info"}, []string{boot}, []string{fetch, sip}},
		{[]string{"maintain.syslog.level", "Error"}, nil, []string{boot, fetch}},
		{[]string{"maintain.syslog.level", "None"}, nil, []string{boot, fetch}},
		{[]string{"maintain.syslog.level", "Debug", "maintain.syslog.keywordfiltering", "nothing, fetch"}, []string{fetch}, []string{boot}},
	} {
		s.tell(append(tc.told, "maintain.syslog.server", "192.0.2.20")...)
		p := s.phone(func(c *phone.Config) { c.Web = nil })
		synctest.Wait()
		b.take()
		p.LogSIP("INVITE sip:201@pbx.example.org")
		p.Reboot()
		got := b.take()
		for _, w := range tc.has {
			if !strings.Contains(got, w) {
				t.Errorf("%v: no %q in %q", tc.told, w, got)
			}
		}
		for _, w := range tc.lacks {
			if strings.Contains(got, w) {
				t.Errorf("%v: %q in %q", tc.told, w, got)
			}
		}
		p.Set("maintain.syslog.server", "")
		synctest.Wait()
	}
}

// A log line carries the phone's own time (RFC 3164 §4.1.2).
func timeZone(t *testing.T, s *station) {
	var b book
	s.server("192.0.2.20:514", b.serve)
	for zone, behind := range map[string]time.Duration{"MTZ+6MDT+5,M4.1.0,M11.1.0": 6 * time.Hour, "IST-5:30": -330 * time.Minute} { // the bubble begins in January
		s.tell("datetime.timezone", "customize", "datetime.timezone.custom", zone, "maintain.syslog.server", "192.0.2.20", "maintain.syslog.level", "Info")
		p := s.phone(func(c *phone.Config) { c.Web = nil })
		synctest.Wait()
		b.take()
		now := time.Now()
		p.Reboot()
		if got, want := b.take(), "<14>"+now.UTC().Add(-behind).Format("Jan _2 15:04:05")+" "; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", zone, got, want)
		}
		p.Set("maintain.syslog.server", "")
		synctest.Wait()
	}
}
