package grandstream_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bellwether/internal/phone"
)

// machine is the machine's own network.
type machine struct{ net.Dialer }

func (m *machine) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return m.DialContext(ctx, network, addr)
}

// datagrams is a UDP socket on the loopback, and what came to it.
func datagrams(t *testing.T, answer func([]byte) []byte) (addr string, got <-chan []byte) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	out := make(chan []byte, 1000)
	go func() {
		b := make([]byte, 2048)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			out <- bytes.Clone(b[:n])
			if answer != nil {
				_, _ = c.WriteTo(answer(b[:n]), from)
			}
		}
	}()
	return c.LocalAddr().String(), out
}

// answering is a connection that holds a question and takes the answer.
type answering struct {
	net.Conn
	ask, answer []byte
}

func (a *answering) Read(b []byte) (int, error) { return copy(b, a.ask), nil }
func (a *answering) Write(b []byte) (int, error) {
	a.answer = bytes.Clone(b)
	return len(b), nil
}

// The same over real sockets: a time server that is asked again in the interval,
// and a log server that gets the phone's lines, one a datagram.
func TestPhone_services_over_real_sockets(t *testing.T) {
	t.Parallel()
	srv := &clock{ahead: time.Hour}
	ntp, asked := datagrams(t, func(b []byte) []byte {
		a := answering{ask: b}
		srv.serve(&a)
		return a.answer
	})
	logs, lines := datagrams(t, nil)
	s := &station{t: t}
	s.tell("datetime.ntp.server.1", ntp, "datetime.ntp.updateinterval", "5", "maintain.syslog.server", logs, "maintain.syslog.level", "Info")
	files := httptest.NewServer(http.HandlerFunc(s.ServeHTTP))
	t.Cleanup(files.Close)
	p, err := phone.New(phone.Config{MAC: stationMA, Model: "GHP621W", Persona: virtual(t), ServerURL: files.URL + "/", Network: &machine{}, Beside: true, MinutesAs: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithTimeout(t.Context(), time.Minute)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	for range 3 {
		select {
		case b := <-asked:
			if len(b) != 48 || b[0]&7 != 3 {
				t.Errorf("it asks for the time with %x", b)
			}
		case <-ctx.Done():
			t.Fatal("it does not ask for the time")
		}
	}
	p.Reboot()
	for starts := false; !starts; {
		select {
		case line := <-lines:
			starts = strings.Contains(string(line), stationMA+" GHP621W: system starts")
		case <-ctx.Done():
			t.Fatal("its log does not say that it starts")
		}
	}
	if got := p.Status(); got.TimeFrom != ntp || got.TimeError != "" {
		t.Errorf("the time is from %q: %s", got.TimeFrom, got.TimeError)
	}
	off()
	<-done
}
