package ftpd_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bellwether/internal/protocol/doortest"
	"bellwether/internal/testkit"
)

// client is an FTP client that shows every reply.
type client struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
	tls  *tls.Config // for data, nil for clear
	raw  string      // every reply so far
}

const patience = 20 * time.Second

// dial connects and signs in. how is "", "implicit", "explicit" (AUTH TLS and PROT
// P) or "commands" (AUTH TLS alone); shown are the client's certificates.
func dial(t testing.TB, h *testkit.House, how, user, pass string, shown ...tls.Certificate) *client {
	t.Helper()
	return dialFrom(t, h, how, netip.MustParseAddr("127.0.0.1"), [2]string{user, pass}, shown...)
}

// dialFrom is dial from another of the machine's addresses.
func dialFrom(t testing.TB, h *testkit.House, how string, from netip.Addr, who [2]string, shown ...tls.Certificate) *client {
	t.Helper()
	name := "ftp"
	if how == "implicit" {
		name = "ftps"
	}
	conn := doortest.Call(t, h, name, from)
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	c := plainClient(t, conn)
	cfg := h.TLS(t)
	cfg.Certificates = shown
	if how == "implicit" {
		c.secure(cfg)
		c.tls = cfg
	}
	c.want(220, "")
	if how == "explicit" || how == "commands" {
		c.want(234, "AUTH TLS")
		c.secure(cfg)
	}
	if how == "explicit" {
		c.want(200, "PBSZ 0")
		c.want(200, "PROT P")
		c.tls = cfg
	}
	c.want(331, "USER "+who[0])
	c.want(230, "PASS "+who[1])
	return c
}

func plainClient(t testing.TB, conn net.Conn) *client {
	return &client{t: t, conn: conn, in: bufio.NewReader(conn)}
}

func (c *client) secure(cfg *tls.Config) {
	c.conn = tls.Client(c.conn, cfg)
	c.in = bufio.NewReader(c.conn)
}

// say sends a command, if any, and returns the reply to it.
func (c *client) say(command string) (int, string) {
	c.t.Helper()
	if command != "" {
		if _, err := io.WriteString(c.conn, command+"\r\n"); err != nil {
			return 0, err.Error()
		}
	}
	var text strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return 0, err.Error()
		}
		text.WriteString(line)
		if len(line) > 3 && line[3] == ' ' && line[0] >= '1' && line[0] <= '5' {
			code := 0
			_, _ = fmt.Sscan(line[:3], &code)
			c.raw += text.String()
			return code, strings.TrimRight(text.String(), "\r\n")
		}
	}
}

func (c *client) want(code int, command string) string {
	c.t.Helper()
	got, text := c.say(command)
	if got != code {
		c.t.Fatalf("%q: %s, want %d", command, text, code)
	}
	return text
}

// passive opens a data connection.
func (c *client) passive() net.Conn {
	c.t.Helper()
	text := c.want(229, "EPSV")
	_, port, _ := strings.Cut(text, "|||")
	port, _, _ = strings.Cut(port, "|")
	host, _, _ := net.SplitHostPort(c.conn.RemoteAddr().String())
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: c.conn.LocalAddr().(*net.TCPAddr).IP}}
	d, err := from.DialContext(c.t.Context(), "tcp", net.JoinHostPort(host, port))
	if err != nil {
		c.t.Fatal(err)
	}
	_ = d.SetDeadline(time.Now().Add(patience))
	if c.tls != nil {
		return tls.Client(d, c.tls)
	}
	return d
}

// retr fetches a file; of a refusal the reply is returned.
func (c *client) retr(path string) ([]byte, string, bool) {
	c.t.Helper()
	d := c.passive()
	defer d.Close()
	code, text := c.say("RETR " + path)
	if code != 150 {
		return nil, text, false
	}
	body, err := io.ReadAll(d)
	if err != nil {
		c.t.Fatalf("the data of %s: %v", path, err)
	}
	_ = d.Close()
	return body, text + "\n" + c.want(226, ""), true
}
