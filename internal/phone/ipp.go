package phone

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/ipp"
)

// IPP makes the phone report to a phone manager of its make by REST, as its settings
// say. It needs a persona that is Reporting. Start reading at reporter.run.
type IPP struct {
	// Address is the phone's own, which it tells; the zero value for none.
	Address netip.Addr
	User    string // who is signed in to it; "" for nobody
	VLAN    string
	// Standing is how it stands with its SIP server; nil for as its lines do.
	Standing func() ipp.Status
	Quirks   IPPQuirks
}

// IPPQuirks are ways in which a phone departs from the captures. The zero value is a
// phone as they show it.
type IPPQuirks struct {
	// LoseAnswers drops so many answers and sends the same report again.
	LoseAnswers int
	Twice       bool   // sends each report twice, and obeys both answers
	ContentType string // instead of application/json
	Comma       bool   // writes a comma too many, as the maker's own scripts do
	Slashes     bool   // writes two between the address and the path
}

// Reporting is a persona whose phones report so.
type Reporting interface {
	// Reports reads the settings.
	Reports(Device, map[string]string) Reports
}

// Reports is what the settings say of it. Times are the phone's own.
type Reports struct {
	URL    string // of the manager; "" where the phone does not report
	Every  time.Duration
	User   string // that it reports as
	UC     bool   // it tells a location
	Proxy  string // its SIP proxy
	Number string
}

// ReportsStatus is what the phone knows of its reports.
type ReportsStatus struct {
	Sent      []Report   // that were answered or not, oldest first, at most a thousand
	Executed  []Executed // commands that it carried out; Method is their word. No restart loses them: they are the test's
	Ignored   []string   // commands that it does not know
	Shown     []Shown    // messages on its screen
	LastError string     // "" where the last report went well
}

// Shown is a message that stood on the screen.
type Shown struct {
	Text string
	For  time.Duration // in its own time; 0 for until somebody takes it away
}

// Report is one message to the manager.
type Report struct {
	At      time.Time
	Op      ipp.Operation
	Session string
	Status  ipp.Status
	Code    int // HTTP status; 0 where there was no answer
}

// reporter is a phone's side of it.
type reporter struct {
	phone   *Phone
	conf    IPP
	rand    *rand.Rand // for the goroutine of run alone, as what follows to the mutex
	boots   int
	known   string // manager that was told of the start
	last    ipp.Status
	next    time.Time
	failing bool // an alarm tells that it cannot register

	mu     sync.Mutex // guards what follows
	status ReportsStatus
	alarms []ipp.Alarm
	lose   int
}

// newReporter makes one; nil where the phone is not to report.
func newReporter(p *Phone) (*reporter, error) {
	c := p.cfg.IPP
	if c == nil {
		return nil, nil
	}
	if _, ok := p.cfg.Persona.(Reporting); !ok {
		return nil, fault.New(fault.Invalid, "a %s %s has no phone manager to report to", p.cfg.Persona.Vendor(), p.cfg.Model)
	}
	seed := sha256.Sum256([]byte("ipp " + p.cfg.MAC))
	return &reporter{phone: p, conf: *c, rand: rand.New(rand.NewChaCha8(seed)), lose: c.Quirks.LoseAnswers}, nil //nolint:gosec // repeatable on purpose
}

// Reports returns what the phone knows of its reports; the zero value where it makes
// none.
func (p *Phone) Reports() ReportsStatus {
	r := p.reporter
	if r == nil {
		return ReportsStatus{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Sent, s.Executed, s.Ignored, s.Shown = slices.Clone(s.Sent), slices.Clone(s.Executed), slices.Clone(s.Ignored), slices.Clone(s.Shown)
	return s
}

// Alarm has the phone tell its manager of an alarm.
func (p *Phone) Alarm(a ipp.Alarm) {
	if p.reporter == nil {
		return
	}
	p.reporter.mu.Lock()
	p.reporter.alarms = append(p.reporter.alarms, a)
	p.reporter.mu.Unlock()
	p.nudge()
}

// Report has the phone report now.
func (p *Phone) Report() {
	if p.reporter == nil {
		return
	}
	p.reporter.mu.Lock()
	p.reporter.status.LastError = errAsked.Error()
	p.reporter.mu.Unlock()
	p.nudge()
}

// errAsked stands for a report that is due because somebody asked for it.
var errAsked = errors.New("a report is wanted")

// run is the phone's life as one that reports.
func (r *reporter) run(ctx context.Context) {
	for ctx.Err() == nil {
		since := r.phone.changes()
		if wait := r.step(ctx); wait > 0 {
			r.phone.rest(ctx, wait, since)
		}
	}
}

// step does what is due, and says how long nothing is.
func (r *reporter) step(ctx context.Context) time.Duration {
	conf := r.settings()
	if conf.URL == "" {
		return 24 * time.Hour
	}
	boots := r.phone.Status().Boots
	now := r.phone.cfg.Clock.Now()
	standing := r.standing()
	switch {
	case boots != r.boots || conf.URL != r.known:
		if r.report(ctx, conf, ipp.Init, ipp.Started) {
			r.boots, r.known, r.next = boots, conf.URL, now
			return 0
		}
	case r.tell(ctx, conf):
		return 0
	case r.asked() || standing != r.last || !now.Before(r.next):
		if r.report(ctx, conf, ipp.KeepAlive, standing) {
			r.watch(standing)
			r.last, r.next = standing, now.Add(r.pause(conf.Every))
			return 0
		}
	default:
		return min(r.next.Sub(now), r.pause(time.Minute))
	}
	return r.pause(time.Minute) // it failed: in a minute once more
}

func (r *reporter) pause(d time.Duration) time.Duration {
	return max(scale(d, r.phone.cfg.MinutesAs, time.Minute), time.Millisecond)
}

func (r *reporter) settings() Reports {
	counts, _ := r.phone.effective(r.phone.Settings())
	return r.phone.cfg.Persona.(Reporting).Reports(r.phone.device(), counts)
}

// asked reports whether somebody wants a report, once.
func (r *reporter) asked() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := r.status.LastError == errAsked.Error()
	if wanted {
		r.status.LastError = ""
	}
	return wanted
}

// standing is how the phone stands: registered where one of its lines is.
func (r *reporter) standing() ipp.Status {
	if r.conf.Standing != nil {
		return r.conf.Standing()
	}
	for _, l := range r.phone.Lines() {
		if l.Registered {
			return ipp.Registered
		}
	}
	return ipp.Unregistered
}

// watch raises and ends the alarm of a phone that speaks SIP and cannot register.
func (r *reporter) watch(now ipp.Status) {
	failing := now == ipp.Unregistered && r.phone.cfg.SIP != nil && now == r.last
	if failing == r.failing || !failing && now != ipp.Registered {
		return
	}
	r.failing = failing
	a := ipp.Alarm{ID: "1", Name: "IPPhoneRegisterFailure", Text: "This alarm is activated when a registration failure occurs", Severity: ipp.Critical, Type: 1, Cause: 5}
	if !failing {
		a.Severity = ipp.Cleared
	}
	r.phone.Alarm(a)
}

// report makes one report and obeys the answer.
func (r *reporter) report(ctx context.Context, conf Reports, op ipp.Operation, s ipp.Status) bool {
	d := r.phone.device()
	p := ipp.Report{Session: r.session(), User: conf.User, MAC: d.MAC.String(), Model: d.Model, Firmware: d.Firmware, Agent: r.phone.cfg.Persona.Agent(d), VLAN: r.conf.VLAN, Status: s}
	if r.conf.Address.IsValid() {
		p.IP, p.Subnet = r.conf.Address.String(), "255.255.255.0"
	}
	if s != ipp.Started {
		p.UserName, p.Phone, p.Proxy = r.conf.User, conf.Number, conf.Proxy
	}
	if conf.UC {
		p.Location = "Ground floor"
	}
	text := ipp.AppendReport(nil, p, r.session()+r.session()+r.session()+r.session())
	sends := 1
	if r.conf.Quirks.Twice {
		sends = 2
	}
	for range sends {
		answer, ok := r.send(ctx, conf, Report{At: r.phone.cfg.Clock.Now(), Op: op, Session: p.Session, Status: s}, text)
		if !ok {
			return false
		}
		r.obey(ctx, answer)
	}
	return true
}

// tell sends the alarms that wait; false where there are none, or they did not arrive.
func (r *reporter) tell(ctx context.Context, conf Reports) bool {
	r.mu.Lock()
	list := slices.Clone(r.alarms[:min(len(r.alarms), 8)])
	r.mu.Unlock()
	if len(list) == 0 {
		return false
	}
	for i := range list {
		list[i].Source = "IPPhone/" + r.phone.cfg.MAC.String()
		list[i].Date = r.phone.now().UTC().Format("2006-01-02T15:04:05")
	}
	a := ipp.Alerts{Session: r.session(), User: conf.User, List: list}
	if _, ok := r.send(ctx, conf, Report{At: r.phone.cfg.Clock.Now(), Op: ipp.Alert, Session: a.Session}, ipp.AppendAlerts(nil, a, r.session())); !ok {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.alarms = r.alarms[len(list):]
	return true
}

func (r *reporter) session() string {
	var b [4]byte
	for i := range b {
		b[i] = byte(r.rand.IntN(256)) //nolint:gosec // a byte
	}
	return hex.EncodeToString(b[:])
}

// obey does what an answer says. What it does not know it passes over; the same
// command twice it does twice (pessimistic).
func (r *reporter) obey(ctx context.Context, answer []byte) {
	todo, err := ipp.DecodeReply(answer)
	if err != nil {
		r.failed(fmt.Errorf("read the answer: %w", err))
		return
	}
	for _, a := range todo {
		_ = r.phone.cfg.Clock.Sleep(ctx, r.pause(time.Duration(a.Delay)*time.Second)) // ended early it is switched off
		switch a.Cmd {
		case ipp.Reset:
			r.done(a)
			r.phone.Reboot()
		case ipp.UpdateConfig, ipp.UpdateFirmware:
			r.done(a)
			r.phone.mu.Lock()
			r.phone.ordered = a.File
			r.phone.mu.Unlock()
			r.phone.Provision()
		case ipp.SendMessage:
			r.done(a)
			r.mu.Lock()
			r.status.Shown = append(r.status.Shown, Shown{a.Text, time.Duration(a.Seconds) * time.Second})
			r.mu.Unlock()
		default:
			r.mu.Lock()
			r.status.Ignored = append(r.status.Ignored, a.Cmd)
			r.mu.Unlock()
		}
	}
}

func (r *reporter) done(a ipp.Action) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Executed = append(r.status.Executed, Executed{At: r.phone.cfg.Clock.Now(), Method: a.Cmd, Key: a.ID})
}

func (r *reporter) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.LastError = plainError(err)
}

// note enters a message in the log, and how it went.
func (r *reporter) note(one Report, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.LastError = ""
	switch {
	case err != nil:
		r.status.LastError = plainError(err)
	case one.Code != http.StatusOK:
		r.status.LastError = "the manager answered " + http.StatusText(one.Code)
	}
	if len(r.status.Sent) >= keptFetches {
		r.status.Sent = r.status.Sent[1:]
	}
	r.status.Sent = append(r.status.Sent, one)
}
