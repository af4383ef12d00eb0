package ftpd_test

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// TestHandshakes: TLS that comes to nothing at the FTP doors is a row, with the
// reason that the peer had; TLS that came about is none.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	h := testkit.New(t, testkit.WithDoors("ftp", "ftps"))
	curl := func(want bool, args ...string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			out, err := exec.CommandContext(t.Context(), "curl", append([]string{"--silent", "--show-error", "--max-time", "10", "--user", "a:b"}, args...)...).CombinedOutput()
			var ee *exec.ExitError
			if !errors.As(err, &ee) || (ee.ExitCode() == 60) == want { // 60: the certificate is not trusted
				t.Fatalf("curl: %v\n%s", err, out)
			}
		}
	}
	ca := filepath.Join(t.TempDir(), "other.pem")
	if err := os.WriteFile(ca, []byte(testkit.Root(t, h.Clock.Now(), "Another authority").PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	others := []string{"--cacert", ca}
	explicit, implicit := "ftp://"+h.Addr(t, "ftp")+"/none.xml", "ftps://"+h.Addr(t, "ftps")+"/none.xml"
	for _, tc := range []struct {
		name string
		make func(*testing.T)
		want identity.Reason
	}{
		{"OpenSSL at once", curl(false, append(others, implicit)...), identity.TLSUntrusted},
		{"OpenSSL after AUTH", curl(false, append(others, "--ssl-reqd", explicit)...), identity.TLSUntrusted},
		{"OpenSSL with TLS 1.2", curl(false, append(others, "--tls-max", "1.2", "--ssl-reqd", explicit)...), identity.TLSUntrusted},
		{"an alert that is encrypted", func(t *testing.T) {
			t.Helper()
			c, err := net.Dial("tcp", h.Addr(t, "ftps"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if tls.Client(c, &tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS13}).HandshakeContext(t.Context()) == nil {
				t.Fatal("TLS came about")
			}
		}, identity.TLSTime}, // crypto/tls says "bad certificate" of all
		{"clear text", func(t *testing.T) {
			t.Helper()
			c, err := net.Dial("tcp", h.Addr(t, "ftps"))
			if err == nil {
				_, err = c.Write([]byte("USER a\r\nPASS b\r\n"))
			}
			if err != nil {
				t.Fatal(err)
			}
			testkit.Wait(t, "the door hangs up", func() bool { _, err := c.Read(make([]byte, 64)); return err != nil })
			_ = c.Close()
		}, identity.TLSClear},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := len(broken(t, h))
			tc.make(t)
			var rows []provision.Entry
			testkit.Wait(t, "a row in the ledger", func() bool { rows = broken(t, h); return len(rows) > before })
			if got := rows[0]; got.Door != vendors.FTPS || len(got.Findings) != 1 || got.Findings[0].Reason != tc.want {
				t.Errorf("%s: %+v (%s), want %s", got.Door, got.Findings, got.Reason, tc.want)
			}
		})
	}
	t.Run("TLS that came about", func(t *testing.T) {
		before := len(broken(t, h))
		curl(true, "--insecure", implicit)(t)
		curl(true, "--insecure", "--ssl-reqd", explicit)(t)
		curl(true, explicit)(t)
		testkit.Wait(t, "every session has ended", func() bool { return asked(t, h) >= 3 })
		if got := broken(t, h); len(got) != before {
			t.Errorf("%d rows of handshakes, want %d: %+v", len(got), before, got[0])
		}
	})
}

// broken are the rows of handshakes that came to nothing, the newest first, one
// for each time.
func broken(t *testing.T, h *testkit.House) (out []provision.Entry) {
	t.Helper()
	for _, e := range rows(t, h, provision.Handshake) {
		for range e.Count {
			out = append(out, e)
		}
	}
	return out
}

func asked(t *testing.T, h *testkit.House) (n int64) {
	t.Helper()
	for _, e := range rows(t, h, "") {
		if e.Verdict != provision.Handshake {
			n += e.Count
		}
	}
	return n
}

func rows(t *testing.T, h *testkit.House, v provision.Verdict) []provision.Entry {
	t.Helper()
	if err := h.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	s, err := h.Ledger.List(testkit.System(), provision.Filter{Verdict: v})
	if err != nil {
		t.Fatal(err)
	}
	return s.Items
}
