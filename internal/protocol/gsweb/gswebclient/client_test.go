package gswebclient_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/domain/onboard"
	"bellwether/internal/phone"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/gsweb/gswebclient"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/allsim"
)

const (
	phoneMAC  = mac.Address("020000000901")
	phoneAddr = "192.0.2.77"
)

// switchedOn is a virtual phone of a model on a network in memory, with nothing to
// fetch from.
func switchedOn(t *testing.T, model string) (*phone.Phone, *dial.MemNet) {
	t.Helper()
	all, err := allsim.New()
	if err != nil {
		t.Fatal(err)
	}
	persona, label, ok := all.Find("", model)
	if !ok {
		t.Fatalf("nobody plays %s", model)
	}
	mem := dial.NewMemNet()
	host := mem.Host(netip.MustParseAddr(phoneAddr))
	p, err := phone.New(phone.Config{MAC: phoneMAC, Model: label, Persona: persona, ServerURL: "https://198.51.100.1/old/", Network: host, Web: host})
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) }) // it ends with the test
	t.Cleanup(func() {
		off()
		running.Wait()
	})
	wait(t, func() bool { return len(p.Status().Pages) > 0 })
	return p, mem
}

func wait(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !done() {
		if (clock.System{}).Sleep(ctx, 5*time.Millisecond) != nil {
			t.Fatal("it never came to be")
		}
	}
}

func call(form vendors.PageForm) onboard.Call {
	return onboard.Call{Address: netip.MustParseAddr(phoneAddr), Form: form, User: "admin"}
}

func word(p *phone.Phone) secret.String {
	s := p.Settings()
	return secret.NewString(s["users.admin.password"] + s["P2"])
}

func TestClient_a_visit_to_each_form(t *testing.T) {
	t.Parallel()
	for model, tc := range map[string]struct {
		form   vendors.PageForm
		clear  bool
		path   string
		number string // one that the page alone tells, "" for none
	}{
		"GHP621W": {vendors.PageHashed, false, "provisioning.config.serverpath", "account.1.sip.userid"},
		"GRP2614": {vendors.PageHashed, false, "provisioning.config.serverPath", "account.1.sip.userid"},
		"WP826":   {vendors.PageHashed, false, "provisioning.config.serverPath", ""},
		"GXP2170": {vendors.PageEither, false, "P237", ""},
		"GXP1625": {vendors.PagePlain, true, "P237", ""},
	} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			p, mem := switchedOn(t, model)
			c := call(tc.form)
			c.Clear = tc.clear
			page, err := gswebclient.New(mem).Reach(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer page.Close(context.Background())
			if err := page.SignIn(t.Context(), word(p)); err != nil {
				t.Fatal(err)
			}
			if m, err := page.MAC(t.Context()); m != phoneMAC || err != nil {
				t.Errorf("it says that it is %q, %v", m, err)
			}
			names, err := page.Numbers(t.Context())
			if err != nil || tc.number != "" && names[tc.number] == "" {
				t.Errorf("%d numbers, %v", len(names), err)
			}
			numbers := []string{"212", "237", "1", "2"}
			for n := range 200 { // more than go into one request
				numbers = append(numbers, "9"+strings.Repeat("0", n%3)+string(rune('1'+n%9)))
			}
			values, err := page.Read(t.Context(), numbers)
			if err != nil || values["237"].Reveal() != "198.51.100.1/old/" || values["212"].Reveal() != "2" {
				t.Fatalf("it holds %v, %v", values, err)
			}
			if _, there := values["1"]; there {
				t.Error("a setting that it does not have was read")
			}
			if err := page.Write(t.Context(), map[string]secret.String{"237": secret.NewString("203.0.113.9:9443/p/x&y=z/"), "212": secret.NewString("1")}); err != nil {
				t.Fatal(err)
			}
			if got := p.Settings()[tc.path]; got != "203.0.113.9:9443/p/x&y=z/" {
				t.Errorf("it was set to %q", got)
			}
			boots := p.Status().Boots
			if err := page.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			wait(t, func() bool { return p.Status().Boots > boots })
			if _, err := page.Read(t.Context(), []string{"237"}); !fault.Is(err, fault.Conflict) {
				t.Errorf("after the restart the session still reads: %v", err)
			}
		})
	}
}

func TestClient_without_encryption_only_where_allowed(t *testing.T) {
	t.Parallel()
	_, mem := switchedOn(t, "GXP1625")
	if _, err := gswebclient.New(mem).Reach(t.Context(), call(vendors.PagePlain)); fault.CodeOf(err) != onboard.ClearOnly {
		t.Errorf("not allowed: %v", err)
	}
	c := call(vendors.PagePlain)
	c.Address = netip.MustParseAddr("192.0.2.78")
	if _, err := gswebclient.New(mem).Reach(t.Context(), c); fault.CodeOf(err) != onboard.PageSilent {
		t.Errorf("nobody there: %v", err)
	}
}

func TestClient_wrong_passwords(t *testing.T) {
	t.Parallel()
	p, mem := switchedOn(t, "GHP621W")
	try := func(word secret.String) error {
		page, err := gswebclient.New(mem).Reach(t.Context(), call(vendors.PageHashed))
		if err != nil {
			return err
		}
		defer page.Close(context.Background())
		return page.SignIn(t.Context(), word)
	}
	for range 5 {
		if err := try(secret.NewString("wrong")); fault.CodeOf(err) != onboard.WrongPassword || !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	}
	if err := try(word(p)); fault.CodeOf(err) != onboard.PageLocked {
		t.Errorf("a page that is locked: %v", err)
	}
	c := call(vendors.PageHashed)
	c.User = "root"
	if _, err := gswebclient.New(mem).Reach(t.Context(), c); fault.CodeOf(err) != onboard.WrongPassword {
		t.Errorf("an unknown user: %v", err)
	}
}

// peer is something at a phone's address that is no phone.
type peer struct {
	mu   sync.Mutex // guards seen
	seen []string
	do   func(w http.ResponseWriter, r *http.Request)
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.URL.Path)
	p.mu.Unlock()
	p.do(w, r)
}

func (p *peer) count(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(p.seen), func(s string) bool { return s != "/cgi-bin/"+path }))
}

func (p *peer) at(t *testing.T, n dial.Network) {
	t.Helper()
	l, err := n.Listen(t.Context(), "tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	var running sync.WaitGroup
	running.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() {
		_ = srv.Close()
		running.Wait()
	})
}

// answers lets a peer answer as a page does, but for one path.
func answers(path string, other func(w http.ResponseWriter, r *http.Request)) func(w http.ResponseWriter, r *http.Request) {
	usual := map[string]string{
		"access": `{"response":"success","body":"f00d"}`, "dologin": `{"response":"success","body":{"sid":"ab12"}}`,
		"metaconfig_get": `[]`, "config_get": `{"configs":[{"pvalue":"237","value":"x"}]}`, "config_update": `{"response":"success"}`, "api-sys_operation": `{"response":"success"}`,
	}
	return func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
		if name == path {
			other(w, r)
			return
		}
		if usual[name] == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, usual[name])
	}
}

func cut(w http.ResponseWriter, _ *http.Request) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"response\":\"succ")
		_ = c.Close()
	}
}

func gives(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://192.0.2.1/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// A page that is cut off, says too much, lies or sends us elsewhere is left with
// a plain word, and hears the password once at most.
func TestClient_pages_that_misbehave(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", limit.PageBytes+1)
	visit := func(ctx context.Context, mem *dial.MemNet, form vendors.PageForm) error {
		c := call(form)
		c.Clear = true
		page, err := gswebclient.New(mem).Reach(ctx, c)
		if err != nil {
			return err
		}
		defer page.Close(context.WithoutCancel(ctx))
		if err := page.SignIn(ctx, secret.NewString("word")); err != nil {
			return err
		}
		if _, err := page.Read(ctx, []string{"237"}); err != nil {
			return err
		}
		return page.Write(ctx, map[string]secret.String{"237": secret.NewString("y")})
	}
	for name, tc := range map[string]struct {
		form   vendors.PageForm
		path   string
		do     func(http.ResponseWriter, *http.Request)
		code   string
		logins int
	}{
		"well":                       {vendors.PageHashed, "", nil, "", 1},
		"no such form":               {vendors.PageHashed, "access", gives(404, ""), onboard.PageUnknown, 0}, // never the password itself
		"the older form":             {vendors.PageEither, "access", gives(404, ""), onboard.PageUnknown, 1}, // the usual peer has no values in it
		"a page instead of a token":  {vendors.PageEither, "access", gives(200, "<html>"), onboard.PageUnknown, 0},
		"a token cut off":            {vendors.PageHashed, "access", cut, onboard.PageSilent, 0},
		"access forbidden":           {vendors.PageEither, "access", gives(403, ""), onboard.PageUnknown, 0},
		"sign-in cut off":            {vendors.PageHashed, "dologin", cut, onboard.PageSilent, 1},
		"sign-in refused":            {vendors.PageHashed, "dologin", gives(200, `{"response":"error","body":"x"}`), onboard.WrongPassword, 1},
		"sign-in forbidden":          {vendors.PageHashed, "dologin", gives(403, ""), onboard.WrongPassword, 1},
		"sign-in locked":             {vendors.PageHashed, "dologin", gives(429, ""), onboard.PageLocked, 1},
		"sign-in elsewhere":          {vendors.PageHashed, "dologin", gives(302, ""), onboard.PageUnknown, 1},
		"too much":                   {vendors.PageHashed, "config_get", gives(200, big), onboard.PageUnknown, 1},
		"no JSON":                    {vendors.PageHashed, "config_get", gives(200, "<html>"), onboard.PageUnknown, 1},
		"a session that is over":     {vendors.PageHashed, "config_get", gives(200, `{"response":"error","body":"session-expired"}`), onboard.PageUnknown, 1},
		"reading cut off":            {vendors.PageHashed, "config_get", cut, onboard.PageSilent, 1},
		"writing cut off":            {vendors.PageHashed, "config_update", cut, onboard.PageSilent, 1},
		"writing refused":            {vendors.PageHashed, "config_update", gives(401, "<html>"), onboard.PageUnknown, 1},
		"locked before it was asked": {vendors.PageHashed, "api-get_lockout", gives(200, "lockout"), onboard.PageLocked, 0},
		"a header without end":       {vendors.PageHashed, "access", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", big) }, onboard.PageSilent, 0},
		"a session's id that bites":  {vendors.PageHashed, "dologin", gives(200, `{"response":"success","body":{"sid":"a\r\nX: y"}}`), onboard.PageUnknown, 1},
		"only the older verb is known": {vendors.PageHashed, "config_update", func(w http.ResponseWriter, r *http.Request) {
			gives(map[bool]int{true: 200, false: 405}[r.Method == "POST"], `{"response":"success"}`)(w, r)
		}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mem := dial.NewMemNet()
			p := &peer{do: answers(tc.path, tc.do)}
			p.at(t, mem.Host(netip.MustParseAddr(phoneAddr)))
			elsewhere := &peer{do: gives(200, "")}
			elsewhere.at(t, mem)
			if err := visit(t.Context(), mem, tc.form); fault.CodeOf(err) != tc.code || (err == nil) != (tc.code == "") {
				t.Errorf("%v, want the code %q", err, tc.code)
			}
			if got := p.count("dologin"); got != tc.logins {
				t.Errorf("the password was shown %d times, not %d", got, tc.logins)
			}
			if len(elsewhere.seen) > 0 {
				t.Errorf("it went on to %v", elsewhere.seen)
			}
		})
	}
}

// The dialer's deny list holds for phones too: this machine is none.
func TestClient_denied_addresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "169.254.169.254", "::1", "0.0.0.0"} {
		c := call(vendors.PageHashed)
		c.Address = netip.MustParseAddr(address)
		if _, err := gswebclient.New(dial.New(dial.Policy{})).Reach(t.Context(), c); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
