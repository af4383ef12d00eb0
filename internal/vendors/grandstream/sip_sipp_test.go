package grandstream_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/phone"
)

// sipp is a foreign program (Debian's sip-tester) that plays a scenario once, on
// real sockets. Its end says whether all of it happened.
func sipp(t *testing.T, args ...string) func() {
	t.Helper()
	path, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is missing: scripts/setup.sh test installs Debian's sip-tester")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	c := exec.CommandContext(ctx, path, append([]string{"-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "20s", "-trace_err", "-error_file", dir + "/errors", "-trace_msg", "-message_file", dir + "/messages"}, args...)...)
	c.Env = append(os.Environ(), "TERM=xterm")
	c.Dir = dir
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		defer cancel()
		if err := c.Wait(); err != nil {
			errors, _ := os.ReadFile(dir + "/errors")
			messages, _ := os.ReadFile(dir + "/messages")
			t.Fatalf("sipp %s: %v\n%s\n%s", strings.Join(args, " "), err, errors, messages)
		}
	}
}

func scenario(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("testdata/sipp/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// real101 is an account at a server on this machine.
func real101(t *testing.T, port string, pairs ...string) (map[string]string, string) {
	t.Helper()
	b, own := base(), freePort(t)
	b["account.1.sip.server.1.address"], b["account.1.sip.localport"], b["network.rtp.local.port"] = "127.0.0.1:"+port, own, evenPort(t)
	b["network.rtp.userandomport"] = "no"
	for i := 0; i < len(pairs); i += 2 {
		b[pairs[i]] = pairs[i+1]
	}
	return b, own
}

// evenPort returns a port that is free, as RTP wants it.
func evenPort(t *testing.T) string {
	t.Helper()
	for {
		port := freePort(t)
		if strings.Contains("02468", port[len(port)-1:]) {
			return port
		}
	}
}

// A program that knows nothing of ours registers the phone, calls it and is
// called by it.
func TestPhone_SIP_against_sipp(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"UDP", "TCP"} {
		t.Run("registers with authentication by "+by, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			mode := map[string]string{"UDP": "u1", "TCP": "t1"}[by]
			done := sipp(t, "-sf", scenario(t, "registrar.xml"), "-p", port, "-t", mode)
			b, _ := real101(t, port, "account.1.sip.transport", by, "account.1.sip.registrationfailureretrywaittime", "1")
			live(t, b, nil)
			done()
		})
	}
	off := []string{"account.1.sip.registration", "no"}
	t.Run("calls", func(t *testing.T) {
		t.Parallel()
		port := freePort(t)
		done := sipp(t, "-sn", "uas", "-p", port)
		b, _ := real101(t, port, off...)
		p := live(t, b, nil)
		id := dialWhenUp(t, p, "200")
		until(t, "the call is up", func() bool { return stateOf(p, id) == phone.CallUp })
		if err := p.HangUp(id); err != nil {
			t.Fatal(err)
		}
		done()
	})
	t.Run("is called", func(t *testing.T) {
		t.Parallel()
		b, own := real101(t, "9", append(off, "account.1.call.autoanswer", "yes")...)
		p := live(t, b, nil)
		until(t, "the phone has a line", func() bool { return p.Ready() })
		sipp(t, "-sn", "uac", "-p", freePort(t), "127.0.0.1:"+own)()
	})
	t.Run("is called with authentication", func(t *testing.T) {
		t.Parallel()
		b, own := real101(t, "9", append(off, "account.1.call.autoanswer", "yes", "account.1.sip.authenticateincominginvite", "yes")...)
		p := live(t, b, nil)
		until(t, "the phone has a line", func() bool { return p.Ready() })
		sipp(t, "-sf", scenario(t, "caller.xml"), "-p", freePort(t), "127.0.0.1:"+own)()
	})
}

// Debian's openssl is a foreign end of TLS: it accepts the phone's connection and
// shows what comes through it.
func TestPhone_SIP_against_openssl(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"sips": "REGISTER sips:127.0.0.1:", "sip": "REGISTER sip:127.0.0.1:"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			cert, _ := certify(t, "127.0.0.1", false)
			der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
			if err != nil {
				t.Fatal(err)
			}
			file := t.TempDir() + "/server.pem"
			text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			port := freePort(t)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			c := exec.CommandContext(ctx, "openssl", "s_server", "-accept", "127.0.0.1:"+port, "-cert", file, "-quiet")
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.StdinPipe(); err != nil { // at whose end it would go
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatalf("openssl: %v", err)
			}
			b, _ := real101(t, port, "account.1.sip.transport", "Tls Or Tcp", "account.1.sip.urischemewhenusingtls", value, "account.1.sip.registrationfailureretrywaittime", "1")
			live(t, b, nil)
			line, err := bufio.NewReader(out).ReadString('\n')
			cancel()
			_ = c.Wait()
			if err != nil || !strings.HasPrefix(line, want) {
				t.Fatalf("openssl got %q, %v; want %s", line, err, want)
			}
		})
	}
}

// until waits for what a real network takes its time for.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(8 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal(what + ": it did not happen")
		}
	}
}

func dialWhenUp(t *testing.T, p *phone.Phone, number string) string {
	t.Helper()
	until(t, "the phone has a line", func() bool { return p.Ready() })
	id, err := p.Call(phone.Order{Line: 1, Number: number})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func stateOf(p *phone.Phone, id string) phone.CallState {
	for _, c := range p.Calls() {
		if c.ID == id {
			return c.State
		}
	}
	return ""
}

// A page on the machine's real network: the phone has joined the group.
func TestPhone_multicast_page(t *testing.T) {
	t.Parallel()
	group := "224.0.1.116:" + freePort(t)
	b, _ := real101(t, "9", "account.1.sip.registration", "no", "multicast.listening.1.address", group)
	p := live(t, b, nil)
	until(t, "the phone has a line", p.Ready)
	c, err := net.Dial("udp", group)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	until(t, "the page is played", func() bool {
		if _, err := c.Write(append([]byte{0x80, 0}, make([]byte, 170)...)); err != nil {
			t.Fatal(err)
		}
		return p.Paging() == 1
	})
}
