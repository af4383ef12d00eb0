package ippd_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/domain/device"
	"bellwether/internal/protocol/ipp"
)

// BenchmarkServer_keepAlive is a report of a known phone that says what the one before
// said, client included.
func BenchmarkServer_keepAlive(b *testing.B) {
	d := newDesk(b)
	a := d.phone(b, "00908f0000a1", d.w.Org, device.Adopted)
	d.alive(b, a, "status=registered")
	d.alive(b, a, "status=registered")
	body := message(a.MAC, "status=registered")
	_, path, _ := strings.Cut(a.reports, "/p/")
	text := fmt.Appendf(nil, "POST /p/%srest/v1/%s HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, ipp.KeepAlive, agentUC, len(body), body)
	var dialer net.Dialer
	conn, err := dialer.DialContext(b.Context(), "tcp", d.Addr(b, "ipp"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() }) // it was read to the end
	in := bufio.NewReader(conn)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := conn.Write(text); err != nil {
			b.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK || n != int64(len(`{"requests":[]}`)) {
			b.Fatal(res.Status, n, err)
		}
		_ = res.Body.Close() // it was read to the end
	}
}
