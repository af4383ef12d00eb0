package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/identity"
	orgs "bellwether/internal/domain/org"
	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/mac"
	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream/sim"
)

// The sizes of TestKill_commands; the whole of G-01 is 2,000 phones.
const (
	commandedPhones = 150
	commandsRound   = 24
	ends            = 3 * time.Minute // of a command whose answer was lost nobody knows the outcome for a minute
)

// TestKill_commands kills the program while phones that are managed by TR-069 do
// what operators asked for (G-01): nothing that the program said it had taken is
// lost, and no phone does a thing twice, by the phones' own books.
func TestKill_commands(t *testing.T) {
	t.Parallel()
	credentials := map[string]identity.Manager{}
	roots := ""
	p := newPark(t, commandedPhones, 1, true, func(h *testkit.House, o orgs.Org) {
		roots = string(h.CA.Roots())
		have(h.Access.CreateOperator(testkit.System(), access.NewOperator{Login: "keeper", Name: "The keeper", Grants: []access.Grant{{RoleID: access.RolePlatformOwner}}}))(t)
	})
	h := testkit.New(t, testkit.InDir(p.dir))
	for i, m := range p.macs {
		credentials[m] = credential(t, h, mac.Address(m), p.tokens[i])
	}
	if err := h.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	k := &commander{killer: killer{house: &house{dir: p.dir}, ports: ports(t, 5), random: rand.New(rand.NewPCG(3, 4))}, park: p, asked: map[string]string{}} //nolint:gosec // repeatable on purpose
	k.restart(t)
	out, errs, code := run(t, "token", "create", "--data", p.dir, "--operator", "keeper", "--org", p.org.ID, "--ttl", "1h")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if k.token = lines[len(lines)-1]; code != 0 {
		t.Fatalf("token create: %d\n%s%s", code, out, errs)
	}
	fleet := k.phones(t, roots, credentials)
	eventually(t, "every phone has reported", func() bool {
		for _, v := range fleet {
			if v.Management().Sessions == 0 {
				return false
			}
		}
		return true
	})
	for range killRounds {
		k.round(t)
	}
	open := 0
	within(t, ends, "nothing is under way any more", func() bool {
		open = k.count(t, "SELECT count(*) FROM commands WHERE kind = 'reboot' AND state IN ('queued', 'sent', 'delivered')")
		return open == 0
	})
	k.audit(t, fleet)
	if code := k.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// credential is what a phone of a park shows to its manager.
func credential(t testing.TB, h *testkit.House, m mac.Address, token string) identity.Manager {
	t.Helper()
	who, said := h.Identity.Authenticate(testkit.System(), identity.Evidence{Door: vendors.HTTPS, Token: token, MACInName: m, Address: netip.MustParseAddr("127.0.0.1")})
	if !said.OK {
		t.Fatalf("%s: %s", m, said.Reason)
	}
	return have(h.Manager.Credential(testkit.System(), who))(t)
}

// commander kills a program that phones take commands from.
type commander struct {
	killer
	park  park
	asked map[string]string // command by id → MAC
}

func (k *commander) restart(t *testing.T) {
	t.Helper()
	token := k.token
	k.house = serve(t, k.park.dir, "BELLWETHER_LISTEN_ADMIN="+k.ports[0], "BELLWETHER_LISTEN_PROVISION_HTTP="+k.ports[1], "BELLWETHER_LISTEN_PROVISION_HTTPS="+k.ports[2], "BELLWETHER_LISTEN_METRICS="+k.ports[3],
		"BELLWETHER_LISTEN_CWMP_HTTPS="+k.ports[4], "BELLWETHER_LISTEN_CWMP_HTTP=", "BELLWETHER_DIAL_ALLOW=127.0.0.0/8")
	k.token = token
}

// phones switches the fleet on: each has an address of its own, and time runs ten
// times as fast for it.
func (k *commander) phones(t *testing.T, roots string, credentials map[string]identity.Manager) []*phone.Phone {
	t.Helper()
	persona := have(sim.New())(t)
	trusted := rootsOf(t, roots)
	at := netip.MustParseAddr("127.1.0.1")
	var fleet []*phone.Phone
	for i, m := range k.park.macs {
		c := credentials[m]
		v := have(phone.New(phone.Config{MAC: mac.Address(m), Model: parkModel, Persona: persona, ServerURL: "https://" + k.ports[2] + "/p/" + k.park.tokens[i] + "/", Network: testkit.Loopback(), TLS: trusted, MinutesAs: 6 * time.Second,
			Settings: map[string]string{"tr069.enable": "Yes", "tr069.url": "https://" + k.ports[4] + "/acs", "tr069.username": c.User, "tr069.password": c.Password.Reveal(), "tr069.periodicinform": "Yes", "tr069.periodicinforminterval": "60",
				"tr069.connectionrequestusername": c.User, "tr069.connectionrequestpassword": c.Call.Reveal()},
			CWMP: &phone.CWMP{Address: at}}))(t)
		at = at.Next()
		testkit.SwitchOn(t, v)
		fleet = append(fleet, v)
	}
	return fleet
}

// round has operators ask for commands and kills the program at some moment of it.
func (k *commander) round(t *testing.T) {
	t.Helper()
	killed := make(chan struct{})
	moment := time.Duration(k.random.IntN(600)) * time.Millisecond
	go func() {
		defer close(killed)
		_ = (clock.System{}).Sleep(context.Background(), moment) // it cannot be ended
		_ = k.cmd.Process.Kill()
	}()
	for range commandsRound {
		m := k.park.macs[k.random.IntN(len(k.park.macs))]
		a := k.send(t, http.MethodPost, "/orgs/"+k.park.org.ID+"/devices/"+m+"/commands", map[string]string{"kind": "reboot"})
		if a.status == http.StatusCreated || a.status == http.StatusAccepted || a.status == http.StatusOK {
			k.asked[idOf(t, a)] = m
		} else if a.status != 0 && a.status < 500 {
			t.Errorf("a command gets %d: %s", a.status, a.body)
		}
	}
	<-killed
	k.wait(t)
	k.restart(t)
}

func (k *commander) open(t *testing.T) *sql.DB {
	t.Helper()
	return have(sql.Open("sqlite", "file:"+filepath.Join(k.park.dir, "bellwether.db")+"?mode=ro"))(t)
}

func (k *commander) count(t *testing.T, query string) (n int) {
	t.Helper()
	d := k.open(t)
	defer d.Close()
	if err := d.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// audit holds the server's book against those of the phones.
func (k *commander) audit(t *testing.T, fleet []*phone.Phone) {
	t.Helper()
	did := map[string]int{} // by key
	for _, v := range fleet {
		for _, e := range v.Management().Executed {
			if e.Method == "Reboot" {
				did[string(v.MAC())+" "+e.Key]++
			}
		}
	}
	d := k.open(t)
	defer d.Close()
	rows := have(d.QueryContext(t.Context(), "SELECT c.id, c.state, c.reason, d.mac FROM commands AS c JOIN devices AS d ON d.id = c.device_id WHERE c.kind = 'reboot'"))(t)
	defer rows.Close()
	states := map[string]int{}
	for rows.Next() {
		var id, state, reason, m string
		if err := rows.Scan(&id, &state, &reason, &m); err != nil {
			t.Fatal(err)
		}
		states[state]++
		n := did[m+" "+strings.ReplaceAll(id, "-", "")]
		delete(did, m+" "+strings.ReplaceAll(id, "-", ""))
		delete(k.asked, id)
		switch {
		case n > 1:
			t.Errorf("%s did %s %d times; it is %s", m, id, n, state)
		case state == "confirmed" && n != 1, state != "confirmed" && state != "unknown":
			t.Errorf("%s did %s %d times; it is %s: %s", m, id, n, state, reason)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for id, m := range k.asked {
		t.Errorf("the program said that it had taken %s for %s, and it is gone", id, m)
	}
	for key, n := range did {
		t.Errorf("a phone did something that nobody asked for: %s, %d times", key, n)
	}
	if states["confirmed"] < killRounds {
		t.Errorf("only %v came to their end", states)
	}
	t.Logf("%d kills, %d phones: %v", killRounds, len(fleet), states)
}

// rootsOf are the authorities that phones trust.
func rootsOf(t *testing.T, pem string) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(pem)) {
		t.Fatal("no authority to trust")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}
