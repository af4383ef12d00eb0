package grandstream_test

import (
	"crypto/md5"
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
)

// TestPhone_services hands a virtual phone settings by our own keys, in the
// vendor's spelling and file, and looks from outside at what it does: a browser,
// a time server, a log server, a web server.
func TestPhone_services(t *testing.T) {
	t.Parallel()
	for id, look := range map[string]func(*testing.T, *station){
		"GH-NET-001": internetProtocol, "GH-TIM-001 servers": timeServers, "GH-TIM-001 signed": timeSigned, "GH-TIM-002": timeInterval, "GH-TIM-004": timeZone,
		"GH-WEB-002": webPorts, "GH-WEB-003": webList, "GH-WEB-004": webSession, "GH-WEB-005": webValidate, "GH-WEB-006": webLockOut, "GH-WEB-007": webPassword,
		"GH-WEB-009": webTLS, "GH-WEB-010": webCertificate, "GH-WEB-011": webAuthorities,
		"GH-SYS-001": logTransport, "GH-SYS-002": logFilter, "GH-MOD-012": webSticker,
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { look(t, newStation(t)) })
		})
	}
}

// The server has an IPv4 and an IPv6 address; then its IPv6 goes away.
func internetProtocol(t *testing.T, s *station) {
	end := s.listenOn(s.host(serverAddr6), ":80", nil)
	phones := map[string]*phone.Phone{}
	family := func(protocol string) string {
		s.mu.Lock()
		s.from = ""
		s.mu.Unlock()
		s.tell("network.internetprotocol", protocol)
		p := phones[protocol]
		if p == nil {
			p = s.phone(func(c *phone.Config) { c.Web = nil })
			phones[protocol] = p
			synctest.Wait() // it has learned which it prefers
		}
		s.fetched(p)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case strings.HasPrefix(s.from, "["):
			return "IPv6"
		case s.from != "":
			return "IPv4"
		}
		return "nothing"
	}
	for protocol, want := range map[string]string{"BothAndPreferIPv4": "IPv4", "BothAndPreferIPv6": "IPv6", "IPv4Only": "IPv4", "IPv6Only": "IPv6"} {
		if got := family(protocol); got != want {
			t.Errorf("%s: asked by %s", protocol, got)
		}
	}
	end()
	if got := family("BothAndPreferIPv6"); got != "IPv4" {
		t.Errorf("without IPv6, where it is preferred: asked by %s", got)
	}
	if got := family("IPv6Only"); got != "nothing" {
		t.Errorf("without IPv6, which alone is allowed: asked by %s", got)
	}
}

// clock is a time server: its time, and when it was asked.
type clock struct {
	ahead time.Duration

	mu     sync.Mutex // guards what follows
	number uint32
	key    string // it signs with; "" for not
	asked  []time.Time
}

// serve answers as RFC 5905 §7.3 has it.
func (c *clock) serve(conn net.Conn) {
	b := make([]byte, 512)
	n, err := conn.Read(b)
	if err != nil || n < 48 {
		return
	}
	now := time.Now()
	c.mu.Lock()
	c.asked = append(c.asked, now)
	number, key := c.number, c.key
	c.mu.Unlock()
	out := make([]byte, 48)
	out[0], out[1] = 4<<3|4, 2
	copy(out[24:32], b[40:48])
	stamp := uint64(now.Add(c.ahead).Unix()+2208988800) << 32
	binary.BigEndian.PutUint64(out[32:], stamp)
	binary.BigEndian.PutUint64(out[40:], stamp)
	if key != "" {
		sum := md5.Sum(append([]byte(key), out...))
		out = append(binary.BigEndian.AppendUint32(out, number), sum[:]...)
	}
	_, _ = conn.Write(out)
}

// ahead is how far the phone's clock is before the machine's, by its pages.
func (b browser) ahead() time.Duration {
	b.t.Helper()
	_, h := b.look("https://" + phoneAddr + "/")
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		b.t.Fatalf("the phone does not tell its time: %v", err)
	}
	return time.Until(at).Round(time.Second)
}

func timeServers(t *testing.T, s *station) {
	second := &clock{ahead: time.Hour}
	s.server("192.0.2.11:123", second.serve)
	s.tell("datetime.ntp.server.1", "192.0.2.10", "datetime.ntp.server.2", "192.0.2.11", "datetime.ntp.updateinterval", "60")
	p := s.phone(nil)
	synctest.Wait()
	time.Sleep(30 * time.Second)
	synctest.Wait()
	if got := s.browser("192.0.2.5", nil).ahead(); got != time.Hour || p.Status().TimeFrom != "192.0.2.11" {
		t.Fatalf("with a silent first server the clock is %s ahead, from %q", got, p.Status().TimeFrom)
	}
	first := &clock{ahead: 2 * time.Hour}
	s.server("192.0.2.10:123", first.serve)
	time.Sleep(time.Hour)
	synctest.Wait()
	if got := s.browser("192.0.2.5", nil).ahead(); got != 2*time.Hour {
		t.Fatalf("the first server is back, and the clock is %s ahead", got)
	}
}

func timeSigned(t *testing.T, s *station) {
	srv := &clock{ahead: time.Hour}
	s.server("192.0.2.10:123", srv.serve)
	s.tell("datetime.ntp.server.1", "192.0.2.10", "datetime.ntp.enableauth", "yes", "datetime.ntp.updateinterval", "5")
	p := s.phone(func(c *phone.Config) { c.TimeKey = phone.TimeKey{Number: 7, Key: "right"} })
	b := s.browser("192.0.2.5", nil)
	for _, tc := range []struct {
		number uint32
		key    string
		want   time.Duration
	}{{0, "", 0}, {7, "wrong", 0}, {8, "right", 0}, {7, "right", time.Hour}} {
		srv.mu.Lock()
		srv.number, srv.key = tc.number, tc.key
		srv.mu.Unlock()
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if got := b.ahead(); got != tc.want || (p.Status().TimeError == "") != (tc.want != 0) {
			t.Errorf("signed with %d %q the clock is %s ahead: %q", tc.number, tc.key, got, p.Status().TimeError)
		}
	}
}

func timeInterval(t *testing.T, s *station) {
	for _, wrong := range []string{"4", "1441"} {
		if _, err := vendor(t).Catalog().Normalize("datetime.ntp.updateinterval", wrong); err == nil {
			t.Errorf("%s minutes are taken", wrong)
		}
	}
	srv := &clock{}
	s.server("192.0.2.10:123", srv.serve)
	for minutes, want := range map[string]time.Duration{"5": 5 * time.Minute, "1440": 24 * time.Hour} {
		s.tell("datetime.ntp.server.1", "192.0.2.10", "datetime.ntp.updateinterval", minutes)
		p := s.phone(nil)
		synctest.Wait()
		srv.mu.Lock()
		srv.asked = nil
		srv.mu.Unlock()
		time.Sleep(2*want + time.Second)
		synctest.Wait()
		srv.mu.Lock()
		if len(srv.asked) != 2 || srv.asked[1].Sub(srv.asked[0]) != want {
			t.Errorf("every %s minutes it asks at %v", minutes, srv.asked)
		}
		srv.mu.Unlock()
		p.Set("datetime.ntp.server.1", "")
		p.Set("security.webaccessmode", "Disabled")
	}
}
