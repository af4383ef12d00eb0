package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/platform/clock"
	"bellwether/internal/testkit"
)

// TestPowerCut is P-8 in small: the phones of a town come back within seconds, each
// from the start whenever it was refused, and all have their configuration soon;
// meanwhile the console answers.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	powerCut(t, watchedPark(t, 5000), 12*time.Second, 30*time.Second)
}

// BenchmarkPowerCut is P-8.
func BenchmarkPowerCut(b *testing.B) {
	powerCut(b, watchedPark(b, int(100_000*scale(b))), time.Minute, 30*time.Second)
}

// storm is what a power cut did.
type storm struct {
	mu      sync.Mutex // guards what follows
	after   time.Duration
	refused int
	failed  []string
	console []time.Duration
}

// watchedPark makes phones and an operator who may look at them.
func watchedPark(t testing.TB, phones int) park {
	t.Helper()
	return newPark(t, phones, 60, true, func(h *testkit.House, o orgs.Org) {
		grant := access.Grant{RoleID: access.RoleReadOnly, TenantID: o.TenantID, OrgID: o.ID}
		have(h.Access.CreateOperator(testkit.System(), access.NewOperator{Login: "watcher", Name: "Watcher", Grants: []access.Grant{grant}}))(t)
	})
}

// powerCut has phones come back one after another within some time, and wants each
// to have its configuration at most so long after the last has come back.
func powerCut(t testing.TB, p park, within, patient time.Duration) {
	t.Helper()
	phones := len(p.macs)
	h := serve(t, p.dir)
	token, errs, code := run(t, "token", "create", "--data", p.dir, "--operator", "watcher", "--org", p.org.ID, "--ttl", "1h")
	if code != 0 {
		t.Fatal(errs)
	}
	base, console := h.http, strings.TrimSuffix(h.console, "/")
	client := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, MaxIdleConnsPerHost: 1, DisableKeepAlives: true}, Timeout: 30 * time.Second}
	before, begun := cpu(t, h.cmd.Process.Pid), time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), within+patient+time.Minute)
	defer cancel()
	var s storm
	var wg sync.WaitGroup
	for i := range phones {
		wg.Go(func() {
			if (clock.System{}).Sleep(ctx, within*time.Duration(i)/time.Duration(phones)) != nil {
				return
			}
			s.boots(ctx, client, base+"cfg"+p.macs[i]+".xml", begun)
		})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		wg.Wait()
	}()
	s.watch(ctx, ended, client, console+"/api/v1/orgs/"+p.org.ID+"/devices", strings.TrimSpace(token[strings.LastIndex(strings.TrimSpace(token), "\n")+1:]))
	used := cpu(t, h.cmd.Process.Pid) - before
	slices.Sort(s.console)
	if len(s.failed) > 0 {
		t.Fatalf("%d phones got nothing, the first: %s", len(s.failed), s.failed[0])
	}
	late := s.after - within
	if len(s.console) == 0 {
		t.Fatal("the console answered nothing")
	}
	p99 := s.console[len(s.console)*99/100]
	t.Logf("P-8: %d phones within %s: the last had its configuration %s after the last came back; %d refusals, console's p99 %s, %d MiB, %.2f ms CPU a phone", phones, within, late, s.refused, p99, resident(t, h.cmd.Process.Pid), used.Seconds()*1000/float64(phones))
	if late > patient {
		t.Errorf("the last phone had its configuration %s after the last came back, at most %s is wanted", late, patient)
	}
	if p99 > time.Second {
		t.Errorf("the console's p99 is %s", p99)
	}
	if mem := resident(t, h.cmd.Process.Pid); mem > 2048 {
		t.Errorf("it took %d MiB", mem)
	}
	if code := h.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// errNotYet is an answer without a configuration.
var errNotYet = errors.New("no configuration yet")

// boots asks for a configuration until it is there, as a phone does that was told to
// come again.
func (s *storm) boots(ctx context.Context, client *http.Client, url string, begun time.Time) {
	for {
		err := fetchConfig(ctx, client, url)
		if err == nil {
			break
		}
		s.mu.Lock()
		s.refused++
		if ctx.Err() != nil {
			s.failed = append(s.failed, fmt.Sprintf("%s: %v", url, err))
		}
		s.mu.Unlock()
		if (clock.System{}).Sleep(ctx, time.Second) != nil {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = max(s.after, time.Since(begun))
}

func fetchConfig(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), ">v1<") {
		return fmt.Errorf("%w: %s", errNotYet, res.Status)
	}
	return nil
}

// watch asks for something of the console every quarter of a second until the storm
// is over.
func (s *storm) watch(ctx context.Context, ended <-chan struct{}, client *http.Client, url, token string) {
	for {
		begun := time.Now()
		if req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil); err == nil {
			req.Header.Set("Authorization", "Bearer "+token)
			if res, err := client.Do(req); err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode == http.StatusOK {
					s.console = append(s.console, time.Since(begun))
				}
			}
		}
		select {
		case <-ended:
			return
		default:
		}
		if (clock.System{}).Sleep(ctx, 250*time.Millisecond) != nil {
			<-ended
			return
		}
	}
}
