package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	auth "github.com/icholy/digest"

	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/testkit"
)

// The sizes that goal P-4 names.
const (
	reportPhones  = 2000
	reportClients = 64
	reportRounds  = 5 // sessions of each phone
)

// together has so many clients work at once, each on what it takes by the counter that
// they share, and returns how long all took and what each piece took.
func together(b *testing.B, clients int, work func(next *atomic.Int64) ([]time.Duration, error)) (took time.Duration, each []time.Duration) {
	b.Helper()
	var next atomic.Int64
	var mu sync.Mutex // guards each and failed
	var failed error
	var wg sync.WaitGroup
	begun := time.Now()
	for range clients {
		wg.Go(func() {
			mine, err := work(&next)
			mu.Lock()
			defer mu.Unlock()
			each, failed = append(each, mine...), errors.Join(failed, err)
		})
	}
	wg.Wait()
	if failed != nil {
		b.Fatal(failed)
	}
	return time.Since(begun), each
}

// BenchmarkReports is P-4: sessions of known phones that have nothing to do, by
// digest: Inform, challenge, Inform, the empty message, 204. GenieACS, which the goal
// is taken from, is not at hand to run beside it.
func BenchmarkReports(b *testing.B) {
	n := max(reportClients, int(reportPhones*scale(b)))
	p := newPark(b, n, 1, true, nil)
	h := testkit.New(b, testkit.InDir(p.dir))
	credentials := make([]identity.Manager, n)
	for i, m := range p.macs {
		credentials[i] = credential(b, h, mac.Address(m), p.tokens[i])
	}
	if err := h.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	at := ports(b, 1)[0]
	s := serve(b, p.dir, "BELLWETHER_LISTEN_CWMP_HTTP="+at)
	round := func(times int) (took time.Duration, each []time.Duration) {
		return together(b, reportClients, func(next *atomic.Int64) (mine []time.Duration, err error) {
			for i := next.Add(1) - 1; err == nil && i < int64(n*times); i = next.Add(1) - 1 {
				phone, start := int(i)%n, time.Now()
				err = report(at, p.macs[phone], credentials[phone])
				mine = append(mine, time.Since(start))
			}
			return mine, err
		})
	}
	round(1) // the first report of each phone is written down
	before := cpu(b, s.cmd.Process.Pid)
	took, each := round(reportRounds)
	spent := cpu(b, s.cmd.Process.Pid) - before
	slices.Sort(each)
	note := fmt.Sprintf("%d phones, %d clients on the same two cores", n, reportClients)
	figure(b, "P-4", "bare session", spent.Seconds()*1000/float64(len(each)), 0.7, true, "ms CPU", note)
	figure(b, "P-4", "bare sessions", float64(len(each))/took.Seconds(), 1500, false, "a second", note)
	figure(b, "P-4", "bare session p99", each[len(each)*99/100].Seconds()*1000, 50, true, "ms", note)
	if code := s.stop(b, syscall.SIGTERM); code != 0 {
		b.Errorf("exit code %d", code)
	}
}

// report is one session over one connection.
func report(at, m string, c identity.Manager) error {
	conn, err := net.Dial("tcp", at)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it may be closed already
	in := bufio.NewReader(conn)
	inform := cwmp.Append(nil, cwmp.Envelope{ID: "1", HasID: true, Body: &cwmp.Inform{Device: cwmp.DeviceID{Manufacturer: "Grandstream", OUI: "000B82", ProductClass: parkModel, SerialNumber: m}, MaxEnvelopes: 1,
		Events: []cwmp.Event{{Code: cwmp.EventPeriodic}}, Parameters: []cwmp.ParameterValue{
			{Name: "Device.DeviceSummary", Value: "Device:1.0[](Baseline:1)", Type: cwmp.String}, {Name: "Device.DeviceInfo.HardwareVersion", Value: "V1.0", Type: cwmp.String},
			{Name: "Device.DeviceInfo.SoftwareVersion", Value: "1.0.1.54", Type: cwmp.String}, {Name: "Device.ManagementServer.ParameterKey", Type: cwmp.String},
			{Name: "Device.ManagementServer.ConnectionRequestURL", Value: "http://127.0.0.1:7547/call", Type: cwmp.String}, {Name: "Device.LAN.IPAddress", Value: "127.0.0.1", Type: cwmp.String},
		}}}, cwmp.Options{})
	post := func(body []byte, authorization string) (*http.Response, error) {
		if authorization != "" {
			authorization = "Authorization: " + authorization + "\r\n"
		}
		if _, err := fmt.Fprintf(conn, "POST /acs HTTP/1.1\r\nHost: acs\r\nContent-Type: text/xml\r\n%sContent-Length: %d\r\n\r\n%s", authorization, len(body), body); err != nil {
			return nil, err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		defer func() { _ = res.Body.Close() }()
		_, err = io.Copy(io.Discard, res.Body)
		return res, err
	}
	res, err := post(inform, "")
	if err != nil {
		return err
	}
	ask, err := auth.FindChallenge(res.Header)
	if err != nil {
		return fmt.Errorf("%s: %w", res.Status, err)
	}
	said, err := auth.Digest(ask, auth.Options{Method: http.MethodPost, URI: "/acs", Username: c.User, Password: c.Password.Reveal(), Count: 1})
	if err != nil {
		return err
	}
	if res, err = post(inform, said.String()); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("the Inform of %s: %w, %v", m, errAnswer, res)
	}
	// In clear the phone is told where the other door is, where there is one.
	if res, err = post(nil, ""); err != nil || res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the end of %s: %w, %v", m, errAnswer, res)
	}
	return nil
}
