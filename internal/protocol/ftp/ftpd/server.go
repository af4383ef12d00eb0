package ftpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/slots"
)

// Mode is when a door's commands become encrypted.
type Mode int

// The modes.
const (
	Explicit Mode = iota // after AUTH TLS (RFC 4217); clear text until then, or for good
	Implicit             // from the first byte
)

// Config is what a door must be told.
type Config struct {
	Files    Opener
	Log      *slog.Logger
	Metrics  *Metrics
	Clock    clock.Clock
	TLS      *tls.Config
	Mode     Mode
	Passive  string // "first-last" port of data connections, "" for any
	PublicIP string // IPv4 that is told for data connections, "" for where the phone connected
}

// Server is the door. Its limits hold for all its listeners together.
type Server struct {
	cfg   Config
	slots *slots.Slots
}

// New returns a door.
func New(c Config) *Server {
	return &Server{cfg: c, slots: slots.New(limit.FTPSessions, limit.FTPPerAddress)}
}

// Run serves a listener until ctx ends, then closes every session and waits for
// them. It returns nil after an orderly end.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	ports, err := passive(s.cfg.Passive)
	if err != nil {
		return err
	}
	d := &driver{cfg: s.cfg, ctx: context.WithoutCancel(ctx), ports: ports}
	d.door = &door{Listener: l, slots: s.slots, metrics: s.cfg.Metrics, open: map[*conn]bool{}, began: func() { d.work.Add(1) }}
	d.listener = d.door
	if s.cfg.Mode == Implicit {
		d.listener = tls.NewListener(d.door, noting(s.cfg.TLS))
	}
	srv := ftpserver.NewFtpServer(d)
	srv.Logger = slog.New(quiet{Handler: s.cfg.Log.Handler(), door: d.door})
	if err := srv.Listen(); err != nil {
		return fmt.Errorf("serve ftp on %s: %w", l.Addr(), err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve() }()
	select {
	case err = <-ended:
		err = fmt.Errorf("serve ftp on %s: %w", l.Addr(), errors.Join(err, net.ErrClosed))
	case <-ctx.Done():
		err = d.door.Close()
		err = errors.Join(err, <-ended) // nil: the listener was closed
	}
	d.door.hangUp()
	d.work.Wait()
	if ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// passive reads a range of ports; nil for any port.
func passive(s string) (ftpserver.PasvPortGetter, error) {
	if s == "" {
		return nil, nil
	}
	a, b, _ := strings.Cut(s, "-")
	first, err1 := strconv.ParseUint(a, 10, 16)
	last, err2 := strconv.ParseUint(b, 10, 16)
	if err1 != nil || err2 != nil || first == 0 || last < first {
		return nil, fault.New(fault.Invalid, "%q is no range of ports: first-last is wanted", s)
	}
	return ftpserver.PortRange{Start: int(first), End: int(last)}, nil
}

// seconds is a limit in the library's unit.
func seconds(d time.Duration) int { return int(d / time.Second) }
