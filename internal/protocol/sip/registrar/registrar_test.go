package registrar_test

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/sip/registrar"
	"bellwether/internal/vendors/grandstream/sim"
)

func loopback() *dial.Machine {
	return dial.New(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

// open runs a registrar until the test ends.
func open(t *testing.T, accounts map[string]secret.String) *registrar.Registrar {
	t.Helper()
	r, err := registrar.Open(t.Context(), registrar.Config{Network: loopback(), Listen: netip.MustParseAddrPort("127.0.0.1:0"), Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	during(t, r.Run)
	return r
}

// during runs something until the test ends.
func during(t *testing.T, run func(context.Context) error) {
	ctx, off := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = run(ctx)
	}()
	t.Cleanup(func() {
		off()
		<-done
	})
}

func known() map[string]secret.String {
	return map[string]secret.String{"101": secret.NewString("secret"), "102": secret.NewString("other")}
}

// A program that knows nothing of ours registers, calls the echo and hangs up.
func TestRegistrar_against_sipp(t *testing.T) {
	t.Parallel()
	for by, mode := range map[string]string{"UDP": "u1", "TCP": "t1"} {
		t.Run("echo by "+by, func(t *testing.T) {
			t.Parallel()
			r := open(t, known())
			sipp(t, r, "testdata/echo.xml", mode)
			if got := r.Registered(); !slices.Equal(got, []string{"101"}) {
				t.Errorf("registered are %v", got)
			}
		})
	}
	t.Run("a wrong password", func(t *testing.T) {
		t.Parallel()
		r := open(t, known())
		sipp(t, r, "testdata/wrong.xml", "u1")
		if got := r.Registered(); len(got) != 0 {
			t.Errorf("registered are %v", got)
		}
	})
}

func sipp(t *testing.T, r *registrar.Registrar, file, mode string) {
	t.Helper()
	path, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is missing: scripts/setup.sh test installs Debian's sip-tester")
	}
	full, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, path, "-sf", full, "-i", "127.0.0.1", "-t", mode, "-m", "1", "-nostdin", "-timeout", "20s", "-timeout_error", "-trace_err", "-error_file", dir+"/errors", "-trace_msg", "-message_file", dir+"/messages", r.Addr().String())
	c.Env, c.Dir = append(os.Environ(), "TERM=xterm"), dir
	if err := c.Run(); err != nil {
		errors, _ := os.ReadFile(dir + "/errors")
		messages, _ := os.ReadFile(dir + "/messages")
		t.Fatalf("sipp: %v\n%s\n%s", err, errors, messages)
	}
}

// talker is a virtual phone with an account at the registrar.
func talker(t *testing.T, r *registrar.Registrar, n byte, user, password, transport string) *phone.Phone {
	t.Helper()
	per, err := sim.New()
	if err != nil {
		t.Fatal(err)
	}
	p, err := phone.New(phone.Config{
		MAC: mac.Address("00005e00530" + string('0'+n)), Model: "GHP621W", Persona: per, ServerURL: "http://127.0.0.1:9/", Network: loopback(),
		SIP: &phone.SIP{Address: netip.AddrFrom4([4]byte{127, 0, 7, n})},
		Settings: map[string]string{
			"account.1.enable": "Yes", "account.1.sip.server.1.address": r.Addr().String(), "account.1.sip.userid": user, "account.1.sip.transport": transport,
			"account.1.sip.subscriber.userid": user, "account.1.sip.subscriber.password": password, "account.1.call.autoanswer": "Yes", "network.rtp.userandomport": "Yes",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	during(t, p.Run)
	return p
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal(what + ": it did not happen")
		}
	}
}

func call(t *testing.T, p *phone.Phone, number string) string {
	t.Helper()
	until(t, "the phone has registered", p.Ready)
	id, err := p.Call(phone.Order{Line: 1, Number: number})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func shown(p *phone.Phone, id string) phone.CallInfo {
	for _, c := range p.Calls() {
		if c.ID == id || id == "" {
			return c
		}
	}
	return phone.CallInfo{}
}

// A virtual phone registers, calls the echo, hears itself and hangs up.
func TestRegistrar_echo(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"UDP", "TCP"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			p := talker(t, open(t, known()), map[string]byte{"UDP": 1, "TCP": 2}[by], "101", "secret", by)
			id := call(t, p, "600")
			until(t, "the phone hears itself", func() bool { return shown(p, id).State == phone.CallUp && shown(p, id).Packets > 3 })
			if err := p.HangUp(id); err != nil {
				t.Fatal(err)
			}
			until(t, "the call is over", func() bool { return shown(p, id).State == phone.CallEnded })
		})
	}
}

// Two virtual phones, one on UDP and one on TCP, call each other both ways.
func TestRegistrar_calls_between_phones(t *testing.T) {
	t.Parallel()
	r := open(t, nil)
	a, b := talker(t, r, 3, "101", "whatever", "UDP"), talker(t, r, 4, "102", "else", "TCP")
	until(t, "both have registered", func() bool { return len(r.Registered()) == 2 })
	for _, row := range []struct {
		from, to *phone.Phone
		number   string
	}{{a, b, "102"}, {b, a, "101"}} {
		id := call(t, row.from, row.number)
		until(t, "the call to "+row.number+" is up and heard", func() bool {
			return shown(row.from, id).State == phone.CallUp && shown(row.from, id).Packets > 3
		})
		var other phone.CallInfo
		for _, c := range row.to.Calls() {
			if !c.Out && c.State == phone.CallUp {
				other = c
			}
		}
		if other.Packets == 0 {
			t.Errorf("the one that is called hears nothing: %+v", other)
		}
		if err := row.to.HangUp(other.ID); err != nil {
			t.Fatal(err)
		}
		until(t, "the caller hears of the end", func() bool { return shown(row.from, id).State == phone.CallEnded })
	}
	id := call(t, a, "999")
	until(t, "a call to nobody ends", func() bool { return shown(a, id).State == phone.CallEnded })
}

func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	if _, err := registrar.Open(t.Context(), registrar.Config{Network: loopback(), Listen: netip.MustParseAddrPort("0.0.0.0:0")}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a wildcard: %v", err)
	}
	r := open(t, nil)
	_, err := registrar.Open(t.Context(), registrar.Config{Network: loopback(), Listen: r.Addr()})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), r.Addr().String()) {
		t.Errorf("a taken port: %v", err)
	}
}
