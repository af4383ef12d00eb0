package cli

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/testkit"
)

// TestTrustedCA: from a maker's certificate to the configuration of its phone, on
// the command line beside a running server, and back.
func TestTrustedCA(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	p, other := w.Phones[0], w.Phones[1]
	maker := testkit.Root(t, h.Clock.Now(), "Maker CA")
	pem := filepath.Join(t.TempDir(), "maker.pem")
	if err := os.WriteFile(pem, []byte(maker.PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := h.TLS(t)
	cfg.Certificates = []tls.Certificate{maker.Issue(t, p.MAC.String())}
	fetch := func(what string, want bool) {
		t.Helper()
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: cfg}}
		defer client.CloseIdleConnections()
		res, err := client.Get("https://" + h.Addr(t, "provision_https") + "/" + p.File())
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		if strings.Contains(string(b), p.Password) != want {
			t.Errorf("%s: the phone gets its configuration: %t, want %t", what, !want, want)
		}
		if err := h.Trust.Flush(testkit.System()); err != nil {
			t.Fatal(err)
		}
	}
	ours := func(code int, says string, args ...string) string {
		t.Helper()
		out, errs, got := call(t, nil, append(append([]string{"trusted-ca"}, args...), "--data", h.Dir)...)
		if got != code || !strings.Contains(out+errs, says) {
			t.Errorf("%v: exit code %d, want %d; %q is wanted in\n%s%s", args, got, code, says, out, errs)
		}
		return out
	}

	ours(1, "no such file", "add", filepath.Join(h.Dir, "none.pem"))
	ours(0, "Maker CA is trusted. It proves nothing yet", "add", pem)
	ours(1, "already", "add", pem)
	ours(0, "so it proves nothing", "list")
	fetch("before the rule is confirmed", false)
	var seen []listedSubject
	if err := json.Unmarshal([]byte(ours(0, p.MAC.String(), "subjects", "maker ca", "--json")), &seen); err != nil || len(seen) != 1 {
		t.Fatalf("seen: %v %v", seen, err)
	}
	ours(0, p.MAC.Colons(), "subjects", "Maker CA")
	ours(1, "not confirmed", "confirm", "Maker CA", "--subject", seen[0].ID, "--mac", other.MAC.String())
	ours(2, "--mac", "confirm", "Maker CA", "--subject", seen[0].ID, "--mac", "nothing")
	ours(2, "go together", "confirm", "Maker CA", "--subject", seen[0].ID, "--mac", p.MAC.String(), "--field", "cn")
	ours(0, "prove the MAC in cn", "confirm", "Maker CA", "--subject", seen[0].ID, "--mac", p.MAC.Colons())
	fetch("after it was confirmed", true)
	ours(1, "no trusted CA is called", "delete", "Maker CA", "--org", w.Org.Slug)
	ours(1, "organization none", "list", "--org", "none")
	ours(0, "trusted no longer", "delete", "Maker CA")
	fetch("after it was deleted", false)
}
