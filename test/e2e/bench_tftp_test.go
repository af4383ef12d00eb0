package e2e

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	orgs "bellwether/internal/domain/org"
	"bellwether/internal/domain/resource"
	"bellwether/internal/testkit"
)

// The sizes that P-3 names, and the file.
const (
	benchTFTPBytes   = 64 << 10
	benchTFTPClients = 100
	benchTFTPFiles   = 40 // by each
	benchTFTPName    = "ghp621fw.bin"
)

// errTFTP is an answer that no client would take.
var errTFTP = errors.New("TFTP")

// tftpGet fetches a file from an address of its own, as a plain client does, and
// returns how many bytes came. A block that does not come within a second is asked
// for again, three times.
func tftpGet(from net.IP, server *net.UDPAddr, name string, block int) (int, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: from})
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	ask := fmt.Appendf(nil, "\x00\x01%s\x00octet\x00blksize\x00%d\x00", name, block)
	say, to, want, size, tries := ask, server, uint16(1), 0, 0
	buf := make([]byte, 2048)
	for again := true; ; again = false {
		if again || tries > 0 {
			if _, err := c.WriteToUDP(say, to); err != nil {
				return size, err
			}
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			return size, err
		}
		n, peer, err := c.ReadFromUDP(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && tries < 3:
			tries++
			continue
		case err != nil:
			return size, err
		case n < 4:
			return size, fmt.Errorf("%w: %d bytes", errTFTP, n)
		}
		tries, to = 0, peer
		switch op, no := binary.BigEndian.Uint16(buf), binary.BigEndian.Uint16(buf[2:]); {
		case op == 6:
			say = []byte{0, 4, 0, 0}
		case op == 3 && no == want:
			size += n - 4
			say = []byte{0, 4, buf[2], buf[3]}
			want++
			if n-4 < block {
				_, err := c.WriteToUDP(say, to)
				return size, err
			}
		case op == 3: // came twice
			continue
		default:
			return size, fmt.Errorf("%w: %q", errTFTP, buf[:n])
		}
		if _, err := c.WriteToUDP(say, to); err != nil {
			return size, err
		}
	}
}

// tftpLoad has many clients fetch the file, and returns the files a second.
func tftpLoad(b *testing.B, addr string, block, files int) float64 {
	b.Helper()
	server, err := net.ResolveUDPAddr("udp4", addr)
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	var done atomic.Int64
	var failed atomic.Pointer[error]
	begun := time.Now()
	for client := range benchTFTPClients {
		wg.Go(func() {
			for i := range files {
				n, err := tftpGet(net.IPv4(127, 1, byte(client), byte(i+1)), server, benchTFTPName, block)
				if err == nil && n != benchTFTPBytes {
					err = fmt.Errorf("%w: %d bytes came", errTFTP, n)
				}
				if err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		b.Fatalf("%s: %v", addr, *err)
	}
	return float64(done.Load()) / time.Since(begun).Seconds()
}

// BenchmarkTFTP is P-3: an image over TFTP, beside the daemons that most people
// have.
//
// What was tried, as files a second beside dnsmasq's with blocks of 1428 and 512: a
// library with a socket, a goroutine and a deadline for each transfer 0.42 and 0.46;
// transfers that share two sockets, each read by one goroutine, 0.45 and 0.69 (a
// block no longer waits for somebody to be woken); the image that is for anyone kept
// until its rows change instead of looked up, and 16 kB read from the store at once,
// 0.70 and 1.04. A third of the time is the clients' own, a seventh the checksum of
// what is read from the store.
func BenchmarkTFTP(b *testing.B) {
	files := max(1, int(benchTFTPFiles*scale(b)))
	image := bytes.Repeat([]byte("bellwether"), benchTFTPBytes/10+1)[:benchTFTPBytes]
	p := newPark(b, 1, 1, true, func(h *testkit.House, o orgs.Org) {
		ctx := testkit.System()
		taken := have(h.Resources.Take(ctx, o, bytes.NewReader(image), benchTFTPBytes))(b)
		anyone, served, models, version := true, true, []string{parkModel}, "1.0.1.54"
		have(h.Resources.Create(ctx, o, resource.Input{Kind: resource.Firmware, Name: benchTFTPName, Vendor: "grandstream", Models: &models, FileVersion: &version, Served: &served, Anyone: &anyone}, taken))(b)
	})
	h := serve(b, p.dir)
	ours := strings.TrimPrefix(find(b, h.err.String(), `phones, TFTP on \S+`), "phones, TFTP on ")

	root := filepath.Join(b.TempDir(), "files")
	if err := os.Mkdir(root, 0o755); err != nil { //nolint:gosec // the daemons' users are to read it
		b.Fatal(err)
	}
	for _, dir := range []string{root, filepath.Dir(root), filepath.Dir(filepath.Dir(root))} {
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // so are they
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, benchTFTPName), image, 0o644); err != nil { //nolint:gosec // so are they
		b.Fatal(err)
	}
	theirs := map[string]string{"tftpd-hpa": "127.0.9.1:69", "dnsmasq": "127.0.9.2:69"}
	launch(b, os.Environ(), lookPath(b, "in.tftpd"), "-L", "-4", "-a", theirs["tftpd-hpa"], "-s", root)
	launch(b, os.Environ(), lookPath(b, "dnsmasq"), "-d", "--conf-file=/dev/null", "--port=0", "--enable-tftp", "--tftp-root="+root, "--tftp-max=500", "--listen-address=127.0.9.2", "--bind-interfaces", "--user=root")
	for _, addr := range theirs {
		to := have(net.ResolveUDPAddr("udp4", addr))(b)
		eventually(b, addr+" answers", func() bool {
			n, err := tftpGet(net.IPv4(127, 0, 0, 1), to, benchTFTPName, 1428)
			return err == nil && n == benchTFTPBytes
		})
	}
	for _, c := range []struct {
		block     int
		hpa, masq float64
	}{{1428, 1.8, 0.8}, {512, 1.4, 0.8}} {
		us, hpa, masq := tftpLoad(b, ours, c.block, files), tftpLoad(b, theirs["tftpd-hpa"], c.block, files), tftpLoad(b, theirs["dnsmasq"], c.block, files)
		note := fmt.Sprintf("%.0f files a second; tftpd-hpa %.0f, dnsmasq %.0f", us, hpa, masq)
		figure(b, "P-3", fmt.Sprintf("blocks of %d beside tftpd-hpa", c.block), us/hpa, c.hpa, false, "× its files a second", note)
		figure(b, "P-3", fmt.Sprintf("blocks of %d beside dnsmasq", c.block), us/masq, c.masq, false, "× its files a second", note)
	}
}

func lookPath(b *testing.B, name string) string {
	b.Helper()
	for _, try := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(try); err == nil {
			return path
		}
	}
	b.Fatalf("%s is wanted to compare with: scripts/setup.sh bench", name)
	return ""
}
