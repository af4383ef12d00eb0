package cli

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/mac"
)

// call runs the program in the test's process.
func call(t *testing.T, env []string, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), &session{out: &o, err: &e, env: env, version: "1.2.3"}, args)
	return o.String(), e.String(), code
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tc := range map[string]struct {
		args []string
		env  []string
		code int
		says string
	}{
		"help":                         {args: []string{"--help"}, code: 0, says: "operator create"},
		"help of a command":            {args: []string{"token", "create", "--help"}, code: 0, says: "--ttl"},
		"version":                      {args: []string{"version"}, code: 0, says: "bellwether 1.2.3"},
		"version for machines":         {args: []string{"version", "--json"}, code: 0, says: `"version": "1.2.3"`},
		"settings":                     {args: []string{"serve", "--print-config", "--data", dir}, code: 0, says: "provision_https"},
		"nothing":                      {code: 2, says: "expected one of"},
		"no such command":              {args: []string{"upp"}, code: 2, says: "upp"},
		"no such flag":                 {args: []string{"serve", "--port=1"}, code: 2, says: "--port"},
		"no such file":                 {args: []string{"serve", "--config", "/none.yaml"}, code: 2, says: "/none.yaml"},
		"a key that there is not":      {args: []string{"serve"}, env: []string{"BELLWETHER_NONSENSE=1"}, code: 2, says: "BELLWETHER_NONSENSE"},
		"a registrar everywhere":       {args: []string{"registrar", "--listen", "0.0.0.0:0"}, code: 2, says: "--listen"},
		"an account without password":  {args: []string{"registrar", "--account", "101"}, code: 2, says: "--account"},
		"a DHCP server of no make":     {args: []string{"dhcp", "--server", "x"}, code: 2, says: "--server"},
		"DHCP without an address":      {args: []string{"dhcp", "--server", "kea", "--data", dir}, code: 2, says: "phone_urls"},
		"a phone that is sent twice":   {args: []string{"phone", "--vendor", "grandstream", "--model", "GHP610", "--server", "http://192.0.2.1/", "--lease", "x"}, code: 2, says: "--server and --lease"},
		"a phone that is sent nowhere": {args: []string{"phone", "--vendor", "grandstream", "--model", "GHP610"}, code: 2, says: "--server or --lease"},
		"a quirk that there is not":    {args: []string{"phone", "--vendor", "grandstream", "--model", "GHP610", "--server", "http://192.0.2.1/", "--address", "127.0.0.9", "--cwmp", "--cwmp-quirk", "odd"}, code: 2, says: "short-transfer-key"},
		"managed without an address":   {args: []string{"phone", "--vendor", "grandstream", "--model", "GHP610", "--server", "http://192.0.2.1/", "--cwmp"}, code: 2, says: "--address"},
		"a lease that there is not":    {args: []string{"phone", "--vendor", "grandstream", "--model", "GHP610", "--lease", "/none"}, code: 2, says: "/none"},
		"an image without a version":   {args: []string{"phone-image", "x", "--model", "GHP610"}, code: 2, says: "--file-version"},
		"no phones":                    {args: []string{"demo", "--phones", "0"}, code: 2, says: "--phones"},
		"a demo for everybody":         {args: []string{"demo", "--data", dir}, env: []string{"BELLWETHER_LISTEN_ADMIN=0.0.0.0:0"}, code: 2, says: "0.0.0.0:0"},
		"a role without a place":       {args: []string{"operator", "create", "x", "--role", "owner"}, code: 2, says: "--tenant or --org"},
		"a place without a role":       {args: []string{"operator", "create", "x", "--role", "platform-owner", "--org", "demo"}, code: 2, says: "holds everything"},
		"a time that is over":          {args: []string{"token", "create", "--operator", "x", "--org", "y", "--ttl", "-1h"}, code: 2, says: "--ttl"},
		"no database":                  {args: []string{"operator", "list", "--data", dir}, code: 1, says: "no database in " + dir},
		"no database for a token":      {args: []string{"token", "create", "--operator", "x", "--org", "y", "--data", dir}, code: 1, says: "bellwether migrate --data " + dir},
		"a folder that cannot be one":  {args: []string{"migrate", "--data", "/dev/null/data"}, code: 1, says: "/dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := call(t, tc.env, tc.args...)
			if code != tc.code || !strings.Contains(out+errs, tc.says) {
				t.Errorf("exit code %d, want %d; %q is wanted in\n%s%s", code, tc.code, tc.says, out, errs)
			}
			if code != 0 && out != "" {
				t.Errorf("an error stands on standard output:\n%s", out)
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("something was made: %v %v", left, err)
	}
}

// TestPhoneImage writes an image that virtual phones take.
func TestPhoneImage(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ghp610fw.bin")
	out, errs, code := call(t, nil, "phone-image", file, "--model", "GHP610", "--model", "GHP621W", "--file-version", "1.0.1.60", "--bytes", "5000")
	if code != 0 || !strings.Contains(out, "no real phone") {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if i, err := phone.DecodeImage(b); err != nil || i.Version != "1.0.1.60" || len(i.Models) != 2 || len(i.Payload) != 5000 {
		t.Errorf("%+v, %v", i.Version, err)
	}
}

// TestOperators makes operators in a fresh database and lists them.
func TestOperators(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"migrate"}, 0, "version 1.2.3"},
		{[]string{"migrate"}, 0, dir},
		{[]string{"operator", "list"}, 0, "LOGIN"},
		{[]string{"operator", "list", "--json"}, 0, "[]"},
		{[]string{"operator", "create", "boss", "--role", "platform-owner", "--name", "The boss"}, 0, "/setup/"},
		{[]string{"operator", "create", "Boss", "--role", "platform-owner"}, 1, "taken"},
		{[]string{"operator", "create", "a b", "--role", "platform-owner"}, 1, "login: at most 64 letters"},
		{[]string{"operator", "create", "second", "--role", "owner", "--tenant", "none"}, 1, "tenant none"},
		{[]string{"operator", "create", "second", "--role", "owner", "--org", "none"}, 1, "organization none"},
		{[]string{"operator", "reset", "boss", "--json"}, 0, `"link": "http://127.0.0.1:9080/setup/`},
		{[]string{"operator", "reset", "nobody"}, 1, "operator"},
		{[]string{"operator", "list"}, 0, "platform-owner"},
		{[]string{"token", "create", "--operator", "boss", "--org", "none"}, 1, "organization none"},
	} {
		out, errs, code := call(t, nil, append(step.args, "--data", dir)...)
		if code != step.code || !strings.Contains(out+errs, step.says) {
			t.Errorf("%v: exit code %d, want %d; %q is wanted in\n%s%s", step.args, code, step.code, step.says, out, errs)
		}
	}
}

func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var o, e bytes.Buffer
	if code := run(ctx, &session{out: &o, err: &e}, []string{"serve", "--data", t.TempDir()}); code != 0 {
		t.Errorf("told to stop before it had begun, it ended with %d\n%s", code, e.String())
	}
}

func TestNextFree(t *testing.T) {
	t.Parallel()
	n := nextFree{dial.New(dial.Policy{})}
	first, err := n.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := n.Listen(t.Context(), "tcp", first.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if second.Addr().(*net.TCPAddr).Port <= first.Addr().(*net.TCPAddr).Port {
		t.Errorf("%s is not behind %s", second.Addr(), first.Addr())
	}
	for _, addr := range []string{"127.0.0.1", "127.0.0.1:http", "192.0.2.1:0"} {
		if l, err := n.Listen(t.Context(), "tcp", addr); err == nil {
			_ = l.Close()
			t.Errorf("listens at %s", addr)
		}
	}
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		first mac.Address
		n     int
		want  mac.Address
	}{
		{phone.FleetMAC(0), 0, phone.FleetMAC(0)}, {phone.FleetMAC(0), 500, phone.FleetMAC(500)}, {"00005e0053ff", 1, "00005e005400"}, {"ffffffffffff", 2, "000000000001"},
	} {
		if got := following(tc.first, tc.n); got != tc.want {
			t.Errorf("%d after %s is %s, want %s", tc.n, tc.first, got, tc.want)
		}
	}
}
