// Package phone is the virtual phone: one phone's life as a library, for tests,
// demos and load. It knows no vendor and nothing of the server: what a make of
// phone does is told by its Persona, an independent reading of the manuals, so
// that a mistake on our side is not repeated on this one.
//
// It takes the pessimistic reading wherever the manuals are silent: it keeps
// what a newer file no longer mentions, it never fetches again before its timer
// or its next start, and it tells the server nothing of what it thinks of a file.
//
// Start reading at Phone.Run; provision.go is one round of fetching, fetch.go
// one request. What a phone does on the telephone is in voice.go and line.go,
// which say what settings can mean in no vendor's words, and in the files sip_*:
// sip_agent.go is where it begins, sip_line.go registers, sip_client.go and
// sip_server.go are the transactions, sip_dial.go and sip_incoming.go the calls.
// How it is managed by TR-069 begins in cwmp.go and cwmp_life.go; the ways in which
// real phones depart from the book are in cwmp_quirk.go, and those of an adversary
// in cwmp_hostile.go. How it reports to a phone manager of its make is in ipp.go.
package phone

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// Network is how a phone reaches a server.
type Network interface {
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
}

// Config is what makes one phone. MAC, Model, Persona, ServerURL and Network are
// needed.
type Config struct {
	MAC      mac.Address
	Model    string // as on the label
	Firmware string // "" for the persona's
	Persona  Persona
	// ServerURL is the folder in which the phone looks for its files, with a
	// path token where it has one already: https://host:port/p/<token>/. A phone
	// from the box has a bare one. TFTP needs a VoiceNetwork.
	ServerURL string
	// Lease reads what a DHCP server told the phone, at each start; nil for a phone
	// without one. Beside it, or PnP, ServerURL may be "".
	Lease func() (Lease, error)
	// Settings are set before the first start, as if typed in by hand, in the
	// phone's own spelling.
	Settings map[string]string
	Network  Network
	// TLS holds the roots from the factory (RootCAs) and the phone's own
	// certificate; nil for none of both.
	TLS   *tls.Config
	Clock clock.Clock // nil for the machine's
	Rand  *rand.Rand  // nil for one seeded by the MAC; the phone owns it
	Log   *slog.Logger
	// MinutesAs is how long one of the phone's minutes lasts; 0 for a minute.
	// It scales timers and pauses, not network time-outs.
	MinutesAs time.Duration
	// Broken has the phone's partitions fail when it starts: it recovers by TFTP
	// first, from RescueServer (host[:port]), or "" for its guide's fixed address.
	Broken       bool
	RescueServer string
	// Beside makes the phone also keep the time and send its log, as its settings
	// say. TimeKey and WebList are typed in by hand: no setting is known to hold
	// them.
	Beside  bool
	TimeKey TimeKey
	// Web is where its web pages are shown; nil for none.
	Web     Listener
	WebList []netip.Prefix
	// SIP makes the phone register and call as its settings say; nil for a phone
	// that only fetches. It needs a VoiceNetwork, and a persona that is a Speaker.
	SIP *SIP
	// PnP makes the phone ask its network for a server as its settings say; nil for
	// one whose network carries no multicast. It needs a VoiceNetwork, and a persona
	// that is a Finder.
	PnP *PnP
	// CWMP makes the phone managed by TR-069 as its settings say; nil for one that is
	// not. It needs a VoiceNetwork, and a persona that is Managed.
	CWMP *CWMP
	// IPP makes the phone report to a phone manager of its make as its settings say;
	// nil for one that does not. It needs a persona that is Reporting.
	IPP *IPP
}

// Phone is one virtual phone. New makes one; Run is its life. All other methods
// may be called at any time from anywhere.
type Phone struct {
	cfg      Config
	firmware firmware // this and the next for the goroutine of Run alone
	fellBack bool     // the last round was by the phone's own settings instead of its lease's

	mu       sync.Mutex // guards what follows
	dev      Device
	extras   map[string][]byte // by kind
	settings map[string]string
	lease    *Lease          // nil for none
	lamps    []Lamp          // that have shown
	typed    map[string]bool // settings that the user changed on the phone itself
	status   Status
	fetches  []Fetch
	orders   []order
	wake     context.CancelFunc // ends the present pause; nil while awake
	running  bool

	telling sync.WaitGroup // requests of addresses of actions outside of telephony
	address netip.Addr     // that it had last

	beside  beside
	agent   *agent   // nil while the phone does not speak SIP
	manager *manager // nil where it is not managed

	reporter *reporter // nil where it does not report
	ordered  string    // image that was ordered by its name, "" for none
}

// Status is what the phone knows of itself.
type Status struct {
	Boots      int
	Resets     int // to factory settings
	Rounds     int // rounds of fetching
	Looks      int // times that it looked for all its files, and was done
	Upgrades   int // firmware that was installed
	Firmware   string
	Broken     bool // its partitions are, and it runs nothing else
	Lamp       Lamp // that shows
	Fetches    int  // requests that were sent
	Applied    int  // files that were applied
	Changed    int  // settings that the last applied file changed
	LastFile   string
	LastCode   int       // HTTP status of the last answer, or what comes near it; 0 for none
	LastError  string    // what was wrong in the last round, in words; "" where it went well
	LastFetch  time.Time // of the last request
	NextFetch  time.Time // of the next round by timer; zero for none
	Ignored    []string  // settings in applied files that the phone does not know, sorted
	ConfigFrom string    // folder that the next round asks; "" where the settings name none
	TimeFrom   string    // server that last told the time
	TimeError  string    // why the last one asked did not; "" where it did
	Pages      []string  // addresses of its web pages
	Found      string    // what its network last named as a server; "" for nothing
}

// Fetch is one request for a file.
type Fetch struct {
	At      time.Time
	Reason  Reason
	URL     string
	Name    string
	Code    int // HTTP status, or what comes near it; 0 where there was no answer
	Bytes   int
	Applied bool
	Err     string
}

// Reason is why a phone looks for files.
type Reason string

// The reasons.
const (
	AtBoot  Reason = "boot"
	ByTimer Reason = "timer"
	ByOrder Reason = "order" // somebody asked it to
	ByRetry Reason = "retry" // the round before failed
)

// keptFetches bounds the log of requests.
const keptFetches = 1000

// New makes a phone that has never been switched on. It fails with
// fault.Invalid where the configuration cannot be one.
func New(c Config) (*Phone, error) {
	switch {
	case c.MAC == "":
		return nil, fault.New(fault.Invalid, "a phone needs a MAC address")
	case c.Persona == nil || !slices.Contains(c.Persona.Models(), c.Model):
		return nil, fault.New(fault.Invalid, "no persona for model %q", c.Model)
	case c.Network == nil:
		return nil, fault.New(fault.Invalid, "a phone needs a network")
	}
	if _, ok := c.Network.(VoiceNetwork); c.SIP != nil && (!ok || !c.SIP.Address.IsValid()) {
		return nil, fault.New(fault.Invalid, "a phone that speaks SIP needs a network that listens, and its address in it")
	}
	if _, ok := c.Network.(VoiceNetwork); c.PnP != nil && (!ok || !c.PnP.Address.Is4()) {
		return nil, fault.New(fault.Invalid, "a phone that asks its network needs a network that listens, and its address in it")
	}
	if err := checkFolder(c.ServerURL); err != nil && (c.Lease == nil && c.PnP == nil || c.ServerURL != "") {
		return nil, err
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MinutesAs <= 0 {
		c.MinutesAs = time.Minute
	}
	if c.Rand == nil {
		c.Rand = seeded(c.MAC)
	}
	if c.Firmware == "" {
		c.Firmware = c.Persona.Firmware()
	}
	p := &Phone{cfg: c, extras: map[string][]byte{}, dev: Device{MAC: c.MAC, Model: c.Model, Firmware: c.Firmware}}
	p.status.Broken = c.Broken
	p.settings, p.typed = p.factory(), map[string]bool{}
	if c.Beside {
		p.beside.lines = make(chan logLine, keptLines)
	}
	maps.Copy(p.settings, c.Settings)
	if err := p.attach(); err != nil {
		return nil, err
	}
	return p, nil
}

// attach gives the phone what manages it.
func (p *Phone) attach() error {
	var managed, reports error
	p.manager, managed = newManager(p)
	p.reporter, reports = newReporter(p)
	return errors.Join(managed, reports)
}

// factory is what the phone holds out of the box.
func (p *Phone) factory() map[string]string {
	s := p.cfg.Persona.Factory(p.device(), p.cfg.Rand)
	if u, _ := url.Parse(p.cfg.ServerURL); u.Host != "" { // New has checked it
		maps.Copy(s, p.cfg.Persona.Point(u))
	}
	return s
}

// seeded returns a source of randomness that is the phone's own and the same in
// every run.
func seeded(a mac.Address) *rand.Rand {
	var seed [32]byte
	copy(seed[:], a)
	return rand.New(rand.NewChaCha8(seed)) //nolint:gosec // repeatable on purpose
}

// device is who the phone is now.
func (p *Phone) device() Device {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dev
}

// MAC returns the phone's address.
func (p *Phone) MAC() mac.Address { return p.cfg.MAC }

// Model returns the phone's model.
func (p *Phone) Model() string { return p.cfg.Model }

// Settings returns all that the phone holds, in its own spelling: what files
// told it, also those that newer files no longer mention, and what it had before.
func (p *Phone) Settings() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.settings)
}

// Status returns what the phone knows of itself.
func (p *Phone) Status() Status {
	counts, _ := p.effective(p.Settings())
	plan, err := p.cfg.Persona.Plan(p.device(), counts)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.status
	s.Firmware = p.dev.Firmware
	if err == nil {
		s.ConfigFrom = plan.Folder.Redacted()
	}
	s.Ignored, s.Pages = slices.Clone(s.Ignored), slices.Clone(s.Pages)
	return s
}

// Fetches returns the last requests, oldest first, at most a thousand.
func (p *Phone) Fetches() []Fetch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.fetches)
}

// errRunning is what a second Run gets.
var errRunning = errors.New("the phone is switched on already")
