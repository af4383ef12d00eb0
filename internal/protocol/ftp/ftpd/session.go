package ftpd

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/phonepath"
	"bellwether/internal/vendors"
)

// driver is what the library asks about the whole door.
type driver struct {
	cfg      Config
	ctx      context.Context //nolint:containedctx // the library's calls have none
	ports    ftpserver.PasvPortGetter
	door     *door
	listener net.Listener
	work     sync.WaitGroup // sessions and files
}

var (
	_ ftpserver.MainDriver                        = (*driver)(nil)
	_ ftpserver.MainDriverExtensionTLSVerifier    = (*driver)(nil)
	_ ftpserver.MainDriverExtensionPassiveWrapper = (*driver)(nil)
)

// GetSettings says what the library may do: passive connections of the same
// peer, and nothing that lists, hashes or writes.
func (d *driver) GetSettings() (*ftpserver.Settings, error) {
	s := &ftpserver.Settings{
		Listener: d.listener, PublicHost: d.cfg.PublicIP, Banner: "ready", PassiveTransferPortRange: d.ports,
		IdleTimeout: seconds(limit.FTPIdle), ConnectionTimeout: seconds(limit.FTPConnect),
		DisableMLSD: true, DisableMLST: true, DisableMFMT: true, DisableSite: true, DisableActiveMode: true, DisableSTAT: true,
		DefaultTransferType: ftpserver.TransferTypeBinary,
	}
	if d.cfg.Mode == Implicit {
		s.TLSRequired = ftpserver.ImplicitEncryption
	}
	return s, nil
}

// GetTLSConfig gives the certificate for commands and data.
func (d *driver) GetTLSConfig() (*tls.Config, error) { return noting(d.cfg.TLS), nil }

// ClientConnected begins a session.
func (d *driver) ClientConnected(cc ftpserver.ClientContext) (string, error) {
	s := &session{driver: d, cc: cc, conn: d.door.of(cc)}
	if ap, err := netip.ParseAddrPort(cc.RemoteAddr().String()); err == nil {
		s.peer = ap.Addr().Unmap()
	}
	cc.SetExtra(s)
	return "ready", nil
}

// ClientDisconnected ends a session.
func (d *driver) ClientDisconnected(cc ftpserver.ClientContext) {
	if s, ok := cc.Extra().(*session); ok {
		s.forget()
		s.noTLS()
	}
	d.work.Done()
}

// VerifyConnection keeps what TLS knows of the peer, and leaves the judgement to
// the files.
func (d *driver) VerifyConnection(cc ftpserver.ClientContext, _ string, c *tls.Conn) (ftpserver.ClientDriver, error) {
	if s, ok := cc.Extra().(*session); ok {
		state := c.ConnectionState()
		s.tls = &state
	}
	return nil, nil //nolint:nilnil // the library's way to say "go on with the password"
}

// AuthUser lets everybody in.
func (d *driver) AuthUser(cc ftpserver.ClientContext, user, pass string) (ftpserver.ClientDriver, error) {
	s, ok := cc.Extra().(*session)
	if !ok {
		return nil, errNotFound
	}
	s.user, s.pass, s.sealed = "", secret.String{}, cc.HasTLSForControl()
	if len(user) <= limit.PasswordMax && len(pass) <= limit.PasswordMax {
		s.user, s.pass = user, secret.NewString(pass)
	}
	return files{session: s}, nil
}

// WrapPassiveListener bounds the time of data connections.
func (d *driver) WrapPassiveListener(l net.Listener) (net.Listener, error) {
	return data{l, d.cfg.Clock}, nil
}

// session is one peer's. The library calls it from one goroutine at a time, but
// for the end.
type session struct {
	driver *driver
	cc     ftpserver.ClientContext
	conn   *conn // nil where it is gone already
	peer   netip.Addr
	tls    *tls.ConnectionState // when USER came
	user   string
	pass   secret.String
	sealed bool // they came encrypted

	mu    sync.Mutex // guards what follows
	asked asked      // by SIZE or MDTM, and not yet fetched
	gone  bool
}

// asked is an answer that waits for the RETR that usually follows: so that a size
// is that of the file which comes, and one fetch is one row of the ledger.
type asked struct {
	provision.Answer
	path string
	door vendors.Door
	at   time.Time
}

// askedLife is how long a judgement waits for its RETR; then it is made anew.
const askedLife = 10 * time.Second

// kind says which door it is: FTPS takes commands and data that are encrypted.
func (s *session) kind() vendors.Door {
	if s.cc.HasTLSForControl() && s.cc.HasTLSForTransfers() {
		return vendors.FTPS
	}
	return vendors.FTP
}

// open asks for a file, or takes what was just asked for.
func (s *session) open(path string) asked {
	door := s.kind()
	s.mu.Lock()
	last := s.asked
	s.asked = asked{}
	s.mu.Unlock()
	now := s.driver.cfg.Clock.Now()
	if last.Done != nil && last.path == path && last.door == door && now.Sub(last.at) < askedLife {
		return last
	}
	s.done(last)
	p := phonepath.Parse(path)
	r := provision.Request{Door: door, Name: p.Name, Folder: provision.Folder(p.Folder), Token: p.Token, Problem: p.Problem, Fault: p.Fault, Address: s.peer}
	if door == vendors.FTPS {
		r.TLS = s.tls
	}
	if s.sealed || door == vendors.FTP {
		r.User, r.Password = s.user, s.pass
	}
	return asked{Answer: s.driver.cfg.Files.Open(s.driver.ctx, r), path: path, door: door, at: now}
}

// keep keeps an answer for the RETR that follows.
func (s *session) keep(a asked) {
	s.mu.Lock()
	last := s.asked
	gone := s.gone
	if !gone {
		s.asked = a
	}
	s.mu.Unlock()
	if gone {
		last = a
	}
	s.done(last)
}

// done closes an answer that nobody fetched.
func (s *session) done(a asked) {
	if a.Done != nil {
		a.Done(s.driver.ctx, provision.Outcome{Status: ftpserver.StatusFileStatus})
	}
}

func (s *session) forget() {
	s.mu.Lock()
	last := s.asked
	s.asked, s.gone = asked{}, true
	s.mu.Unlock()
	s.done(last)
}
