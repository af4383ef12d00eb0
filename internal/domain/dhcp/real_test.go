package dhcp_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/domain/dhcp"
	"bellwether/internal/testkit"
)

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// machine asks for an address.
type machine struct{ mac, class, client string }

// TestWrite_real: what is written for Debian's dnsmasq, Kea and ISC dhcpd is taken
// by them, and busybox's udhcpc and ISC dhclient get the options byte for byte.
// Machines that are no phones get none of them.
func TestWrite_real(t *testing.T) {
	if !testkit.Alone(t, 2*time.Minute) {
		return
	}
	run(t, "ip", "link", "set", "lo", "up")
	run(t, "ip", "link", "add", "server", "type", "veth", "peer", "name", "client")
	run(t, "ip", "addr", "add", "192.0.2.1/24", "dev", "server")
	run(t, "ip", "link", "set", "server", "up")
	scopes := plan(t, doors(), dhcp.Extra{VLAN: 20, Priority: 5, Time: []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("192.0.2.11")}})
	expert := plan(t, doors(), dhcp.Extra{Vendor: "grandstream", Vendor43: []byte{1, 3, 'a', 0, 0x0a, 2, 1, 0xff}})
	none := map[byte][]byte{}
	for server, start := range map[dhcp.Server]func(*testing.T, string){dhcp.Dnsmasq: startDnsmasq, dhcp.Kea: startKea, dhcp.ISC: startISC} {
		for name, tc := range map[string]struct {
			who    machine
			scopes []dhcp.Scope
			want   map[byte][]byte
		}{
			"by its class":                 {machine{"02:00:00:00:00:01", "Grandstream GHP621W", "udhcpc"}, scopes, wire(scopes, "grandstream")},
			"by its address":               {machine{"c0:74:ad:00:00:02", "", "udhcpc"}, scopes, wire(scopes, "grandstream")},
			"by its address, with another": {machine{"ec:74:d7:00:00:03", "", "dhclient"}, scopes, wire(scopes, "grandstream")},
			"AudioCodes":                   {machine{"00:90:8f:00:00:04", "", "udhcpc"}, scopes, wire(scopes, "audiocodes")},
			"no phone":                     {machine{"02:00:00:00:00:05", "MSFT 5.0", "udhcpc"}, scopes, none},
			"option 43":                    {machine{"00:0b:82:00:00:06", "", "udhcpc"}, expert, wire(expert, "grandstream")},
		} {
			t.Run(string(server)+", "+name, func(t *testing.T) {
				text, err := dhcp.Write(server, tc.scopes)
				if err != nil {
					t.Fatal(err)
				}
				tc.who.plugIn(t)
				start(t, text)
				got := tc.who.ask(t)
				maps.DeleteFunc(got, func(code byte, _ []byte) bool { return !slices.Contains([]byte{42, 43, 66, 67, 132, 133, 160}, code) })
				for _, code := range []byte{66, 67} {
					if server == dhcp.Dnsmasq && got[code] != nil { // it puts a zero byte there
						got[code] = bytes.TrimSuffix(got[code], []byte{0})
					}
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s\n%s", diff, text)
				}
			})
		}
	}
}

// wire is what a make's phones should get.
func wire(scopes []dhcp.Scope, vendor string) map[byte][]byte {
	out := map[byte][]byte{}
	for _, s := range scopes {
		for _, o := range s.Options {
			if s.Vendor == vendor {
				out[o.Code] = o.Data
			}
		}
	}
	return out
}

// serve runs a server until the test ends.
func serve(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	c := exec.CommandContext(ctx, name, args...)
	dir := t.TempDir()
	c.Env = append(os.Environ(), "KEA_PIDFILE_DIR="+dir, "KEA_LOCKFILE_DIR="+dir)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 5 * time.Second
	if err := c.Start(); err != nil {
		t.Fatalf("%v: scripts/setup.sh test installs what is missing", err)
	}
	t.Cleanup(func() {
		stop()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out.String())
		}
	})
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func startDnsmasq(t *testing.T, text string) {
	t.Helper()
	serve(t, "/usr/sbin/dnsmasq", "--no-daemon", "--port=0", "--interface=server", "--bind-interfaces", "--dhcp-range=192.0.2.100,192.0.2.200,1h", "--dhcp-authoritative", "--no-ping",
		"--dhcp-leasefile="+filepath.Join(t.TempDir(), "leases"), "--conf-file="+write(t, "dnsmasq.conf", text))
}

func startKea(t *testing.T, text string) {
	t.Helper()
	var c struct{ Dhcp4 map[string]any }
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	// The kernel tells a moment later that a port runs; until then Kea opens no socket.
	c.Dhcp4["interfaces-config"] = map[string]any{"interfaces": []string{"server"}, "service-sockets-max-retries": 100, "service-sockets-retry-wait-time": 50}
	c.Dhcp4["lease-database"] = map[string]any{"type": "memfile", "persist": false}
	c.Dhcp4["subnet4"] = []any{map[string]any{"id": 1, "subnet": "192.0.2.0/24", "pools": []any{map[string]any{"pool": "192.0.2.100 - 192.0.2.200"}}}}
	all, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, "/usr/sbin/kea-dhcp4", "-c", write(t, "kea.json", string(all)))
}

func startISC(t *testing.T, text string) {
	t.Helper()
	conf := text + "\nauthoritative;\nsubnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.200; }\n"
	serve(t, "/usr/sbin/dhcpd", "-4", "-f", "-d", "--no-pid", "-cf", write(t, "dhcpd.conf", conf), "-lf", write(t, "leases", ""), "server")
}

// plugIn gives the client's port the machine's address.
func (m machine) plugIn(t *testing.T) {
	t.Helper()
	run(t, "ip", "link", "set", "client", "down")
	run(t, "ip", "link", "set", "client", "address", m.mac)
	run(t, "ip", "link", "set", "client", "up")
}

// ask has a real client take a lease, and returns the options that came with it
// as they stood on the wire.
func (m machine) ask(t *testing.T) map[byte][]byte {
	t.Helper()
	acks := sniff(t)
	if m.client == "dhclient" {
		conf := "request subnet-mask;\n" // not a word of what phones are told
		serve(t, "/usr/sbin/dhclient", "-4", "-d", "--no-pid", "-cf", write(t, "dhclient.conf", conf), "-lf", write(t, "leases", ""), "-sf", "/bin/true", "client")
	}
	args := []string{"udhcpc", "-i", "client", "-f", "-q", "-n", "-t", "20", "-T", "1", "-s", "/bin/true"}
	if m.class != "" {
		args = append(args, "-V", m.class)
	}
	if m.client == "udhcpc" {
		run(t, "busybox", args...)
	}
	select {
	case o := <-acks:
		return o
	case <-time.After(20 * time.Second):
		t.Fatal("the client has no lease")
	}
	return nil
}

// sniff reads the first acknowledgement that comes to the client.
func sniff(t *testing.T) <-chan map[byte][]byte {
	t.Helper()
	const ip = 0x0800
	s, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, int(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, ip))))
	if err != nil {
		t.Fatal(err)
	}
	link, err := net.InterfaceByName("client")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(s, &syscall.SockaddrLinklayer{Protocol: binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, ip)), Ifindex: link.Index}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.SetsockoptTimeval(s, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 40}); err != nil {
		t.Fatal(err)
	}
	out := make(chan map[byte][]byte, 1)
	go func() {
		defer syscall.Close(s)
		buf := make([]byte, 2000)
		for {
			n, _, err := syscall.Recvfrom(s, buf, 0)
			if err == syscall.EINTR {
				continue
			}
			if err != nil {
				return
			}
			if o := ackIn(buf[:n]); o != nil {
				out <- o
				return
			}
		}
	}()
	return out
}

// ackIn reads the options of a DHCPACK in an Ethernet frame (RFC 2131, RFC 2132),
// also of those that stand in the fields file and sname.
func ackIn(frame []byte) map[byte][]byte {
	const eth, fixed = 14, 240
	if len(frame) < eth+20 || frame[eth+9] != 17 {
		return nil
	}
	udp := frame[eth+int(frame[eth]&15)*4:]
	if len(udp) < 8+fixed || binary.BigEndian.Uint16(udp) != 67 || binary.BigEndian.Uint16(udp[2:]) != 68 {
		return nil
	}
	msg, out := udp[8:binary.BigEndian.Uint16(udp[4:])], map[byte][]byte{}
	read := func(b []byte) {
		for len(b) > 0 && b[0] != 255 {
			if b[0] == 0 {
				b = b[1:]
				continue
			}
			out[b[0]] = append(out[b[0]], b[2:2+int(b[1])]...)
			b = b[2+int(b[1]):]
		}
	}
	read(msg[fixed:])
	if o := out[52]; len(o) == 1 && o[0]&1 != 0 {
		read(msg[108:236])
	}
	if o := out[52]; len(o) == 1 && o[0]&2 != 0 {
		read(msg[44:108])
	}
	if !bytes.Equal(out[53], []byte{5}) {
		return nil
	}
	return out
}
