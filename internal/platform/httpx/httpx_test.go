package httpx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/limit"
)

// house is a server in a network in memory, in virtual time.
type house struct {
	net     *dial.MemNet
	client  *http.Client
	metrics *prometheus.Registry
	log     *bytes.Buffer
	stop    func() error
}

func serve(t *testing.T, h http.Handler) *house {
	t.Helper()
	s := &house{net: dial.NewMemNet(), metrics: prometheus.NewRegistry(), log: &bytes.Buffer{}}
	tr := dial.Transport(s.net)
	s.client = &http.Client{Transport: tr}
	l, err := s.net.Listen(t.Context(), "tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	srv := httpx.New(httpx.Config{
		Name: "test", Handler: h, Log: slog.New(slog.NewTextHandler(s.log, nil)), Metrics: httpx.NewMetrics(s.metrics),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx, l) }()
	s.stop = func() error {
		tr.CloseIdleConnections()
		cancel()
		return <-ended
	}
	return s
}

func (s *house) get(t *testing.T, path string) (int, string, http.Header) {
	t.Helper()
	resp, err := s.client.Get("http://192.0.2.1" + path)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error(), nil
	}
	return resp.StatusCode, string(b), resp.Header
}

func (s *house) counts(t *testing.T) string {
	t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if c := m.GetCounter(); c != nil {
				fmt.Fprintf(&b, "%s", f.GetName())
				for _, l := range m.GetLabel() {
					fmt.Fprintf(&b, " %s=%s", l.GetName(), l.GetValue())
				}
				fmt.Fprintf(&b, " %v\n", c.GetValue())
			}
		}
	}
	return b.String()
}

func TestServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /id/{x}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, httpx.RequestID(r.Context())) })
		mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("oh no") })
		mux.HandleFunc("GET /late-panic", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat("x", 1<<16))
			panic("oh no")
		})
		s := serve(t, mux)

		status, body, header := s.get(t, "/id/7")
		if status != 200 || len(body) != 16 || header.Get(httpx.RequestHeader) != body {
			t.Errorf("request id: %d %q, header %q", status, body, header.Get(httpx.RequestHeader))
		}
		if _, again, _ := s.get(t, "/id/7"); again == body {
			t.Error("two requests have one id")
		}
		status, body, header = s.get(t, "/panic")
		if status != 500 || !strings.Contains(body, header.Get(httpx.RequestHeader)) || strings.Contains(body, "oh no") {
			t.Errorf("panic: %d %q", status, body)
		}
		if status, body, _ = s.get(t, "/late-panic"); status != 0 {
			t.Errorf("late panic: %d, %d bytes; want a broken connection", status, len(body))
		}
		if status, _, _ = s.get(t, "/"+strings.Repeat("x", limit.PathBytes)); status != 414 {
			t.Errorf("long path: %d, want 414", status)
		}
		if status, _, _ = s.get(t, "/none"); status != 404 {
			t.Errorf("unknown path: %d", status)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if n := strings.Count(s.log.String(), "oh no"); n < 2 || !strings.Contains(s.log.String(), "httpx_test.go") {
			t.Errorf("the log does not tell of the panics:\n%s", s.log)
		}
		counts := s.counts(t)
		for _, want := range []string{
			"bellwether_http_panics_total listener=test 2\n",
			"bellwether_http_requests_total code=200 listener=test method=GET route=GET /id/{x} 2\n",
			"bellwether_http_requests_total code=500 listener=test method=GET route=GET /panic 1\n",
			"bellwether_http_requests_total code=404 listener=test method=GET route= 1\n",
		} {
			if !strings.Contains(counts, want) {
				t.Errorf("no %q in\n%s", want, counts)
			}
		}
	})
}

func TestServer_slow_and_large_peers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, http.NotFoundHandler())
		for name, tc := range map[string]struct {
			send, want string
			within     time.Duration
		}{
			"says nothing":  {"", "", limit.HeaderTime},
			"half a header": {"GET / HTTP/1.1\r\nHost: x", "", limit.HeaderTime},
			"no end":        {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", limit.HeaderBytes+8192), "431", limit.HeaderTime},
			"nonsense":      {"\x16\x03\x01 hello\r\n\r\n", "400", limit.HeaderTime},
			"idle after":    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "404", limit.IdleTime},
		} {
			conn, err := s.net.Dial(t.Context(), "tcp", "192.0.2.1:80")
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			go func() { _, _ = io.WriteString(conn, tc.send) }()
			got, err := io.ReadAll(conn)
			if took := time.Since(start); err != nil && !isReset(err) || took > tc.within+time.Second {
				t.Errorf("%s: ended after %v with %v", name, took, err)
			}
			if !strings.Contains(string(got), tc.want) {
				t.Errorf("%s: answer %q, want %s", name, got, tc.want)
			}
			conn.Close()
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}

func isReset(err error) bool { var op *net.OpError; return errors.As(err, &op) }

func TestServer_stops_in_order(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := make(chan bool)
		mux := http.NewServeMux()
		mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
			begun <- true
			<-httpx.Stopping(r.Context())
			fmt.Fprint(w, "bye")
		})
		mux.HandleFunc("/stubborn", func(w http.ResponseWriter, r *http.Request) {
			begun <- true
			<-r.Context().Done()
			fmt.Fprint(w, "cancelled")
		})
		s := serve(t, mux)
		got := make(chan string, 2)
		for _, path := range []string{"/stream", "/stubborn"} {
			go func() {
				_, body, _ := s.get(t, path)
				got <- body
			}()
			<-begun
		}
		start := time.Now()
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("stopping took %v", took)
		}
		for _, want := range []string{"bye", "cancelled"} {
			if body := <-got; body != want {
				t.Errorf("answer %q, want %q", body, want)
			}
		}
	})
}
