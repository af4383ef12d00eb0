package doortest_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/phone"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
	"bellwether/internal/testkit"
)

const withCanaries = 1000 // devices whose secrets are looked for

// TestCanaries: of a thousand devices no secret goes over the wire in clear text,
// whatever is asked for at HTTP, TFTP and FTP, with the right token and password
// too. Under a site's legacy flag its devices' do, which shows that the capture
// sees them.
func TestCanaries(t *testing.T) {
	t.Parallel()
	if !testkit.Alone(t, 2*time.Minute) {
		return
	}
	if out, err := exec.CommandContext(t.Context(), "ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	h := testkit.New(t, testkit.WithDoors("tftp", "ftp"))
	known := newCanaries()
	begun := h.Clock.Now()
	all := canaryDevices(t, h, known)
	made := h.Clock.Now().Sub(begun)
	wire := listenAtDoors(t, h)
	asks := 0
	for i, d := range all {
		asks += d.asks(t, h, i)
	}
	flows := wire.end(t)
	size := 0
	for _, f := range flows {
		size += len(f)
		for _, n := range known.find(f) {
			t.Errorf("%s went over the wire: %s", n.of, n.form)
		}
	}
	t.Logf("%d devices made in %s; %d requests, %d flows, %d bytes", len(all), made, asks, len(flows), size)
	if len(flows) < withCanaries || size < 1000*withCanaries {
		t.Errorf("the capture saw %d flows with %d bytes", len(flows), size)
	}

	flagged(t, h)
	wire = listenAtDoors(t, h)
	file := func(d bird) string { return "cfg" + d.MAC.String() + ".xml" }
	all[0].overHTTP(t, h, file(all[0]))
	tftpGet(t, h.Addr(t, "tftp"), file(all[1]))
	all[2].overFTP(t, h, []string{file(all[2])})
	seen := map[string]bool{}
	for _, f := range wire.end(t) {
		for _, n := range known.find(f) {
			seen[n.of] = true
		}
	}
	for i, door := range []string{"HTTP", "TFTP", "FTP"} {
		if !seen[all[i].line] {
			t.Errorf("under the legacy flag the capture does not see %s at %s", all[i].line, door)
		}
	}
}

// bird is a device with secrets.
type bird struct {
	device.Device
	line                  string // whose the password of its line is, as the search names it
	token, user, password string
}

func canaryDevices(t *testing.T, h *testkit.House, known *canaries) (out []bird) {
	t.Helper()
	w := h.World(t)
	for i := range withCanaries {
		b := bird{line: fmt.Sprintf("the password of line %d", i)}
		line, sticker := "Line+"+secret.RandomText(16).Reveal(), "Sticker:"+secret.RandomText(16).Reveal()
		word, user := secret.NewString(line), strconv.Itoa(5000+i)
		b.Device = enter(t, h, device.Input{MAC: phone.FleetMAC(5000 + i).String(), Model: testkit.Model, SiteID: w.Hotel.ID, Life: device.Adopted, Then: func(ctx context.Context, tx *db.Tx, d device.Device) error {
			a, err := h.Accounts.CreateIn(ctx, tx, w.Org, account.Input{ServerID: &w.Server.ID, UserID: &user, Password: &word})
			if err == nil {
				err = h.Accounts.AssignIn(ctx, tx, d, account.Assignment{Line: 1, AccountID: a.ID}, "test")
			}
			if err == nil {
				err = h.Identity.Sticker(secret.NewString(sticker))(ctx, tx, d)
			}
			return err
		}})
		known.add(b.line, line)
		known.add(fmt.Sprintf("sticker secret %d", i), sticker)
		address, _, err := h.Provision.Address(testkit.System(), b.Device)
		if err != nil {
			t.Fatal(err)
		}
		_, b.token, _ = strings.Cut(strings.TrimSuffix(address, "/"), "/p/")
		known.add(fmt.Sprintf("token %d", i), b.token)
		if i%10 == 0 {
			b.door(t, h, known, i)
		}
		out = append(out, b)
	}
	return out
}

// door gives the device a password for the doors, and an administrator's.
func (b *bird) door(t *testing.T, h *testkit.House, known *canaries, i int) {
	t.Helper()
	user, password, err := h.Identity.NewPassword(testkit.System(), b.Device)
	if err != nil {
		t.Fatal(err)
	}
	b.user, b.password = user, password.Reveal()
	known.add(fmt.Sprintf("door password %d", i), b.password)
	admin := "Admin/" + secret.RandomText(16).Reveal()
	if _, err := h.Templates.SetOverrides(testkit.System(), b.Device, testkit.Items(map[string]string{"users.admin.password": admin}), 0); err != nil {
		t.Fatal(err)
	}
	known.add(fmt.Sprintf("administrator's password %d", i), admin)
}

// asks has a device ask for all that it can at each clear door.
func (b bird) asks(t *testing.T, h *testkit.House, i int) (n int) {
	t.Helper()
	file := "cfg" + b.MAC.String() + ".xml"
	paths := []string{file, "p/" + b.token + "/" + file}
	if i%10 == 0 {
		paths = append(paths, "cfg"+b.MAC.String(), "dev"+b.MAC.String()+".cfg", "cfg.xml", "p/"+b.token+"/cfg.xml", "d/"+file, "firmware/ghp610fw.bin", "p/"+b.token+"/ghp610fw.bin", "dhcpoption160.cfg", "configfiles/dhcption160.cfg",
			"p/"+b.token+"/phonebook.xml", "p/"+b.token+"/resources/ring1.bin", "p/"+b.token+"/../"+file, "p/"+b.token, "p/"+b.token+"/p/"+b.token+"/"+file)
	}
	for _, path := range paths {
		b.overHTTP(t, h, path)
		tftpGet(t, h.Addr(t, "tftp"), path)
	}
	if i%5 != 0 {
		return 2 * len(paths)
	}
	b.overFTP(t, h, paths)
	return 3 * len(paths)
}

func (b bird) overHTTP(t *testing.T, h *testkit.House, path string) {
	t.Helper()
	c, err := net.Dial("tcp", h.Addr(t, "provision_http"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	request := "GET /" + path + " HTTP/1.1\r\nHost: phones.example.org\r\nConnection: close\r\nUser-Agent: Grandstream Model HW GHP621W SW 1.0.1.54\r\n"
	if b.user != "" {
		request += "Authorization: Basic " + basic(b.user, b.password) + "\r\n"
	}
	if _, err := io.WriteString(c, request+"\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Fatal(err)
	}
}

// overFTP signs in, as itself where it has a password, and fetches.
func (b bird) overFTP(t *testing.T, h *testkit.House, paths []string) {
	t.Helper()
	c, err := net.Dial("tcp", h.Addr(t, "ftp"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) string {
		if line != "" {
			_, _ = io.WriteString(c, line+"\r\n") // reading finds out
		}
		reply, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return reply
	}
	say("")
	say("USER " + cmp.Or(b.user, "anonymous"))
	say("PASS " + b.password)
	for _, path := range paths {
		_, port, _ := strings.Cut(say("EPSV"), "|||")
		port, _, _ = strings.Cut(port, "|")
		data, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(say("RETR /"+path), "150") {
			_, _ = io.Copy(io.Discard, data) // what is missing is none of this test's business
			say("")
		}
		_ = data.Close()
	}
}

// tftpGet fetches a file to its end, or to the refusal. Like a phone it says again
// what was not answered within a second.
func tftpGet(t *testing.T, addr, path string) {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out, dest := []byte("\x00\x01"+path+"\x00octet\x00"), to
	buf := make([]byte, 2048)
	for tries := 0; tries < 20; {
		if _, err := c.WriteToUDP(out, dest); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		n, from, err := c.ReadFromUDP(buf)
		if err != nil {
			tries++
			continue
		}
		if tries = 0; buf[1] != 3 {
			return
		}
		dest, out = from, append([]byte{0, 4}, buf[2:4]...)
		if n < 4+512 {
			_, _ = c.WriteToUDP(out, dest) // the last one is waited for by nobody
			return
		}
	}
	t.Errorf("%s: no answer", path)
}

// watched is a capture at the clear doors.
type watched struct {
	*capture
	to string
}

func listenAtDoors(t *testing.T, h *testkit.House) watched {
	t.Helper()
	var ports []uint16
	for _, name := range []string{"provision_http", "tftp", "ftp"} {
		ports = append(ports, netip.MustParseAddrPort(h.Addr(t, name)).Port())
	}
	return watched{listen(t, ports...), "127.0.0.1:9"}
}

// end sends the mark and returns what went over the wire before.
func (w watched) end(t *testing.T) [][]byte {
	t.Helper()
	c, err := net.Dial("udp", w.to)
	if err == nil {
		_, err = io.WriteString(c, "...."+mark)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return w.stop(t)
}

// flagged sets the legacy flag of the devices' site.
func flagged(t *testing.T, h *testkit.House) {
	t.Helper()
	site, err := h.Orgs.Site(testkit.System(), h.World(t).Hotel.ID)
	if err != nil {
		t.Fatal(err)
	}
	nets, until := slices.Clone(site.Subnets), h.Clock.Now().Add(time.Hour)
	for i := range nets {
		nets[i].Legacy = true
	}
	if _, err := h.Orgs.UpdateSite(testkit.System(), site.ID, org.SiteInput{Subnets: &nets, LegacyUntil: &until}, site.Version); err != nil {
		t.Fatal(err)
	}
}
