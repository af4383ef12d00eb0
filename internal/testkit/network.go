package testkit

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// inside is set where a test runs in a network of its own.
const inside = "BELLWETHER_TEST_NETWORK"

// Alone runs the calling test again in a network namespace that has nothing but
// what the test makes there, for so long at most, and reports whether this is that
// run: if not, the test is over. What that run says is in this one's log.
func Alone(t *testing.T, most time.Duration) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		return true
	}
	flags := "-Urn"
	if os.Geteuid() == 0 {
		flags = "-n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	c := exec.CommandContext(ctx, "unshare", flags, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout="+most.String())
	c.Env = append(os.Environ(), inside+"=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("in a network of its own: %v\n%s", err, out)
	}
	t.Logf("in a network of its own:\n%s", out)
	return false
}
