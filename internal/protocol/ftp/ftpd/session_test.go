package ftpd_test

import (
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/testkit"
)

// stranger is a name that nobody has; its bootstrap is what anybody gets.
const stranger = "cfg00005e0053fe.xml"

func house(t *testing.T) *testkit.House {
	t.Helper()
	return testkit.New(t, testkit.WithDoors("ftp", "ftps"))
}

// TestSession_sizes: SIZE and MDTM say what RETR then gives, of known and unknown
// names alike.
func TestSession_sizes(t *testing.T) {
	t.Parallel()
	h := house(t)
	known := h.World(t).Phones[0]
	replies := map[string]string{}
	for _, name := range []string{stranger, known.File(), h.World(t).Waiting.File()} {
		c := dial(t, h, "", "phone", "secret")
		size := c.want(213, "SIZE "+name)
		c.want(213, "MDTM "+name)
		body, _, ok := c.retr(name)
		if !ok || size != "213 "+strconv.Itoa(len(body)) {
			t.Errorf("%s: SIZE says %q, RETR gives %d bytes", name, size, len(body))
		}
		replies[size] = name
	}
	if len(replies) != 1 {
		t.Errorf("SIZE tells names apart: %v", replies)
	}
	c := dial(t, h, "", "phone", "secret")
	for _, name := range []string{"nothing.xml", "p/x/" + known.File(), "firmware/ghp610fw.bin", "cfg.xml"} {
		for _, command := range []string{"SIZE ", "MDTM "} {
			if code, text := c.say(command + name); code != 550 {
				t.Errorf("%s%s: %s", command, name, text)
			}
		}
	}
}

// TestSession_refuses: nothing is listed, changed or told.
func TestSession_refuses(t *testing.T) {
	t.Parallel()
	h := house(t)
	p := h.World(t).Phones[0]
	c := dial(t, h, "", "admin", "admin")
	for _, command := range []string{
		"DELE " + p.File(), "MKD x", "RMD p", "RNFR " + p.File(), "SITE CHMOD 777 " + p.File(), "MFMT 20260101000000 " + p.File(), "HASH " + p.File(), "XMD5 " + p.File(),
		"COMB a b", "STAT " + p.File(), "STAT", "MLST " + p.File(), "PORT 127,0,0,1,0,22", "EPRT |1|127.0.0.1|22|", "ALLO 5", "AVBL", "SITE EXEC id", "MODE Z", "NOSUCH",
	} {
		if code, text := c.say(command); code < 400 && code != 202 { // 202: superfluous here
			t.Errorf("%s: %s", command, text)
		}
	}
	for _, command := range []string{"LIST", "NLST", "LIST -la /p", "NLST p/" + p.Token} {
		d := c.passive()
		c.want(150, command)
		list, err := io.ReadAll(d)
		_ = d.Close()
		if err != nil || len(list) > 0 {
			t.Errorf("%s: %q, %v", command, list, err)
		}
		c.want(226, "")
	}
	d := c.passive()
	defer d.Close()
	for _, command := range []string{"STOR " + p.File(), "APPE new.xml"} {
		if code, text := c.say(command); code != 550 {
			t.Errorf("%s: %s", command, text)
		}
	}
	if strings.Contains(c.raw, p.Password) {
		t.Error("a reply holds a secret")
	}
}

// TestSession_folders: a phone may change into the folders of its path first.
func TestSession_folders(t *testing.T) {
	t.Parallel()
	h := house(t)
	p := h.World(t).Phones[0]
	testkit.SwitchOn(t, h.Virtual(t, p))
	c := dial(t, h, "implicit", "phone", "x")
	want, text, ok := c.retr("/p/" + p.Token + "/" + p.File())
	if !ok || !strings.Contains(string(want), p.Password) {
		t.Fatalf("its own file by the whole path: %s", text)
	}
	c.want(250, "CWD p")
	c.want(250, "CWD "+p.Token)
	if got, text, ok := c.retr(p.File()); !ok || string(got) != string(want) {
		t.Errorf("its own file from its folder: %s", text)
	}
	c.want(350, "REST 10")
	if got, text, ok := c.retr(p.File()); !ok || string(got) != string(want[10:]) {
		t.Errorf("the rest of its file: %d bytes, %s", len(got), text)
	}
	c.want(250, "CDUP")
	c.want(250, "CWD x")
	if _, text, ok := c.retr(p.File()); ok || !strings.HasPrefix(text, "550") {
		t.Errorf("its file from a folder of a wrong token: %s", text)
	}
}

// TestSession_noise: what is no FTP ends a session and no more.
func TestSession_noise(t *testing.T) {
	t.Parallel()
	h := house(t)
	var all sync.WaitGroup
	for _, noise := range []string{"", "\x00\x01\x02\r\n", strings.Repeat("A", 1<<16), "USER\r\nPASS\r\nRETR\r\nSIZE\r\n", strings.Repeat("NOOP\r\n", 2000), "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "AUTH TLS\r\nUSER x\r\n", "RETR " + stranger + "\r\n"} {
		for range 10 {
			all.Go(func() {
				conn, err := net.Dial("tcp", h.Addr(t, "ftp"))
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, noise)
			})
		}
	}
	all.Wait()
	c := dial(t, h, "", "phone", "x")
	if _, text, ok := c.retr(stranger); !ok {
		t.Errorf("after the noise: %s", text)
	}
}

// TestSession_beforeSignIn: without USER and PASS there is nothing.
func TestSession_beforeSignIn(t *testing.T) {
	t.Parallel()
	h := house(t)
	conn, err := net.Dial("tcp", h.Addr(t, "ftp"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := plainClient(t, conn)
	c.want(220, "")
	for _, command := range []string{"RETR " + stranger, "SIZE " + stranger, "LIST", "EPSV", "CWD /"} {
		c.want(530, command)
	}
}
