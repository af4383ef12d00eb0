package httpd_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/http/httpd"
	"bellwether/internal/vendors"
)

// oneImage opens the same stored file for everybody, and says what became of it.
type oneImage struct {
	data  []byte
	ended chan provision.Outcome
}

type closing struct{ *bytes.Reader }

func (closing) Close() error { return nil }

func (o oneImage) Open(context.Context, provision.Request) provision.Answer {
	return provision.Answer{Verdict: provision.Served, Content: closing{bytes.NewReader(o.data)}, Size: int64(len(o.data)), Done: func(_ context.Context, out provision.Outcome) { o.ended <- out }}
}
func (oneImage) Broken(vendors.Door, netip.Addr, string) {}

// TestSlow: who reads nothing of an image is hung up on after a minute; who takes
// its parts slowly gets it whole.
func TestSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		files := oneImage{make([]byte, 1<<20), make(chan provision.Outcome, 1)}
		memory := dial.NewMemNet()
		l, err := memory.Listen(t.Context(), "tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		srv := httpd.New(httpd.Config{Name: "slow", Files: files, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Metrics: httpx.NewMetrics(prometheus.NewRegistry())})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- srv.Run(ctx, l) }()
		fetch := func(read func(io.Reader)) (provision.Outcome, time.Duration) {
			t.Helper()
			c, err := memory.Dial(t.Context(), "tcp", "192.0.2.1:80")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			begun := time.Now()
			_, _ = fmt.Fprint(c, "GET /firmware/ghp621fw.bin HTTP/1.1\r\nHost: phones\r\n\r\n")
			read(c)
			return <-files.ended, time.Since(begun)
		}
		if out, took := fetch(func(io.Reader) {}); out.Complete || took > limit.WriteTime+time.Second {
			t.Errorf("who reads nothing: complete %v after %s", out.Complete, took)
		}
		out, took := fetch(func(c io.Reader) {
			for range len(files.data)/(32<<10) + 1 {
				time.Sleep(limit.WriteTime / 2) // in virtual time
				_, _ = io.CopyN(io.Discard, c, 32<<10)
			}
		})
		if !out.Complete || took < 10*limit.WriteTime {
			t.Errorf("who reads slowly: %d bytes, complete %v after %s", out.Bytes, out.Complete, took)
		}
		if out, took := fetch(func(c io.Reader) {
			for {
				time.Sleep(limit.WriteTime * 3 / 4)
				if n, err := io.CopyN(io.Discard, c, 2<<10); n == 0 || err != nil {
					return
				}
			}
		}); out.Complete || took > limit.TransferTime+2*time.Minute {
			t.Errorf("who reads a little now and then: complete %v after %s", out.Complete, took)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
