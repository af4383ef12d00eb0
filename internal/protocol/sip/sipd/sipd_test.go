package sipd_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/provision"
	"bellwether/internal/phone"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream/sim"
)

// lan makes a network with the server and everybody who asks it.
func lan(t *testing.T) {
	t.Helper()
	for _, line := range []string{
		"link set lo up", "link add lan type veth peer name far", "link set far up", "link set lan multicast on up", "addr add 192.0.2.1/24 dev lan", "addr add 192.0.2.2/24 dev lan", "addr add 192.0.2.3/24 dev lan",
		"addr add 192.0.2.4/24 dev lan", "addr add 198.51.100.1/24 dev lan", "addr add 198.51.100.2/24 dev lan", "route add 224.0.0.0/4 dev lan",
	} {
		if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v\n%s", line, err, out)
		}
	}
}

// network lets virtual phones be on the test's network.
func network() *dial.Machine {
	var p dial.Policy
	for _, s := range []string{"127.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "224.0.1.75/32"} {
		p.Allow = append(p.Allow, netip.MustParsePrefix(s))
	}
	return dial.New(p)
}

// start is a virtual phone from the box at an address, with plug and play.
func start(t *testing.T, address string, m mac.Address, pnp string) *phone.Phone {
	t.Helper()
	all, err := sim.All()
	if err != nil {
		t.Fatal(err)
	}
	p, err := phone.New(phone.Config{
		MAC: m, Model: "GRP2612W", Persona: all[1], ServerURL: "https://127.0.0.1:9/", Network: network(), Settings: map[string]string{"provisioning.3cxAutoProvision": pnp},
		PnP: &phone.PnP{Address: netip.MustParseAddr(address)},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Run(ctx)
	}()
	t.Cleanup(func() {
		off()
		<-done
	})
	return p
}

var folder = regexp.MustCompile(`^https://127\.0\.0\.1:\d+/p/([^/]+)/$`)

// TestServer: in a network of its own, a virtual phone and sipp ask the group and
// are told a folder with a bootstrap token, which proves nothing but that they
// asked; the ledger and the pool know of it. Others hear nothing.
func TestServer(t *testing.T) {
	if !testkit.Alone(t, 2*time.Minute) {
		return
	}
	lan(t)
	h := testkit.New(t, testkit.Seeking())
	w := h.World(t) // its sites have 192.0.2.0/24
	known, unknown := mac.Address("c074ad000001"), mac.Address("c074ad000002")
	if _, err := h.Devices.Create(testkit.System(), w.Org, device.Input{MAC: known.String(), Model: "GRP2612W", SiteID: w.Lobby.ID}); err != nil {
		t.Fatal(err)
	}
	lengths := map[mac.Address]int{}
	for m, address := range map[mac.Address]string{known: "192.0.2.2", unknown: "192.0.2.3"} {
		p := start(t, address, m, "Yes")
		testkit.Wait(t, "the phone has found the server", func() bool { return p.Status().Found != "" })
		found := p.Status().Found
		token := folder.FindStringSubmatch(found)
		if token == nil || p.Status().ConfigFrom != found {
			t.Fatalf("the phone was told %q and asks at %q", found, p.Status().ConfigFrom)
		}
		if ok, why := h.Identity.CheckBootstrap(token[1], m, netip.MustParseAddr(address)); !ok {
			t.Errorf("the token is no bootstrap token: %s", why)
		}
		lengths[m] = len(found)
		row := entry(t, h, m)
		if row.Verdict != provision.Bootstrap || row.Door != "pnp" || row.Address != address || (row.OrgID == w.Org.ID) != (m == known) || strings.Contains(row.Reason, "not confirmed") {
			t.Errorf("the ledger says %+v", row)
		}
	}
	if lengths[known] != lengths[unknown] {
		t.Errorf("the answers tell a known phone from another: %v", lengths)
	}
	pool, err := h.Devices.Unclaimed(testkit.System(), db.Page{})
	if err != nil || len(pool.Items) != 1 || pool.Items[0].MAC != unknown || pool.Items[0].Door != "pnp" || pool.Items[0].Model != "GRP2612W" {
		t.Errorf("the pool is %+v, %v", pool.Items, err)
	}
	for name, q := range map[string]struct {
		from, asks, own, agent string
		hears                  string
	}{
		"sipp as a Grandstream":       {"192.0.2.4", "MAC%3AC074AD000003@", "MAC%3AC074AD000003@224.0.1.75", "Grandstream GRP2612W 1.0.5.67", "/p/"},
		"sipp as an OEM Grandstream":  {"192.0.2.4", "MAC000b82000004@", "MAC000b82000004@224.0.1.75", "VoIP Phone", "/p/"},
		"sipp as an AudioCodes":       {"192.0.2.4", "", "00000001@192.0.2.4:5080", "AUDC-IPPhone/2.2.2", "/firmwarefiles;ipp/dhcption160.cfg"},
		"another maker's phone":       {"192.0.2.4", "MAC00005e005301@", "MAC00005e005301@224.0.1.75", "Yealink SIP-T53W 96.87.0.16", ""},
		"outside all subnets":         {"198.51.100.2", "MAC%3AC074AD000005@", "MAC%3AC074AD000005@224.0.1.75", "Grandstream GRP2612W 1.0.5.67", ""},
		"a lie in the agent":          {"192.0.2.4", "MAC00005e005302@", "MAC00005e005302@224.0.1.75", "Grandstream GRP2612W 1.0.5.67", ""},
		"a Grandstream without a MAC": {"192.0.2.4", "", "1@192.0.2.4:5080", "Grandstream GRP2612W 1.0.5.67", ""},
	} {
		t.Run(name, func(t *testing.T) {
			told, ok := sipp(t, q.from, q.asks, q.own, q.agent)
			if ok != (q.hears != "") || !strings.Contains(told, q.hears) {
				t.Errorf("it was told %q", told)
			}
		})
	}
	if off := start(t, "192.0.2.2", "c074ad000009", "No"); off.Status().Found != "" || entryOf(t, h, "c074ad000009").ID != "" {
		t.Error("a phone without plug and play asks")
	}
	garbage(t)
	crowd(t)
	if _, ok := sipp(t, "192.0.2.3", "MAC%3AC074AD000003@", "MAC%3AC074AD000003@224.0.1.75", "Grandstream GRP2612W 1.0.5.67"); !ok {
		t.Error("after a flood nobody else is answered")
	}
}

// garbage floods the group from one address.
func garbage(t *testing.T) {
	t.Helper()
	c, err := net.ListenPacket("udp4", "198.51.100.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("224.0.1.75:5060"))
	for i := range 5000 {
		if _, err := c.WriteTo([]byte(strings.Repeat("SUBSCRIBE sip:\r\n", i%1000)), to); err != nil {
			t.Fatal(err)
		}
	}
}

// crowd has fifty addresses ask the group as phones do, again and again.
func crowd(t *testing.T) {
	t.Helper()
	question, err := os.ReadFile("../testdata/grandstream.txt")
	if err != nil {
		t.Fatal(err)
	}
	question = bytes.ReplaceAll(question, []byte("\n"), []byte("\r\n"))
	to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("224.0.1.75:5060"))
	for i := range 50 {
		address := netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + i)}).String()
		if out, err := exec.CommandContext(t.Context(), "ip", "addr", "add", address+"/24", "dev", "lan").CombinedOutput(); err != nil {
			t.Fatalf("add %s: %v\n%s", address, err, out)
		}
		c, err := net.ListenPacket("udp4", address+":0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for range 20 {
			if _, err := c.WriteTo(question, to); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := receive(c); err != nil && i == 0 {
			t.Fatalf("what the crowd asks is no question: %v", err)
		}
	}
}

func receive(c net.PacketConn) (int, net.Addr, error) {
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return 0, nil, err
	}
	return c.ReadFrom(make([]byte, limit.SIPBytes))
}

func entry(t *testing.T, h *testkit.House, m mac.Address) (e provision.Entry) {
	t.Helper()
	testkit.Wait(t, "the ledger has the question", func() bool {
		e = entryOf(t, h, m)
		return e.ID != ""
	})
	return e
}

func entryOf(t *testing.T, h *testkit.House, m mac.Address) provision.Entry {
	t.Helper()
	if err := h.Ledger.Flush(testkit.System()); err != nil {
		t.Fatal(err)
	}
	l, err := h.Ledger.List(testkit.System(), provision.Filter{MAC: m.String()})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range l.Items {
		if e.Door == vendors.PnP {
			return e
		}
	}
	return provision.Entry{}
}

// sipp asks as a phone of some make would, and returns what it was told.
func sipp(t *testing.T, from, asks, own, agent string) (told string, ok bool) {
	t.Helper()
	file, err := filepath.Abs("testdata/seeker.xml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, "sipp", "-sf", file, "-i", from, "-p", "5080", "-m", "1", "-nostdin", "-timeout", "4s", "-timeout_error", "-key", "asks", asks, "-key", "own", own, "-key", "agent", agent,
		"-trace_logs", "-log_file", dir+"/log", "-trace_msg", "-message_file", dir+"/messages", "224.0.1.75:5060")
	c.Env, c.Dir = append(os.Environ(), "TERM=xterm"), dir
	ok = c.Run() == nil
	log, _ := os.ReadFile(dir + "/log")
	if messages, _ := os.ReadFile(dir + "/messages"); t.Failed() {
		t.Logf("%s", messages)
	}
	return string(log), ok
}
