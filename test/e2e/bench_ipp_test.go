package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/ipp"
	"bellwether/internal/testkit"
)

// The sizes that goal P-6 names.
const (
	alivePhones  = 100_000
	aliveClients = 64
	aliveRounds  = 3 // keep-alives of each phone
)

// BenchmarkKeepAlives is P-6: keep-alives of known phones, each with its own token,
// that say what the one before said.
func BenchmarkKeepAlives(b *testing.B) {
	n := max(aliveClients, int(alivePhones*scale(b)))
	p := newPark(b, n, 1, false, nil)
	h := testkit.New(b, testkit.InDir(p.dir))
	at := ports(b, 1)[0]
	requests := make([][]byte, n)
	for i, m := range p.macs {
		requests[i] = keepAlive(at, m, credential(b, h, mac.Address(m), p.tokens[i]).Reports.Reveal())
	}
	if err := h.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	s := serve(b, p.dir, "BELLWETHER_LISTEN_IPP="+at)
	round := func(times int) (took time.Duration, each []time.Duration) {
		return together(b, aliveClients, func(next *atomic.Int64) ([]time.Duration, error) {
			return keepAlives(at, requests, next, n*times)
		})
	}
	round(1) // the first report of each phone is written down
	round(1) // and its token is known now as one that was used
	before := cpu(b, s.cmd.Process.Pid)
	took, each := round(aliveRounds)
	spent := cpu(b, s.cmd.Process.Pid) - before
	slices.Sort(each)
	note := fmt.Sprintf("%d phones, %d clients on the same two cores", n, aliveClients)
	figure(b, "P-6", "keep-alives", float64(len(each))/took.Seconds(), 30_000, false, "a second", note)
	figure(b, "P-6", "1000 keep-alives", spent.Seconds()*1000/float64(len(each)), 0.045, true, "s CPU", note)
	if code := s.stop(b, syscall.SIGTERM); code != 0 {
		b.Errorf("exit code %d", code)
	}
}

// keepAlive is a phone's report as it stands on the wire.
func keepAlive(at, m, token string) []byte {
	body := ipp.AppendReport(nil, ipp.Report{Session: "1a2b3c4d", User: "system", MAC: m, IP: "192.0.2.9", Subnet: "255.255.255.0", Model: "430HD", Firmware: "2.2.16.142.46", Agent: "AUDC-IPPhone/2.2.16.142.46 (430HD-Rev0)", UserName: "Alan", Phone: "201", Proxy: "sip.example.org", Status: ipp.Registered},
		"00112233445566778899aabbccddeeff")
	return fmt.Appendf(nil, "POST /p/%s/rest/v1/ipphoneMgrStatus/keep-alive HTTP/1.1\r\nHost: %s\r\nUser-Agent: AUDC-IPPhone/2.2.16.142.46 (430HD-Rev0)\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", token, at, len(body), body)
}

// keepAlives sends the reports that are next over one connection.
func keepAlives(at string, requests [][]byte, next *atomic.Int64, most int) (each []time.Duration, err error) {
	conn, err := net.Dial("tcp", at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it was read to the end
	in := bufio.NewReader(conn)
	var body bytes.Buffer
	for {
		i := int(next.Add(1)) - 1
		if i >= most {
			return each, nil
		}
		start := time.Now()
		if _, err := conn.Write(requests[i%len(requests)]); err != nil {
			return each, err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return each, err
		}
		body.Reset()
		_, err = io.Copy(&body, res.Body)
		_ = res.Body.Close() // it was read to the end
		if err != nil || res.StatusCode != http.StatusOK || body.String() != `{"requests":[]}` {
			return each, fmt.Errorf("report %d: %w, %s %s", i, errAnswer, res.Status, body.String())
		}
		each = append(each, time.Since(start))
	}
}
