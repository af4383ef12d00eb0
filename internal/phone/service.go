package phone

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Servicer is a persona that knows what its phones do beside fetching files and
// calling.
type Servicer interface {
	// Services reads the settings.
	Services(Device, map[string]string) Services
}

// Services is what the settings say of the phone's time, its log and its pages.
type Services struct {
	Time TimeService
	Log  LogService
	Web  WebService
	// Families are the networks by which the phone reaches a server, the preferred
	// one first: "tcp4", "tcp6"; empty where it does not care.
	Families []string
	Own      *tls.Certificate // used for TLS instead of the one from the factory; nil for none
}

// TimeService is how the phone keeps the time.
type TimeService struct {
	Servers []string // host[:port], the first first
	Signed  bool     // only time that is signed with the phone's key counts
	Every   time.Duration
	Zone    *time.Location // of what the phone shows and logs; nil for UTC
}

// LogService is where the phone's log goes.
type LogService struct {
	Server string // host[:port], "" for nowhere
	TLS    bool
	Level  Severity // lines up to it are sent; 0 for none
	Words  []string // only lines with one of them; empty for all
	SIP    bool     // lines about SIP messages too
}

// Severity is that of RFC 5424 §6.2.1.
type Severity int

// The severities that phones know.
const (
	LogError   Severity = 3
	LogWarning Severity = 4
	LogInfo    Severity = 6
	LogDebug   Severity = 7
)

// Access is how the phone judges who looks at its pages.
type Access string

// The kinds of access.
const (
	Everybody Access = ""
	Listed    Access = "listed"   // those on the phone's list alone
	Unlisted  Access = "unlisted" // everybody else
)

// WebService is how the phone shows its pages.
type WebService struct {
	HTTP, HTTPS int // ports; 0 for off
	Access      Access
	Idle        time.Duration // after which a session ends
	Attempts    int           // wrong passwords before the lock-out
	LockOut     time.Duration // 0 for none
	Password    string        // of the administrator
	// SetPassword is the setting that holds it.
	SetPassword string
}

// Listener is where a phone's pages are shown.
type Listener interface {
	Listen(ctx context.Context, network, addr string) (net.Listener, error)
}

// beside is what the phone does beside its rounds. Its zero value does nothing.
type beside struct {
	mu      sync.Mutex // guards what follows
	offset  time.Duration
	changes int // of settings, and restarts
	nudges  map[int]context.CancelFunc
	nudgeAt int
	lines   chan logLine
}

// services reads the present settings; nothing where the persona knows none.
func (p *Phone) services() Services {
	s, ok := p.cfg.Persona.(Servicer)
	if !ok {
		return Services{}
	}
	counts, _ := p.effective(p.Settings())
	return s.Services(p.device(), counts)
}

// live runs what the phone does beside its rounds and returns how to end it.
func (p *Phone) live(ctx context.Context) (end func()) {
	var work []func(context.Context)
	if p.cfg.Beside {
		work = append(work, p.keepTime, p.sendLog)
	}
	if p.cfg.Web != nil {
		work = append(work, p.showPages)
	}
	if p.manager != nil {
		work = append(work, p.manager.run)
	}
	if p.reporter != nil {
		work = append(work, p.reporter.run)
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, f := range work {
		all.Go(func() { f(ctx) })
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// changes counts what has changed so far, for rest.
func (p *Phone) changes() int {
	p.beside.mu.Lock()
	defer p.beside.mu.Unlock()
	return p.beside.changes
}

// rest sleeps for d, or until something has changed since changes was asked:
// what was read after that is new enough.
func (p *Phone) rest(ctx context.Context, d time.Duration, since int) {
	nap, cancel := context.WithCancel(ctx)
	defer cancel()
	b := &p.beside
	b.mu.Lock()
	if b.changes != since {
		b.mu.Unlock()
		return
	}
	b.nudgeAt++
	at := b.nudgeAt
	if b.nudges == nil {
		b.nudges = map[int]context.CancelFunc{}
	}
	b.nudges[at] = cancel
	b.mu.Unlock()
	_ = p.cfg.Clock.Sleep(nap, d) // why it ended does not matter
	b.mu.Lock()
	delete(b.nudges, at)
	b.mu.Unlock()
}

// nudge ends every rest: settings have changed, or the phone has restarted.
func (p *Phone) nudge() {
	p.beside.mu.Lock()
	defer p.beside.mu.Unlock()
	p.beside.changes++
	for _, end := range p.beside.nudges {
		end()
	}
}

// now is the time as the phone has it: the machine's, until a time server says
// otherwise.
func (p *Phone) now() time.Time {
	p.beside.mu.Lock()
	defer p.beside.mu.Unlock()
	return p.cfg.Clock.Now().Add(p.beside.offset)
}

// reach opens a connection by the first family that works.
func (p *Phone) reach(ctx context.Context, network, addr string) (conn net.Conn, err error) {
	families := p.services().Families
	if len(families) == 0 {
		families = []string{network}
	}
	for _, family := range families {
		if conn, err = p.dial(ctx, family, addr); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// dial calls from the phone's own address where it has one and the network can.
func (p *Phone) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	own, can := p.cfg.Network.(interface {
		DialFrom(ctx context.Context, from netip.Addr, network, addr string) (net.Conn, error)
	})
	if c := p.cfg.CWMP; c != nil && can && strings.HasPrefix(network, "tcp") {
		return own.DialFrom(ctx, c.Address, network, addr)
	}
	return p.cfg.Network.Dial(ctx, network, addr)
}

// withPort adds a port to an address that has none.
func withPort(addr, port string) string {
	if _, _, err := net.SplitHostPort(addr); err == nil {
		return addr
	}
	return net.JoinHostPort(addr, port)
}
