package ftpd

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"sync"

	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

// noting returns settings under which a connection knows that TLS came about.
func noting(cfg *tls.Config) *tls.Config {
	out := cfg.Clone()
	out.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		c, ours := hello.Conn.(*conn)
		if !ours {
			return nil, nil //nolint:nilnil // a data connection: the settings as they are
		}
		own := cfg.Clone()
		own.VerifyConnection = func(tls.ConnectionState) error {
			c.agreed.Store(true)
			return nil
		}
		return own, nil
	}
	return out
}

// noTLS tells of a session that ends before TLS was agreed, though it had begun:
// with AUTH, or with the first byte.
func (s *session) noTLS() {
	problem := s.driver.door.problem(s.cc.ID())
	begun := s.driver.cfg.Mode == Implicit || s.cc.HasTLSForControl()
	if s.conn == nil || !begun || s.conn.agreed.Load() {
		return
	}
	s.driver.cfg.Files.Broken(vendors.FTPS, s.peer, cmp.Or(s.conn.Alert(), problem, "EOF"))
}

// problems are the first errors of sessions that the library logged, and told to
// nobody else, by its number for them.
type problems struct {
	mu    sync.Mutex // guards first
	first map[uint32]string
}

func (p *problems) note(id uint32, problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first == nil {
		p.first = map[uint32]string{}
	}
	if _, ok := p.first[id]; !ok && len(p.first) < 2*limit.FTPSessions {
		p.first[id] = problem
	}
}

// problem takes a session's first error out.
func (d *door) problem(id uint32) string {
	d.problems.mu.Lock()
	defer d.problems.mu.Unlock()
	text := d.problems.first[id]
	delete(d.problems.first, id)
	return text
}

// quiet passes the library's log on as debug, since what it finds worth an error
// is mostly a stranger's doing, and keeps the first error of each session.
type quiet struct {
	slog.Handler
	door *door
	id   uint32 // of the session, 0 for the door itself
}

// Handle lowers a record's level.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok && q.id != 0 {
			q.door.problems.note(q.id, err.Error())
		}
		return true
	})
	r.Level = slog.LevelDebug
	if !q.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs keeps the handler quiet, and hears which session it is of.
func (q quiet) WithAttrs(list []slog.Attr) slog.Handler {
	out := quiet{q.Handler.WithAttrs(list), q.door, q.id}
	for _, a := range list {
		if a.Key == "clientId" && a.Value.Kind() == slog.KindUint64 {
			out.id = uint32(a.Value.Uint64()) //nolint:gosec // the library's own number has 32 bits
		}
	}
	return out
}

// WithGroup keeps the handler quiet.
func (q quiet) WithGroup(name string) slog.Handler {
	return quiet{q.Handler.WithGroup(name), q.door, q.id}
}
