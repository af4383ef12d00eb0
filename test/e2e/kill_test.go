package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/platform/clock"
)

// killRounds is how often the program is killed.
const killRounds = 20

// TestKill kills the program in the middle of pushes, again and again (G-01 in
// small): what it answered is kept, a phone is told once, and each restart is
// quick. The phones are processes of their own and live through it all.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	h := demo(t, dir, "--phones", "1")
	h.authorize(t)
	var rooms []roomer
	for i := range 3 {
		rooms = append(rooms, h.room(t, fmt.Sprintf("0200000000d%d", i), fmt.Sprint(401+i), canary("line")))
	}
	if code := h.stop(t, syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	ports := ports(t, 4)
	k := &killer{house: h, ports: ports, random: rand.New(rand.NewPCG(1, 2))}
	k.restart(t)
	for _, r := range rooms {
		k.macs = append(k.macs, r.MAC)
		_, token, _ := strings.Cut(r.folder, "/p/")
		launch(t, environment(), os.Getenv(binEnv), "phone", "--server", "https://"+ports[2]+"/p/"+token, "--vendor", "grandstream", "--model", "ghp621w", "--mac", r.MAC,
			"--ca", filepath.Join(dir, "ca.pem"), "--minute", "5ms", "--stagger", "0s")
	}
	eventually(t, "the phones have their configuration", func() bool { return k.settled(t) })
	for round := range killRounds {
		k.round(t, round)
	}
	eventually(t, "no push is under way, answered or not", func() bool {
		return call[list[any]](t, k.house, http.MethodGet, org+"/tasks?state=running", nil).Total == 0
	})
	eventually(t, "every phone has what it should have", func() bool { return k.settled(t) })
	for _, id := range k.promised {
		if task := k.done(t, id); task.Counts["pending"]+task.Counts["running"] > 0 {
			t.Errorf("the task %s ended as %s with %v", id, task.State, task.Counts)
		}
	}
	if len(k.promised) < killRounds/4 {
		t.Errorf("only %d pushes were answered before the program was killed", len(k.promised))
	}
	if code := k.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	books(t, dir, k.promised)
	t.Logf("%d rounds, %d pushes were answered, slowest restart %s", killRounds, len(k.promised), k.slowest)
}

// killer is a server that is killed, and comes back at the same address.
type killer struct {
	*house
	ports    []string
	macs     []string
	random   *rand.Rand
	promised []string // tasks that the server said it had taken
	slowest  time.Duration
}

// restartWithin is how long a restart may take.
const restartWithin = 5 * time.Second

func (k *killer) restart(t *testing.T) {
	t.Helper()
	begun := time.Now()
	token := k.token
	k.house = serve(t, k.dir, "BELLWETHER_LISTEN_ADMIN="+k.ports[0], "BELLWETHER_LISTEN_PROVISION_HTTP="+k.ports[1], "BELLWETHER_LISTEN_PROVISION_HTTPS="+k.ports[2], "BELLWETHER_LISTEN_METRICS="+k.ports[3])
	k.token = token
	eventually(t, "the program answers", func() bool { return k.send(t, http.MethodGet, org, nil).status == http.StatusOK })
	if took := time.Since(begun); took > k.slowest {
		k.slowest = took
	}
	if k.slowest > restartWithin {
		t.Errorf("a restart took %s", k.slowest)
	}
}

// round changes every phone's value, pushes, and kills the program at some
// moment of it.
func (k *killer) round(t *testing.T, n int) {
	t.Helper()
	for _, mac := range k.macs {
		k.override(t, mac, item{Key: "audio.volume.ring", Value: fmt.Sprint(n%8 + 1)})
	}
	p := k.plan(t, k.macs...)
	killed := make(chan struct{})
	moment := time.Duration(k.random.IntN(120)) * time.Millisecond
	go func() {
		defer close(killed)
		_ = (clock.System{}).Sleep(context.Background(), moment) // it cannot be ended
		_ = k.cmd.Process.Kill()
	}()
	answer := k.send(t, http.MethodPost, org+"/plans/"+p.Hash+"/push", map[string]any{})
	if answer.status == http.StatusAccepted {
		k.promised = append(k.promised, idOf(t, answer))
	}
	<-killed
	k.wait(t)
	k.restart(t)
}

func idOf(t *testing.T, a answer) string {
	t.Helper()
	return strings.Trim(strings.TrimPrefix(find(t, string(a.body), `"id":"[^"]+"`), `"id":`), `"`)
}

// settled reports whether every phone has what it should have.
func (k *killer) settled(t *testing.T) bool {
	return !slices.ContainsFunc(k.devices(t), func(d device) bool { return slices.Contains(k.macs, d.MAC) && d.State != "delivered" })
}

// ports are addresses that are free now.
func ports(t testing.TB, n int) (out []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().String())
	}
	return out
}

// books looks into the database: every promised task is there with a run and at
// most one command for each phone, nothing is left open, nothing is half there.
func books(t *testing.T, dir string, promised []string) {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bellwether.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	count := func(query string, args ...any) (n int) {
		if err := d.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	for _, id := range promised {
		if n := count("SELECT count(*) FROM runs WHERE task_id = ?", id); n != 3 {
			t.Errorf("the task %s has %d runs", id, n)
		}
	}
	for what, query := range map[string]string{
		"tasks without three runs":               "SELECT count(*) FROM tasks AS k WHERE (SELECT count(*) FROM runs AS u WHERE u.task_id = k.id) <> 3",
		"runs that never ended":                  "SELECT count(*) FROM runs WHERE state IN ('pending', 'running')",
		"runs that were delivered twice":         "SELECT count(*) FROM (SELECT run_id FROM commands WHERE run_id <> '' GROUP BY run_id HAVING count(*) > 1)",
		"successful runs without their delivery": "SELECT count(*) FROM runs AS u WHERE u.state IN ('success', 'success_late') AND NOT EXISTS (SELECT 1 FROM commands AS c WHERE c.run_id = u.id AND c.delivered_at > 0)",
		"runs without a command":                 "SELECT count(*) FROM runs AS u WHERE u.started_at > 0 AND u.state NOT IN ('failed', 'superseded') AND NOT EXISTS (SELECT 1 FROM commands AS c WHERE c.run_id = u.id)",
		"failed runs":                            "SELECT count(*) FROM runs WHERE state IN ('failed', 'timeout')",
		"commands of no run":                     "SELECT count(*) FROM commands AS c WHERE c.run_id <> '' AND NOT EXISTS (SELECT 1 FROM runs AS u WHERE u.id = c.run_id)",
		"revisions published twice for one plan": "SELECT count(*) FROM (SELECT device_id, plan FROM revisions WHERE plan <> '' GROUP BY device_id, plan HAVING count(*) > 1)",
		"plans taken by no task":                 "SELECT count(*) FROM plans AS p WHERE p.task_id <> '' AND NOT EXISTS (SELECT 1 FROM tasks AS k WHERE k.id = p.task_id)",
		"tasks without their audit row":          "SELECT count(*) FROM tasks AS k WHERE (SELECT count(*) FROM audit AS a WHERE a.action = 'task.push' AND a.subject_id = k.id) <> 1",
		"phones behind":                          "SELECT count(*) FROM device_states WHERE desired <> delivered",
	} {
		if n := count(query); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
}
