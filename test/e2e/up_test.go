package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/testkit"
)

// desk is a network of a phone's own: a cable to the server's, and nothing else.
type desk struct {
	holder *process
	pid    string
	mac    string
}

// cable makes a desk whose end is called "phone" there; the server's end is name.
func cable(t *testing.T, name, address, mac string) *desk {
	t.Helper()
	d := &desk{holder: launch(t, environment(), "unshare", "-n", "sleep", "600"), mac: mac}
	d.pid = strconv.Itoa(d.holder.cmd.Process.Pid)
	mine, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the phone has a network of its own", func() bool {
		its, err := os.Readlink("/proc/" + d.pid + "/ns/net")
		return err == nil && its != mine
	})
	must(t, "ip", "link", "add", name, "type", "veth", "peer", "name", "phone", "netns", d.pid)
	must(t, "ip", "addr", "add", address, "dev", name)
	must(t, "ip", "link", "set", name, "up")
	d.must(t, "ip", "link", "set", "lo", "up")
	d.must(t, "ip", "link", "set", "phone", "address", mac)
	d.must(t, "ip", "link", "set", "phone", "up")
	return d
}

func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// in is a command line in the phone's network.
func (d *desk) in(args ...string) []string { return append([]string{"-t", d.pid, "-n"}, args...) }

func (d *desk) must(t *testing.T, args ...string) string {
	t.Helper()
	return must(t, "nsenter", d.in(args...)...)
}

// lease has ISC dhclient take one. It returns the address and the file of leases.
func (d *desk) lease(t *testing.T, class string) (ip, file string) {
	t.Helper()
	dir := t.TempDir()
	bound, conf, script := filepath.Join(dir, "bound"), filepath.Join(dir, "dhclient.conf"), filepath.Join(dir, "script")
	file = filepath.Join(dir, "leases")
	write(t, conf, "option p160 code 160 = text;\nrequest subnet-mask, tftp-server-name, bootfile-name, p160;\n"+class)
	write(t, script, `#!/bin/sh
[ "$reason" = BOUND ] || exit 0
ip addr add "$new_ip_address/24" dev "$interface"
printf %s "$new_ip_address" >"`+bound+`.new"
mv "`+bound+`.new" "`+bound+`"
`)
	launch(t, environment(), "nsenter", d.in("/usr/sbin/dhclient", "-4", "-d", "--no-pid", "-cf", conf, "-lf", file, "-sf", script, "phone")...)
	eventually(t, "the phone has a lease", func() bool { _, err := os.Stat(bound); return err == nil })
	b, err := os.ReadFile(bound)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// told is what "up --json" says.
type told struct {
	Interface, Address, Subnet string
	Doors                      []struct {
		Door, Address, Instead, Why, Lost, Grant string
		Open                                     bool
	}
	Config struct {
		Path            string
		Written, Edited bool
	}
	Site, DHCP, Console, Link string
	First                     bool `json:"first_operator"`
	Registrar                 struct {
		Address, Echo string
		Accounts      []string
	}
}

// up starts the program for a network's phones and reads what it says.
func up(t *testing.T, dir string, args ...string) (*house, told) {
	t.Helper()
	p := launch(t, environment("BELLWETHER_LISTEN_ADMIN=127.0.0.1:0", "BELLWETHER_LISTEN_METRICS=[]"), os.Getenv(binEnv), append([]string{"up", "--json", "--data", dir}, args...)...)
	h := &house{process: p, dir: dir}
	h.await(t, p.out, "\n}\n")
	var said told
	if err := json.Unmarshal([]byte(p.out.String()), &said); err != nil {
		t.Fatalf("%v in %s", err, p.out)
	}
	h.console = said.Console
	return h, said
}

// TestUp: it finds the network, says what does not open and why, leaves an edited
// file alone, and makes nothing twice.
func TestUp(t *testing.T) {
	t.Parallel()
	if !testkit.Alone(t, 5*time.Minute) {
		return
	}
	must(t, "ip", "link", "set", "lo", "up")
	dir := filepath.Join(t.TempDir(), "data")
	if _, errs, code := run(t, "up", "--data", dir); code != 2 || !strings.Contains(errs, "none at all") {
		t.Errorf("without a network: %d %s", code, errs)
	}
	must(t, "ip", "link", "add", "docker0", "type", "bridge")
	must(t, "ip", "addr", "add", "203.0.113.1/24", "dev", "docker0")
	must(t, "ip", "link", "set", "docker0", "up")
	cable(t, "lan", "192.0.2.1/24", "02:00:00:00:00:01")
	taken := launch(t, environment(), "busybox", "nc", "-ll", "-p", "80", "-e", "cat")
	eventually(t, "somebody holds port 80", func() bool { return strings.Contains(must(t, "ss", "-ltn"), ":80 ") })

	h, said := up(t, dir)
	if said.Interface != "lan" || said.Address != "192.0.2.1" || said.Subnet != "192.0.2.0/24" || said.Site != "Default" || !said.Config.Written || !said.First || !strings.HasSuffix(said.Link, "?next=/plug-in") {
		t.Errorf("the first start says %+v", said)
	}
	for _, d := range said.Doors {
		pid := strconv.Itoa(taken.cmd.Process.Pid)
		if lost := d.Door == "provision_http"; d.Open == lost || lost && (!strings.Contains(d.Why, "busybox, process "+pid) && !strings.Contains(d.Why, "nc, process "+pid) || d.Instead != ":9081" || d.Lost == "") {
			t.Errorf("door %+v", d)
		}
	}
	if !strings.Contains(said.DHCP, "http://192.0.2.1:9081/firmwarefiles;ipp/dhcption160.cfg") || !strings.Contains(said.DHCP, `"https://192.0.2.1/"`) {
		t.Errorf("the DHCP server is told %s", said.DHCP)
	}
	if code := h.stop(t, syscall.SIGINT); code != 0 {
		t.Errorf("Ctrl-C ends it with %d", code)
	}
	taken.stop(t, syscall.SIGKILL)

	h, said = up(t, dir)
	for _, d := range said.Doors {
		if !d.Open {
			t.Errorf("the second start lacks %+v", d)
		}
	}
	if !said.Config.Written || said.Config.Edited {
		t.Errorf("the free port is not in the settings: %+v", said.Config)
	}
	h.stop(t, syscall.SIGTERM)
	h, said = up(t, dir)
	if said.Config.Written || said.Config.Edited || !said.First {
		t.Errorf("the third start says %+v", said.Config)
	}
	h.stop(t, syscall.SIGTERM)
	whole, err := os.ReadFile(said.Config.Path)
	if err != nil {
		t.Fatal(err)
	}
	edited := bytes.Replace(whole, []byte(`":69"`), []byte(`":6969"`), 1)
	write(t, said.Config.Path, string(edited))
	h, said = up(t, dir)
	after, err := os.ReadFile(said.Config.Path)
	if err != nil || !bytes.Equal(after, edited) || !said.Config.Edited || said.Config.Written {
		t.Errorf("an edited file: %v, %+v", err, said.Config)
	}
	if !strings.Contains(must(t, "ss", "-lun"), ":6969 ") {
		t.Error("what stands in the edited file does not count")
	}
	h.stop(t, syscall.SIGTERM)
	if _, errs, code := run(t, "up", "--data", dir, "--interface", "eth9"); code != 2 || !strings.Contains(errs, "192.0.2.1/24 on lan") {
		t.Errorf("an interface that is not there: %d %s", code, errs)
	}
}

// operator is a person at the console; every call that a page makes counts.
type operator struct {
	*house
	cookie  string
	actions []string
}

func (o *operator) do(t *testing.T, method, path string, body any) []byte {
	t.Helper()
	a := o.send(t, method, path, body, "Cookie: "+o.cookie)
	if a.status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if method != http.MethodGet {
		o.actions = append(o.actions, method+" "+path)
	}
	if c, _, ok := strings.Cut(a.header.Get("Set-Cookie"), ";"); ok {
		o.cookie = c
	}
	return a.body
}

// TestUp_fresh_phone is goal H-2: a phone from the box that knows nothing but its
// sticker, on a network with a real DHCP server that was given the printed lines,
// is registered within five minutes and six actions of an operator.
func TestUp_fresh_phone(t *testing.T) {
	t.Parallel()
	if !testkit.Alone(t, 5*time.Minute) {
		return
	}
	must(t, "ip", "link", "set", "lo", "up")
	for i, tc := range []struct{ vendor, model, mac, class string }{
		{"grandstream", "GHP621W", "c0:74:ad:00:00:21", `send vendor-class-identifier "Grandstream GHP621W";`},
		{"audiocodes", "420HD", "00:90:8f:00:00:42", ""},
	} {
		t.Run(tc.vendor, func(t *testing.T) { freshPhone(t, "lan"+strconv.Itoa(i), tc.vendor, tc.model, tc.mac, tc.class) })
	}
}

func freshPhone(t *testing.T, link, vendor, model, mac, class string) {
	d := cable(t, link, "192.0.2.1/24", mac)
	defer must(t, "ip", "link", "delete", link)
	began := time.Now()
	h, said := up(t, filepath.Join(t.TempDir(), "data"), "--registrar")
	defer h.stop(t, syscall.SIGTERM)
	dhcp := filepath.Join(t.TempDir(), "dnsmasq.conf")
	write(t, dhcp, said.DHCP)
	server := launch(t, environment(), "/usr/sbin/dnsmasq", "--no-daemon", "--port=0", "--interface="+link, "--bind-interfaces", "--dhcp-range=192.0.2.100,192.0.2.200,1h", "--dhcp-authoritative", "--no-ping",
		"--dhcp-leasefile="+filepath.Join(t.TempDir(), "leases"), "--conf-file="+dhcp)
	defer server.stop(t, syscall.SIGTERM)
	o := &operator{house: h}

	o.do(t, http.MethodPost, strings.TrimSuffix(strings.TrimPrefix(said.Link, said.Console), "?next=/plug-in"), map[string]any{"login": "ann", "password": "a long enough one"})
	ip, lease := d.lease(t, class)
	p := d.phone(t, "--vendor", vendor, "--model", model, "--mac", mac, "--lease", lease, "--address", ip, "--call", said.Registrar.Echo)
	p.awaits(t, "applied=true")
	accounts := call[list[struct {
		ID   string
		User string `json:"user_id"`
	}]](t, h, http.MethodGet, "/orgs/default/accounts", nil, "Cookie: "+o.cookie)
	if len(accounts.Items) != len(said.Registrar.Accounts) {
		t.Fatalf("%d accounts, want %v", len(accounts.Items), said.Registrar.Accounts)
	}
	const devices = "/orgs/default/devices"
	o.do(t, http.MethodPost, devices, map[string]any{"mac": mac, "model": model})
	o.do(t, http.MethodPut, devices+"/"+strings.ReplaceAll(mac, ":", "")+"/lines/1", map[string]any{"account_id": accounts.Items[0].ID})
	var made plan
	if err := json.Unmarshal(o.do(t, http.MethodPost, "/orgs/default/plans", map[string]any{"targets": map[string]any{"devices": []string{mac}}, "move": map[string]any{"lines": true}}), &made); err != nil {
		t.Fatal(err)
	}
	o.do(t, http.MethodPost, "/orgs/default/plans/"+made.Hash+"/push", map[string]any{})
	o.actions = append(o.actions, "the phone's power button")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.awaits(t, "registered, called "+said.Registrar.Echo+", was answered and hears itself")
	took := time.Since(began)
	t.Logf("%s %s: %d actions (%s), %s", vendor, model, len(o.actions), strings.Join(o.actions, ", "), took.Round(100*time.Millisecond))
	if len(o.actions) > 6 || took > 5*time.Minute {
		t.Errorf("%d actions and %s", len(o.actions), took)
	}
	if code := p.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("the phone ended with %d", code)
	}
}

// TestUp_plug_and_play: phones of both makes that nothing but their network can
// tell where to go ask it, are told in their own form, and ask there.
func TestUp_plug_and_play(t *testing.T) {
	t.Parallel()
	if !testkit.Alone(t, 5*time.Minute) {
		return
	}
	must(t, "ip", "link", "set", "lo", "up")
	for i, tc := range []struct{ vendor, model, mac, file string }{
		{"grandstream", "GHP621W", "c0:74:ad:00:00:21", "cfgc074ad000021.xml"},
		{"audiocodes", "440HD", "00:90:8f:00:00:42", "00908F000042.cfg"},
	} {
		t.Run(tc.vendor, func(t *testing.T) {
			d := cable(t, "pnp"+strconv.Itoa(i), "192.0.2.1/24", tc.mac)
			defer must(t, "ip", "link", "delete", "pnp"+strconv.Itoa(i))
			d.must(t, "ip", "addr", "add", "192.0.2.50/24", "dev", "phone")
			d.must(t, "ip", "route", "add", "224.0.0.0/4", "dev", "phone")
			h, _ := up(t, filepath.Join(t.TempDir(), "data"))
			defer h.stop(t, syscall.SIGTERM)
			p := d.phone(t, "--vendor", tc.vendor, "--model", tc.model, "--mac", tc.mac, "--pnp", "--address", "192.0.2.50", "--set", "provisioning.3cxautoprovision=Yes", "--stagger", "1ms")
			p.awaits(t, "file="+tc.file+" status=")
			if strings.Contains(p.err.String(), "file=dhcption160.cfg status=200") != (tc.vendor == "audiocodes") {
				t.Error("it was told another form than its own")
			}
			if code := p.stop(t, syscall.SIGTERM); code != 0 {
				t.Errorf("the phone ended with %d", code)
			}
		})
	}
}

// phone starts one, which reads its lease itself, and waits until it has asked.
func (d *desk) phone(t *testing.T, args ...string) *process {
	t.Helper()
	p := launch(t, environment(), "nsenter", d.in(append([]string{os.Getenv(binEnv), "phone", "--verbose"}, args...)...)...)
	p.awaits(t, "phone fetched")
	return p
}

// awaits waits until the process says something.
func (p *process) awaits(t *testing.T, text string) {
	t.Helper()
	eventually(t, "the process says "+text, func() bool {
		return p.hasEnded() || strings.Contains(p.out.String(), text) || strings.Contains(p.err.String(), text)
	})
	if p.hasEnded() {
		t.Fatalf("it ended with %d:\n%s%s", p.code, p.out, p.err)
	}
}
