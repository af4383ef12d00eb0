package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/config"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/trust"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// examined runs doctor for machines.
func examined(t *testing.T, env []string, code int, args ...string) (list []checked) {
	t.Helper()
	out, errs, got := call(t, env, append([]string{"doctor", "--json"}, args...)...)
	if got != code {
		t.Fatalf("doctor ends with %d, want %d\n%s%s", got, code, out, errs)
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return list
}

// finding is the finding of a check that holds some words.
func finding(t *testing.T, list []checked, check, words string) checked {
	t.Helper()
	for _, f := range list {
		if f.Check == check && strings.Contains(f.Text, words) {
			if f.State != healthy && f.Do == "" {
				t.Errorf("nobody says what to do: %+v", f)
			}
			return f
		}
	}
	t.Fatalf("no finding of %s with %q in %+v", check, words, list)
	return checked{}
}

// free is an address that nothing listens at.
func free(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.LocalAddr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestDoctor looks at a set-up that nothing runs on: free ports, taken ones, and
// addresses that lead elsewhere.
func TestDoctor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	env := []string{"BELLWETHER_LISTEN_CWMP_HTTPS=", "BELLWETHER_LISTEN_CWMP_HTTP=", "BELLWETHER_LISTEN_IPP=", "BELLWETHER_LISTEN_ADMIN=" + free(t, "tcp"), "BELLWETHER_LISTEN_METRICS=" + free(t, "tcp"), "BELLWETHER_LISTEN_PROVISION_HTTP=" + free(t, "tcp"),
		"BELLWETHER_LISTEN_PROVISION_HTTPS=" + free(t, "tcp"), "BELLWETHER_LISTEN_TFTP=" + free(t, "udp")}
	list := examined(t, env, exitFailed, "--data", dir)
	if f := finding(t, list, "database", "There is no database"); f.State != broken || !strings.Contains(f.Do, "bellwether migrate --data "+dir) {
		t.Errorf("without a database: %+v", f)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
		t.Errorf("doctor made something: %v %v", left, err)
	}
	if out, errs, code := call(t, env, "migrate", "--data", dir); code != 0 {
		t.Fatalf("migrate: %d %s%s", code, out, errs)
	}
	list = examined(t, env, exitDone, "--data", dir)
	for check, words := range map[string]string{"database": "can be written", "disk": "MiB left", "door": "provision_https at ", "program": "No program runs"} {
		if f := finding(t, list, check, words); f.State == broken {
			t.Errorf("all is well, and it says %+v", f)
		}
	}
	if f := finding(t, list, "address", "Nothing says where phones find the program"); f.State != doubtful {
		t.Errorf("no address: %+v", f)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	bad := append(slices.Clone(env), "BELLWETHER_LISTEN_PROVISION_HTTPS="+taken.Addr().String(), "BELLWETHER_LISTEN_TFTP="+datagrams.LocalAddr().String(), "BELLWETHER_PHONE_URLS_HTTPS=https://nowhere.invalid")
	list = examined(t, bad, exitFailed, "--data", dir)
	pid := strconv.Itoa(os.Getpid())
	for _, words := range []string{"provision_https at " + taken.Addr().String(), "tftp at " + datagrams.LocalAddr().String()} {
		if f := finding(t, list, "door", words); f.State != broken || !strings.Contains(f.Text, "the port is taken by ") || !strings.Contains(f.Text, "process "+pid) {
			t.Errorf("a port that is taken: %+v", f)
		}
	}
	if f := finding(t, list, "address", "nowhere.invalid"); f.State != broken || !strings.Contains(f.Text, "does not resolve") {
		t.Errorf("a name that leads nowhere: %+v", f)
	}
	text, _, _ := call(t, append(slices.Clone(env), "BELLWETHER_LISTEN_PROVISION_HTTPS=", "BELLWETHER_PHONE_URLS_HTTPS=https://192.0.2.9"), "doctor", "--data", dir)
	for _, words := range []string{"fail  door", "open no HTTPS door", "→ Give listen.provision_https an address", "this machine has no such address", "bellwether dhcp --server dnsmasq"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q is wanted in\n%s", words, text)
		}
	}
}

// TestDoctor_phone tells of phones of a running program, beside it.
func TestDoctor_phone(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	p := w.Phones[0]
	testkit.SwitchOn(t, h.Virtual(t, p))
	if err := h.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{p.MAC.Colons(), p.Name, strings.ToLower(p.Name), "127.0.0.1"} {
		out, errs, code := call(t, nil, "doctor", "--data", h.Dir, "--phone", ref)
		if code != exitDone {
			t.Fatalf("--phone %s ends with %d\n%s%s", ref, code, out, errs)
		}
		for _, words := range []string{"Room 201, " + p.MAC.Colons() + ": a GHP621W of the site Lobby of Seaside, adopted.", "only its own word on what it holds is awaited", "delivered", "proven by its path token", p.File()} {
			if !strings.Contains(out, words) {
				t.Errorf("--phone %s: %q is wanted in\n%s", ref, words, out)
			}
		}
		if strings.Contains(out, p.Token) || strings.Contains(out, p.Password) {
			t.Errorf("--phone %s shows a secret", ref)
		}
	}
	var got patient
	out, _, code := call(t, nil, "doctor", "--data", h.Dir, "--json", "--phone", w.Phones[3].MAC.String())
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone || got.Stands != "asked" || got.DeviceID != w.Phones[3].ID || len(got.Requests) != 0 || len(got.Steps) != 12 {
		t.Errorf("a phone that never came: %d, %v\n%s", code, err, out)
	}
	out, _, code = call(t, nil, "doctor", "--data", h.Dir, "--phone", "02:00:00:00:99:99")
	if code != exitDone || !strings.Contains(out, "which no organization has") || !strings.Contains(out, "Nothing has come from this phone yet.") {
		t.Errorf("a stranger: %d\n%s", code, out)
	}
	if _, errs, code := call(t, nil, "doctor", "--data", h.Dir, "--phone", "Room 999"); code != exitFailed || !strings.Contains(errs, "no phone has the MAC, name or address Room 999") {
		t.Errorf("a name that nobody has: %d %s", code, errs)
	}
}

// TestDoctor_running looks at a program that runs: its doors, its certificate, and
// what is wrong where the settings are no longer those that it began with.
func TestDoctor_running(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	door := free(t, "tcp")
	_, port, _ := net.SplitHostPort(door)
	env := []string{"BELLWETHER_LISTEN_CWMP_HTTPS=", "BELLWETHER_LISTEN_CWMP_HTTP=", "BELLWETHER_LISTEN_IPP=", "BELLWETHER_LISTEN_ADMIN=" + free(t, "tcp"), "BELLWETHER_LISTEN_METRICS=" + free(t, "tcp"), "BELLWETHER_LISTEN_PROVISION_HTTP=" + free(t, "tcp"), "BELLWETHER_LISTEN_TFTP=" + free(t, "udp")}
	here := append(slices.Clone(env), "BELLWETHER_LISTEN_PROVISION_HTTPS="+door, "BELLWETHER_PHONE_URLS_HTTPS=https://192.0.2.9:"+port)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var out, errs bytes.Buffer
	go func() {
		ended <- run(ctx, &session{out: &out, err: &errs, env: here}, []string{"serve", "--data", dir})
	}()
	defer func() {
		stop()
		if code := <-ended; code != exitDone {
			t.Errorf("the server ended with %d\n%s", code, errs.String())
		}
	}()
	testkit.Wait(t, "the server runs", func() bool { return noted(config.Config{DataDir: dir}) != "" })
	list := examined(t, here, exitDone, "--data", dir)
	finding(t, list, "program", "The program runs; its console is at http://127.0.0.1:")
	for _, words := range []string{"provision_https at " + door + " is open", "tftp at "} {
		if f := finding(t, list, "door", words); f.State != healthy {
			t.Errorf("a door that is open: %+v", f)
		}
	}
	if f := finding(t, list, "certificate", "is good for 192.0.2.9 until "); f.State != healthy {
		t.Errorf("the certificate: %+v", f)
	}
	other := append(slices.Clone(env), "BELLWETHER_LISTEN_PROVISION_HTTPS="+door, "BELLWETHER_PHONE_URLS_HTTPS=https://192.0.2.10:"+port)
	if f := finding(t, examined(t, other, exitFailed, "--data", dir), "certificate", "has not the name 192.0.2.10"); f.State != broken {
		t.Errorf("a certificate without the name: %+v", f)
	}
	moved := append(slices.Clone(env), "BELLWETHER_LISTEN_PROVISION_HTTPS="+free(t, "tcp"))
	if f := finding(t, examined(t, moved, exitFailed, "--data", dir), "door", "and nothing listens for provision_https"); f.State != broken {
		t.Errorf("a door that nobody holds: %+v", f)
	}
}

// TestDoctor_demo: a demo opens fewer doors than the settings say, and at other
// ports where those are taken; doctor looks where they are.
func TestDoctor_demo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	env := []string{"BELLWETHER_LISTEN_CWMP_HTTPS=", "BELLWETHER_LISTEN_CWMP_HTTP=", "BELLWETHER_LISTEN_IPP=", "BELLWETHER_LISTEN_ADMIN=" + free(t, "tcp"), "BELLWETHER_LISTEN_METRICS=" + free(t, "tcp"), "BELLWETHER_LISTEN_PROVISION_HTTP=" + free(t, "tcp"),
		"BELLWETHER_LISTEN_PROVISION_HTTPS=" + taken.Addr().String(), "BELLWETHER_LISTEN_TFTP=" + free(t, "udp")}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var out, errs bytes.Buffer
	go func() {
		ended <- run(ctx, &session{out: &out, err: &errs, env: env}, []string{"demo", "--data", dir, "--phones", "1"})
	}()
	defer func() {
		stop()
		if code := <-ended; code != exitDone {
			t.Errorf("the demo ended with %d\n%s", code, errs.String())
		}
	}()
	testkit.Wait(t, "the demo runs", func() bool { return noted(config.Config{DataDir: dir}) != "" })
	_, doors := running(config.Config{DataDir: dir})
	if len(doors["provision_https"]) != 1 || doors["provision_https"][0] == taken.Addr().String() {
		t.Fatalf("the demo notes its doors as %v", doors)
	}
	list := examined(t, env, exitDone, "--data", dir)
	if f := finding(t, list, "door", "provision_https at "+doors["provision_https"][0]+" is open"); f.State != healthy {
		t.Errorf("the door that took another port: %+v", f)
	}
	for _, f := range list {
		if strings.Contains(f.Text, "tftp") {
			t.Errorf("a door that the demo has not: %+v", f)
		}
	}
}

// TestDoctor_data looks at what stands in the database: a legacy flag, an authority
// without a rule, phones whose clocks are wrong.
func TestDoctor_data(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	until, nets := h.Clock.Now().Add(time.Hour), []org.Subnet{{CIDR: w.Hotel.Subnets[0].CIDR, Legacy: true}}
	if _, err := h.Orgs.UpdateSite(testkit.System(), w.Hotel.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, w.Hotel.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Trust.Add(testkit.System(), trust.Place{}, "Maker CA", testkit.Root(t, h.Clock.Now(), "Maker CA").PEM()); err != nil {
		t.Fatal(err)
	}
	h.Provision.Broken(vendors.HTTPS, netip.MustParseAddr("192.0.2.77"), "remote error: tls: expired certificate")
	if err := h.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	list := examined(t, []string{"BELLWETHER_LISTEN_CWMP_HTTPS=", "BELLWETHER_LISTEN_CWMP_HTTP=", "BELLWETHER_LISTEN_IPP=", "BELLWETHER_LISTEN_ADMIN=127.0.0.1:0", "BELLWETHER_LISTEN_METRICS=127.0.0.1:0", "BELLWETHER_LISTEN_PROVISION_HTTP=127.0.0.1:0", "BELLWETHER_LISTEN_PROVISION_HTTPS=127.0.0.1:0", "BELLWETHER_LISTEN_TFTP=127.0.0.1:0"}, exitDone, "--data", h.Dir)
	for check, words := range map[string]string{"legacy": "The site Hotel of Seaside gives configurations in clear text until", "authority": `The rule of the trusted authority "Maker CA" of the platform is not confirmed`, "clock": "last from 192.0.2.77"} {
		if f := finding(t, list, check, words); f.State != doubtful {
			t.Errorf("%+v", f)
		}
	}
}
