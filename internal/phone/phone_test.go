package phone_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"

	"github.com/google/go-cmp/cmp"
)

// wants checks some of the settings that a phone holds.
func wants(t *testing.T, p *phone.Phone, settings ...string) {
	t.Helper()
	held := p.Settings()
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		if held[name] != value {
			t.Errorf("%s is %q, want %q", name, held[name], value)
		}
	}
}

func TestPhone_first_file_that_exists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfgghp621w.xml", "hotel.name=Model")
		w.put("/p/t/cfg.xml", "hotel.name=All")
		p := w.phone(t, nil)
		synctest.Wait()
		want := []string{"https /p/t/cfg" + macA + ".xml", "https /p/t/cfg" + macA, "https /p/t/cfgghp621w.xml"}
		if diff := cmp.Diff(want, w.requests()); diff != "" {
			t.Error(diff)
		}
		wants(t, p, "hotel.name=Model")
		s := p.Status()
		if s.Boots != 1 || s.Applied != 1 || s.Changed != 1 || s.LastFile != "cfgghp621w.xml" || s.LastCode != 200 || s.LastError != "" || !s.NextFetch.IsZero() {
			t.Errorf("%+v", s)
		}
		if w.agent != "Grandstream Model HW GHP621W SW 1.0.1.54 DevId "+macA {
			t.Errorf("user agent %q", w.agent)
		}
	})
}

func TestPhone_process_all(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg.xml", "hotel.name=All", "hotel.fax=1")
		w.put("/p/t/cfgghp621w.xml", "hotel.name=Model", "hotel.telephone=2")
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=Own")
		p := w.phone(t, func(c *phone.Config) {
			c.Settings = map[string]string{"provisioning.config.processall.enable": "Yes"}
		})
		synctest.Wait()
		want := []string{
			"https /p/t/cfg.xml", "https /p/t/cfgghp621w.xml", "https /p/t/cfg" + macA,
			"https /p/t/cfg" + macA + ".xml", "https /p/t/dev" + macA + ".cfg",
		}
		if diff := cmp.Diff(want, w.requests()); diff != "" {
			t.Error(diff)
		}
		wants(t, p, "hotel.name=Own", "hotel.fax=1", "hotel.telephone=2")
	})
}

// A value that a newer file no longer mentions stays, and so does all over a
// restart, until a factory reset.
func TestPhone_keeps_what_a_file_no_longer_mentions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		own := "/p/t/cfg" + macA + ".xml"
		w.put(own, "hotel.name=A", "hotel.fax=1", "call.dial.offhook.autodial.number=9")
		p := w.phone(t, nil)
		synctest.Wait()
		w.put(own, "hotel.name=B", "call.dial.offhook.autodial.number=")
		p.Reboot()
		synctest.Wait()
		wants(t, p, "hotel.name=B", "hotel.fax=1", "call.dial.offhook.autodial.number=")
		if s := p.Status(); s.Boots != 2 || s.Changed != 2 {
			t.Errorf("%+v", s)
		}
		p.FactoryReset()
		synctest.Wait()
		wants(t, p, "hotel.name=B", "hotel.fax=")
		if s := p.Status(); s.Boots != 3 || s.Resets != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestPhone_timer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "provisioning.auto.mode=YesUpgradeMin", "provisioning.auto.minute=60")
		p := w.phone(t, func(c *phone.Config) { c.MinutesAs = 250 * time.Millisecond })
		synctest.Wait()
		booted := time.Now()
		if got := p.Status().NextFetch.Sub(booted); got != 15*time.Second {
			t.Errorf("next fetch in %s, want 60 minutes of 250 ms", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := len(w.requests()); got != 1+4 {
			t.Errorf("%d requests in a minute, want 5", got)
		}
		log := p.Fetches()
		if log[0].Reason != phone.AtBoot || log[1].Reason != phone.ByTimer {
			t.Errorf("%+v", log)
		}
	})
}

func TestPhone_without_a_timer_comes_back_only_when_told(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.phone(t, nil)
		time.Sleep(30 * 24 * time.Hour)
		synctest.Wait()
		if got := len(w.requests()); got != 5 {
			t.Errorf("%d requests, want one round of 5", got)
		}
		if s := p.Status(); s.LastError != "the server has none of the files" {
			t.Errorf("%+v", s)
		}
		p.Provision()
		synctest.Wait()
		if log := p.Fetches(); len(log) != 10 || log[9].Reason != phone.ByOrder {
			t.Errorf("%d fetches", len(log))
		}
		if p.Status().Boots != 1 {
			t.Error("it restarted")
		}
	})
}

// What the phone does not accept it does not apply in part, and the server sees
// no difference.
func TestPhone_refuses_a_file(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, want string }{
		"for another phone": {config("00005e005302", "hotel.name=B"), "another phone"},
		"mixed dialects":    {strings.Replace(config(macA, "hotel.name=B"), "</config>", "<P30>x</P30></config>", 1), "alias form alone"},
		"P dialect":         {`<gs_provision version="1"><config version="1"><P30>x</P30></config></gs_provision>`, "alias form alone"},
		"not XML":           {"hotel.name=B", "not a configuration"},
		"cut off":           {config(macA, "hotel.name=B")[:100], "not a configuration"},
		"encrypted":         {"Salted__12345678abcdefgh", "encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.putRaw("/p/t/cfg"+macA+".xml", tc.body)
				p := w.phone(t, func(c *phone.Config) { c.Settings = map[string]string{"hotel.name": "A"} })
				synctest.Wait()
				wants(t, p, "hotel.name=A")
				s := p.Status()
				if s.Applied != 0 || s.LastCode != 200 || !strings.Contains(s.LastError, tc.want) {
					t.Errorf("%+v", s)
				}
				if got := w.requests(); len(got) != 1 {
					t.Errorf("it asked for %v: the first file that exists ends the round", got)
				}
			})
		})
	}
}

func TestPhone_passes_over_what_it_does_not_know(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A", "hotel.nickname=B", "account.1.enable=yes", "network.web.port.http=99999")
		p := w.phone(t, nil)
		synctest.Wait()
		wants(t, p, "hotel.name=A", "account.1.enable=No", "network.web.port.http=")
		if diff := cmp.Diff([]string{"account.1.enable", "hotel.nickname", "network.web.port.http"}, p.Status().Ignored); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPhone_odd_answers(t *testing.T) {
	t.Parallel()
	own := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, macA+".xml") }
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request) bool
		want   string
		retry  bool
	}{
		"redirect is not followed": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://prov.example.org/elsewhere", http.StatusFound)
			return true
		}, "302", false},
		"refused": {func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusForbidden); return true }, "403", false},
		"broken server": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}, "500", true},
		"later": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, "429", true},
		"without a length": {func(w http.ResponseWriter, r *http.Request) bool {
			if own(r) {
				_ = http.NewResponseController(w).Flush()
				_, _ = w.Write([]byte(config(macA, "hotel.name=B")))
			}
			return own(r)
		}, "Content-Length", true},
		"too large": {func(w http.ResponseWriter, r *http.Request) bool {
			if own(r) {
				w.Header().Set("Content-Length", "1000000000")
				_, _ = w.Write([]byte("x"))
			}
			return own(r)
		}, "more than fit", true},
		"broken off": {func(w http.ResponseWriter, r *http.Request) bool {
			if own(r) {
				w.Header().Set("Content-Length", "500")
				_, _ = w.Write([]byte(config(macA, "hotel.name=B")))
			}
			return own(r)
		}, "broke off", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.answer(tc.answer)
				p := w.phone(t, nil)
				synctest.Wait()
				s := p.Status()
				if s.Applied != 0 || !strings.Contains(s.LastError, tc.want) || s.NextFetch.IsZero() == tc.retry {
					t.Errorf("%+v", s)
				}
				for _, r := range w.requests() {
					if strings.Contains(r, "elsewhere") {
						t.Error("it followed")
					}
				}
			})
		})
	}
}

// A server that is away is asked again after 1, 2, 4 … 60 minutes.
func TestPhone_retries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.phone(t, func(c *phone.Config) { c.ServerURL = "http://prov.example.org:8080/p/t/" })
		time.Sleep(6 * time.Hour)
		synctest.Wait()
		log := p.Fetches()
		var gaps []int
		for i := 1; i < len(log); i++ {
			if log[i].Reason != phone.ByRetry || log[i].Code != 0 || log[i].Err == "" {
				t.Fatalf("%+v", log[i])
			}
			gaps = append(gaps, int(log[i].At.Sub(log[i-1].At)/time.Minute))
		}
		if diff := cmp.Diff([]int{1, 2, 4, 8, 16, 32, 60, 60, 60, 60}, gaps); diff != "" {
			t.Errorf("minutes between requests: %s", diff)
		}
		w.serve(t, ":8080", nil)
		w.put("/p/t/cfg"+macA+".xml", "hotel.name=A")
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		wants(t, p, "hotel.name=A")
		if s := p.Status(); !s.NextFetch.IsZero() || s.LastError != "" {
			t.Errorf("%+v", s)
		}
	})
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	good := phone.Config{MAC: macA, Model: "GHP610", Persona: persona(t), ServerURL: "http://192.0.2.1/", Network: direct{}}
	for name, change := range map[string]func(*phone.Config){
		"no MAC":        func(c *phone.Config) { c.MAC = "" },
		"no persona":    func(c *phone.Config) { c.Persona = nil },
		"unknown model": func(c *phone.Config) { c.Model = "GXP2130" },
		"no network":    func(c *phone.Config) { c.Network = nil },
		"no host":       func(c *phone.Config) { c.ServerURL = "http:///x" },
		"no protocol":   func(c *phone.Config) { c.ServerURL = "gopher://192.0.2.1/" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := good
			change(&c)
			if _, err := phone.New(c); !fault.Is(err, fault.Invalid) {
				t.Fatalf("New error = %v", err)
			}
		})
	}
	if _, err := phone.New(good); err != nil {
		t.Fatal(err)
	}
}

// direct is the machine's own network, for the test over real sockets.
type direct struct{}

func (direct) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

func TestPhone_over_real_sockets(t *testing.T) {
	t.Parallel()
	fetched := make(chan string, 16)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/p/t/cfg"+macA+".xml" {
			_, _ = w.Write([]byte(config(macA, "hotel.name=A")))
		}
		fetched <- r.URL.Path
	}))
	t.Cleanup(srv.Close)
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	p, err := phone.New(phone.Config{
		MAC: macA, Model: "GHP610", Persona: persona(t), ServerURL: srv.URL + "/p/t/", Network: direct{},
		TLS:      &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		Settings: map[string]string{"security.validate.servercertificate": "Yes", "provisioning.validatehostnameincertificate": "Yes"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, off := context.WithTimeout(t.Context(), time.Minute)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	<-fetched
	p.Reboot() // it obeys after the round: the second fetch proves that the first was applied
	<-fetched
	if err := p.Run(ctx); err == nil {
		t.Error("a phone runs twice at once")
	}
	off()
	<-done
	wants(t, p, "hotel.name=A")
}
