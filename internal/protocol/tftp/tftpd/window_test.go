package tftpd_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/domain/resource"
	"bellwether/internal/protocol/tftp"
	"bellwether/internal/protocol/tftp/tftpd"
	"bellwether/internal/testkit"
)

const image = "ghp621fw.bin"

// stored puts an image into the store that anyone gets, and returns it.
func stored(t *testing.T, h *testkit.House, size int) []byte {
	t.Helper()
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * i >> 5)
	}
	w, ctx := h.World(t), testkit.System()
	taken, err := h.Resources.Take(ctx, w.Org, bytes.NewReader(data), int64(size))
	if err != nil {
		t.Fatal(err)
	}
	anyone, served, models, version := true, true, []string{"GHP621W"}, "1.0.1.54"
	if _, err = h.Resources.Create(ctx, w.Org, resource.Input{Kind: resource.Firmware, Name: image, Vendor: "grandstream", Models: &models, FileVersion: &version, Served: &served, Anyone: &anyone}, taken); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReal_atftp: a client that asks for several blocks at once, as RFC 7440 has it.
func TestReal_atftp(t *testing.T) {
	t.Parallel()
	h, c := house(t)
	want := stored(t, h, 300_001)
	host, port, _ := net.SplitHostPort(c.addr)
	dir := t.TempDir()
	for _, options := range [][]string{{}, {"--option", "blksize 1428"}, {"--option", "windowsize 8"}, {"--option", "blksize 1024", "--option", "windowsize 64"}} {
		out := filepath.Join(dir, "got")
		_ = os.Remove(out) // the one before
		args := append(append([]string{"--get", "--remote-file", image, "--local-file", out}, options...), host, port)
		if code, said := run(t, dir, "atftp", args...); code != 0 {
			t.Errorf("%v: exit %d: %s", options, code, said)
		}
		if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: it got %d bytes, %v; want %d", options, len(got), err, len(want))
		}
	}
}

// TestServer_window: of a window some blocks are lost, the first and one in the
// middle; the phone has the whole file.
func TestServer_window(t *testing.T) {
	t.Parallel()
	h, c := house(t)
	want := stored(t, h, 10_000)
	conn, to := socket(t, c.addr, c.from)
	defer conn.Close()
	_, _ = conn.WriteTo(tftp.Request{Name: image, Mode: tftp.Octet, Window: 8, Size: true}.Encode(), to)
	buf := make([]byte, 600)
	n, from, err := receive(conn, buf, 5*time.Second)
	if err != nil || string(buf[2:n]) != "tsize\x0010000\x00windowsize\x008\x00" {
		t.Fatalf("it agrees to %q, %v", buf[:n], err)
	}
	_, _ = conn.WriteTo(tftp.EncodeAck(0), from)
	var got []byte
	came, lost := uint16(0), map[uint16]bool{3: true, 9: true}
	most, last := 0, false
	for burst := 0; !last; {
		if n, _, err = receive(conn, buf, 5*time.Second); err != nil {
			t.Fatalf("after block %d: %v", came, err)
		}
		number := binary.BigEndian.Uint16(buf[2:])
		burst++
		most = max(most, burst)
		switch {
		case lost[number]:
			delete(lost, number)
		case number == came+1:
			got, came, last = append(got, buf[4:n]...), number, n < 4+512
		}
		if burst == 8 || last || int(came) == len(want)/512 {
			_, _ = conn.WriteTo(tftp.EncodeAck(came), from)
			burst = 0
		}
	}
	if !bytes.Equal(got, want) || most != 8 {
		t.Errorf("it got %d bytes of %d, at most %d blocks one after another", len(got), len(want), most)
	}
}

// TestServer_acknowledged_twice: a block that is acknowledged twice goes out once.
func TestServer_acknowledged_twice(t *testing.T) {
	t.Parallel()
	h, c := house(t)
	want := len(stored(t, h, 5_000))/512 + 1
	conn, to := socket(t, c.addr, c.from)
	defer conn.Close()
	_, _ = conn.WriteTo(c.request(1, image), to)
	buf := make([]byte, 600)
	seen := map[uint16]int{}
	for n := 516; n == 516; {
		var from net.Addr
		var err error
		if n, from, err = receive(conn, buf, 5*time.Second); err != nil {
			t.Fatalf("after %d blocks: %v", len(seen), err)
		}
		number := binary.BigEndian.Uint16(buf[2:])
		seen[number]++
		for range 2 {
			_, _ = conn.WriteTo(tftp.EncodeAck(number), from)
		}
	}
	for number, times := range seen {
		if times > 1 {
			t.Errorf("block %d came %d times", number, times)
		}
	}
	if len(seen) != want {
		t.Errorf("%d blocks came, want %d", len(seen), want)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "a\nb": "a\r\nb", "a\r": "a\r\x00", "\r\n": "\r\x00\r\n", "\n\n": "\r\n\r\n"} {
		for _, size := range []int{1, 2, 512} {
			if got := tftpd.Lines(in, size); got != want {
				t.Errorf("%q in parts of %d is %q, want %q", in, size, got, want)
			}
		}
	}
}
