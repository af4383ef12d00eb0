package phone

import (
	"crypto/sha256"
	"crypto/tls"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/cwmp"
)

// CWMP makes the phone managed by TR-069 as its settings say. It needs a
// VoiceNetwork, and a persona that is Managed. Start reading at manager.run in
// cwmp_life.go.
type CWMP struct {
	// Address is the phone's own: connection requests come to it, and it stands in
	// ConnectionRequestURL and LAN.IPAddress. Needed.
	Address netip.Addr
	Quirks  Quirks
	Hostile Hostile
	// Refuse answers a method always with a fault.
	Refuse map[string]int
	// Script says what the phone does with a request instead of obeying; nil for
	// always obeying. It is called from the phone's own goroutine.
	Script func(cwmp.Message) Turn
}

// Turn is what the phone does with one request. The zero value obeys.
type Turn struct {
	Fault int // refuses with this code
	Cut   Cut
}

// Cut is where a phone breaks off instead of going on.
type Cut uint8

// The places.
const (
	CutNever  Cut = iota
	CutBefore     // it does nothing, and is gone
	CutAfter      // it does what it was told, and is gone without an answer
	CutPower      // it does what it was told, and starts anew without an answer
)

// Managed is a persona whose phones can be managed.
type Managed interface {
	// Management reads the settings.
	Management(Device, map[string]string) Management
}

// Management is what the settings say of management, in no vendor's words. Times
// are the phone's own.
type Management struct {
	URL             string // of the server; "" where the phone is not managed
	User, Password  string
	Every           time.Duration // between periodic sessions; 0 for none
	RequestUser     string        // of connection requests
	RequestPassword string
	RequestPort     int
	Random          bool // the first session comes 1 to 3600 s after the start
	Trust           Trust
	Own             *tls.Certificate // shown to the server; nil for the phone's from the factory
	Maker           string
	OUI             string
	Class           string
	Parameters      []Parameter
}

// Parameter is a parameter of the data model that stands for a setting.
type Parameter struct {
	Name    string // below the root: "LAN.IPAddress"
	Kind    string // of cwmp: cwmp.String …
	Setting string
	// Words are the setting's words for the parameter's; nil where both are alike.
	Words  map[string]string
	Secret bool // reads as ""
}

// Executed is a request that the phone has carried out.
type Executed struct {
	At     time.Time
	Method string
	Key    string // its CommandKey or ParameterKey; "" where it has none
}

// ManagementStatus is what the phone knows of being managed.
type ManagementStatus struct {
	Sessions   int // that went to their end
	Failures   int // sessions that did not
	Retry      int // of the next session; 0 where the last one went well
	LastError  string
	Waiting    []cwmp.Event // that the next session tells
	RequestURL string       // where connection requests are taken; "" for nowhere
	UDPAddress string       // the same by UDP, as STUN told it
	Key        string       // ParameterKey
	Requests   int          // connection requests that were accepted
	// Executed are the requests that were carried out since the phone was made. No
	// restart loses them, nor a reset: they are the test's, not the phone's.
	Executed []Executed
}

// manager is a phone's side of CWMP.
type manager struct {
	phone *Phone
	conf  CWMP
	net   VoiceNetwork
	rand  *rand.Rand // for the goroutine of run alone
	kept  net.Conn   // of a session that an Inform is to interrupt; for the same
	work  sync.WaitGroup

	mu       sync.Mutex // guards what follows
	flash    flash
	live     volatile
	offline  bool
	status   ManagementStatus
	executed []Executed
	requests requests
}

// flash is what a restart does not lose, and a reset does.
type flash struct {
	known     string // server that has heard 0 BOOTSTRAP
	firmware  string // as it was told last
	events    []cwmp.Event
	next      []cwmp.Event // that the next start raises
	transfers []errand
	key       string
	own       map[string]string // parameters that no setting stands for
	notify    map[string]int
	told      map[string]string // values that a notification watches
	instances []int             // of InformParameter
	last      int               // that was ever given
}

// volatile is what a restart loses.
type volatile struct {
	boots, resets int // that were noticed
	started       time.Time
	down          bool // the phone is about to start anew
	notBefore     time.Time
	periodic      time.Time
	scheduled     []scheduled
	fresh         bool // an event came since the last session failed
	retryAt       time.Time
}

// scheduled is a ScheduleInform.
type scheduled struct {
	at  time.Time
	key string
}

// newManager makes a phone's manager; nil where it is not to be managed.
func newManager(p *Phone) (*manager, error) {
	c := p.cfg.CWMP
	if c == nil {
		return nil, nil
	}
	if _, ok := p.cfg.Persona.(Managed); !ok {
		return nil, fault.New(fault.Invalid, "a %s %s cannot be managed by CWMP", p.cfg.Persona.Vendor(), p.cfg.Model)
	}
	network, ok := p.cfg.Network.(VoiceNetwork)
	if !ok || !c.Address.IsValid() {
		return nil, fault.New(fault.Invalid, "a phone that is managed needs a network that listens, and its address in it")
	}
	seed := sha256.Sum256([]byte("cwmp " + p.cfg.MAC))
	return &manager{phone: p, conf: *c, net: network, rand: rand.New(rand.NewChaCha8(seed)), flash: blank()}, nil //nolint:gosec // repeatable on purpose
}

// blank is the memory out of the box, with the defaults of TR-106.
func blank() flash {
	return flash{own: map[string]string{}, notify: map[string]int{}, told: map[string]string{}}
}

// Management returns what the phone knows of being managed; the zero value where
// it is not.
func (p *Phone) Management() ManagementStatus {
	m := p.manager
	if m == nil {
		return ManagementStatus{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	s.Waiting, s.Executed, s.Key = slices.Clone(m.flash.events), slices.Clone(m.executed), m.flash.key
	return s
}

// Offline takes a managed phone off its network for CWMP, or puts it back: it
// opens no session and hears no connection request.
func (p *Phone) Offline(on bool) {
	if p.manager == nil {
		return
	}
	p.manager.mu.Lock()
	p.manager.offline = on
	p.manager.mu.Unlock()
	p.nudge()
}

// done enters a request that was carried out.
func (m *manager) done(method, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.executed = append(m.executed, Executed{m.phone.cfg.Clock.Now(), method, key})
}

// management reads the present settings.
func (m *manager) management() Management {
	counts, _ := m.phone.effective(m.phone.Settings())
	return m.phone.cfg.Persona.(Managed).Management(m.phone.device(), counts)
}

// raise adds an event that the next session tells, once.
func (m *manager) raise(code, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(code, key)
}

// add is raise for who holds mu.
func (m *manager) add(code, key string) {
	e := cwmp.Event{Code: code, Key: key}
	if slices.Contains(m.flash.events, e) {
		return
	}
	m.flash.events = append(m.flash.events, e)
	m.live.fresh = true
}

// restart starts the phone anew, or resets it; what it then tells is said by events.
func (m *manager) restart(how func(), events ...cwmp.Event) {
	m.mu.Lock()
	m.live.down = true
	m.flash.next = append(m.flash.next, events...)
	m.mu.Unlock()
	how()
}

// pause is a time of the phone's, as it passes here.
func (m *manager) pause(d time.Duration) time.Duration {
	return scale(d, m.phone.cfg.MinutesAs, time.Minute)
}
