package grandstream_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/domain/param"
	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/vendors"
)

// What the feature list says of telephony, row by row: the parameter is set under
// our own key, spelled by the catalog, rendered, fetched by the virtual phone
// over HTTP, and then seen on the wire by a peer that reads plain text. Each row
// shows what a value does and what its opposite or its default does. All of it
// runs in virtual time.
func TestPhone_SIP(t *testing.T) {
	t.Parallel()
	rows := map[string]func(*testing.T){}
	for _, group := range []map[string]func(*testing.T){accRows(), sipRows(), sipCallRows(), codRows(), calRows(), planRows(), secRows(), phnRows()} {
		for id, run := range group {
			if rows[id] != nil {
				t.Fatalf("two tests of %s", id)
			}
			rows[id] = run
		}
	}
	for id, run := range rows {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, run)
		})
	}
}

const (
	phoneAddr = "192.0.2.77"
	pbxAddr   = "192.0.2.10"
	spareAddr = "192.0.2.20"
)

// zone is the DNS of a test.
type zone struct {
	mu    sync.Mutex
	hosts map[string][]netip.Addr
	srv   map[string][]phone.Service
	naptr map[string][]string
	ttl   time.Duration
	asked []string
}

func (z *zone) Hosts(_ context.Context, name string) ([]netip.Addr, time.Duration, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked = append(z.asked, "A "+name)
	if list := z.hosts[name]; list != nil {
		return list, z.ttl, nil
	}
	return nil, 0, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) Services(_ context.Context, name string) ([]phone.Service, time.Duration, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked = append(z.asked, "SRV "+name)
	return z.srv[name], z.ttl, nil
}

func (z *zone) Pointers(_ context.Context, name string) ([]string, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked = append(z.asked, "NAPTR "+name)
	return z.naptr[name], nil
}

// rig is a phone with its provisioning server and a PBX, each on a host of its
// own in a network in memory.
type rig struct {
	t     *testing.T
	net   *dial.MemNet
	dns   *zone
	pbx   *peer
	phone *phone.Phone
	file  *[]byte
	tls   *tls.Config
	lease func() (phone.Lease, error)
	hits  chan string // paths under /action/
	off   func()
}

// newRig makes everything but the phone.
func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, net: dial.NewMemNet(), file: new([]byte), hits: make(chan string, 100)}
	ip := netip.MustParseAddr
	r.dns = &zone{ttl: time.Hour, hosts: map[string][]netip.Addr{"pbx.example.org": {ip(pbxAddr)}, "spare.example.org": {ip(spareAddr)}}, srv: map[string][]phone.Service{}, naptr: map[string][]string{}}
	r.net.Name("prov.example.org", ip("192.0.2.1"))
	r.pbx = newPeer(t, r.net, pbxAddr+":5060")
	l, err := r.net.Listen(t.Context(), "tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch {
		case strings.HasPrefix(q.URL.Path, "/action/"):
			r.hits <- q.URL.Path
		case q.URL.Path == "/p/t/cfg"+macA.String()+".xml":
			w.Header().Set("Content-Length", fmt.Sprint(len(*r.file)))
			_, _ = w.Write(*r.file)
		default:
			http.NotFound(w, q)
		}
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		if r.off != nil {
			r.off()
		}
		_ = srv.Close()
		<-done
	})
	return r
}

// base is an account that works.
func base() map[string]string {
	return map[string]string{
		"account.1.enable": "yes", "account.1.sip.server.1.address": "pbx.example.org", "account.1.sip.userid": "101",
		"account.1.sip.subscriber.userid": "auth101", "account.1.sip.subscriber.password": "secret", "account.1.sip.subscriber.name": "Anna",
		"account.1.sip.registerexpiration": "60",
	}
}

// set writes settings, given in pairs over the base, as the server would.
func (r *rig) set(pairs ...string) *rig {
	r.t.Helper()
	all := base()
	for i := 0; i < len(pairs); i += 2 {
		if all[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(all, pairs[i]) // not set at all
		}
	}
	*r.file = rendered(r.t, all)
	return r
}

// rendered spells settings by the catalog and renders them.
func rendered(t *testing.T, settings map[string]string) []byte {
	t.Helper()
	v, to := vendor(t), toAlias("GHP621W")
	d := vendors.Document{Kind: vendors.Config, MAC: macA, Target: to, Epoch: 1}
	for k, value := range settings {
		value, err := v.Catalog().Normalize(param.Key(k), value)
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		name, spelled, ok := v.Catalog().Spell(param.Key(k), value, to)
		if !ok {
			t.Fatalf("%s=%s cannot be told to a GHP621W", k, value)
		}
		d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: spelled})
	}
	slices.SortFunc(d.Values, func(a, b vendors.SpelledValue) int { return strings.Compare(a.Name, b.Name) })
	out, err := v.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// on switches the phone on.
func (r *rig) on() *rig {
	r.t.Helper()
	p, err := phone.New(phone.Config{
		MAC: macA, Model: "GHP621W", Persona: persona(r.t, "GHP621W"), ServerURL: "http://prov.example.org/p/t/",
		Network: r.net.Host(netip.MustParseAddr(phoneAddr)), TLS: r.tls, Lease: r.lease,
		SIP: &phone.SIP{Address: netip.MustParseAddr(phoneAddr), DNS: r.dns},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Run(ctx)
	}()
	r.phone = p
	r.off = func() {
		cancel()
		<-done
	}
	return r
}

// with is the usual way: a phone with these settings, switched on.
func with(t *testing.T, pairs ...string) *rig {
	t.Helper()
	return newRig(t).set(pairs...).on()
}

// ready waits until the phone has registered.
func (r *rig) ready() *rig {
	r.t.Helper()
	r.pbx.next("REGISTER")
	synctest.Wait()
	return r
}

// kept shows that the phone holds what it was told over a restart, for what no
// peer can hear or see.
func kept(t *testing.T, pairs ...string) {
	t.Helper()
	r := with(t, pairs...).ready()
	v, to := vendor(t), toAlias("GHP621W")
	for range 2 {
		held := r.phone.Settings()
		for i := 0; i < len(pairs); i += 2 {
			value, err := v.Catalog().Normalize(param.Key(pairs[i]), pairs[i+1])
			if err != nil {
				t.Fatal(err)
			}
			name, spelled, _ := v.Catalog().Spell(param.Key(pairs[i]), value, to)
			if held[name] != spelled {
				t.Errorf("the phone holds %s=%q, want %q", name, held[name], spelled)
			}
		}
		*r.file = rendered(t, map[string]string{}) // the next file says nothing of it
		r.phone.Reboot()
		synctest.Wait()
	}
	if r.phone.Status().Boots < 2 {
		t.Error("the phone did not restart")
	}
}

// call dials and returns the INVITE that arrives.
func (r *rig) call(number string) (string, *message) {
	r.t.Helper()
	id, err := r.phone.Call(phone.Order{Number: number})
	if err != nil {
		r.t.Fatalf("dial %s: %v", number, err)
	}
	return id, r.pbx.next("INVITE")
}

// info returns the newest call.
func (r *rig) info() phone.CallInfo {
	r.t.Helper()
	synctest.Wait()
	list := r.phone.Calls()
	if len(list) == 0 {
		return phone.CallInfo{}
	}
	return list[len(list)-1]
}

func eq(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s = %q, want %q", what, fmt.Sprint(got), fmt.Sprint(want))
	}
}

func has(t *testing.T, what, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s has no %q:\n%s", what, part, text)
	}
}

func lacks(t *testing.T, what, text, part string) {
	t.Helper()
	if strings.Contains(text, part) {
		t.Errorf("%s has %q:\n%s", what, part, text)
	}
}

// questions returns what was asked.
func (z *zone) questions() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.asked)
}
