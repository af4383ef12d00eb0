package cwmpd

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/manager"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/vendors"
)

// inform begins a session. Whoever shows no proof is asked for a user and a
// password; who cannot answer that after some tries may say who it is and is told
// where to come back, as anybody is.
func (h *handler) inform(ctx context.Context, m message, e cwmp.Envelope, in *cwmp.Inform) {
	select {
	case h.arrivals <- struct{}{}:
		defer func() { <-h.arrivals }()
	default:
		later(m.w)
		return
	}
	v, stale := h.visit(m, in)
	if h.challenged(m, in, v, stale) {
		return
	}
	met := h.House.Meet(ctx, v)
	if met.Said.Err != nil {
		h.Log.ErrorContext(ctx, "report not judged", "peer", m.from, "error", met.Said.Err)
		met.Note("it was told to come again later", http.StatusServiceUnavailable, len(m.text))
		later(m.w)
		return
	}
	if !met.Who.Known() && v.Token == "" && !met.Said.Waiting && h.strangers.again(m.from.String()+" "+in.Device.String(), h.Clock.Now()) {
		h.refuse(m, met, stale)
		return
	}
	if met.Who.Known() {
		h.strangers.forget(m.from.String() + " " + in.Device.String())
	}
	one, err := h.begin(ctx, m, e, in, met)
	if err != nil {
		h.Log.ErrorContext(ctx, "report not written down", "peer", m.from, "error", err)
		met.Note("it was told to come again later", http.StatusServiceUnavailable, len(m.text))
		later(m.w)
		return
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	met.Note(strings.Join(events(in), ", "), http.StatusOK, len(m.text))
	h.heard(one, m.text)
	answer := e.Answer(&cwmp.InformResponse{MaxEnvelopes: 1})
	if e.SupportedVersions != "" {
		answer.UseVersion = version(e.SupportedVersions)
	}
	c := http.Cookie{Name: cookie, Value: one.id, Path: "/", HttpOnly: true, Secure: h.door == vendors.CWMP}
	m.w.Header().Set("Set-Cookie", c.String())
	h.send(m, one, answer)
}

// challenged asks for a password where nothing came that could be judged.
func (h *handler) challenged(m message, in *cwmp.Inform, v provision.Visit, stale bool) bool {
	if !stale && (v.User != "" || v.Token != "" || m.r.TLS != nil && len(m.r.TLS.PeerCertificates) > 0) {
		return false
	}
	if !stale && in.RetryCount > 0 && !h.strangers.again(m.from.String()+" "+in.Device.String(), h.Clock.Now()) {
		return false
	}
	h.ask.Ask(m.w.Header(), m.from, stale)
	plain(m.w, http.StatusUnauthorized, "user and password are wanted")
	return true
}

// refuse answers who showed something that does not count.
func (h *handler) refuse(m message, met provision.Meeting, stale bool) {
	met.Note("it was asked for its user and password again", http.StatusUnauthorized, len(m.text))
	h.ask.Ask(m.w.Header(), m.from, stale)
	plain(m.w, http.StatusUnauthorized, "user and password are wrong")
}

// visit is what a report shows of who makes it.
func (h *handler) visit(m message, in *cwmp.Inform) (v provision.Visit, stale bool) {
	c, stale := h.ask.Read(m.r, m.from)
	v = provision.Visit{Door: h.door, Name: "Inform", MAC: mac.Address(in.Device.MAC()), UserAgent: agent(m.r, in), Address: m.from, TLS: m.r.TLS, Token: tokenOf(m.r.URL.Path),
		User: c.User, Password: c.Password, Digest: (*provision.Digest)(c.Digest)}
	v.Firmware, _ = in.Value("DeviceInfo.SoftwareVersion")
	if v.Model, _ = in.Value("DeviceInfo.ModelName"); v.Model == "" {
		v.Model = in.Device.ProductClass
	}
	return v, stale
}

// agent is how the phone names itself to HTTP, or by what TR-069 says of it.
func agent(r *http.Request, in *cwmp.Inform) string {
	if a := r.UserAgent(); a != "" {
		return a
	}
	return strings.TrimSpace(in.Device.Manufacturer + " " + in.Device.ProductClass)
}

// tokenOf is the token in an address that ends in one: /acs/<token>.
func tokenOf(path string) string {
	_, token, ok := strings.Cut(strings.Trim(path, "/"), "/")
	if !ok || strings.Contains(token, "/") {
		return ""
	}
	return token
}

// begin makes the session and takes in what the phone told with its Inform.
func (h *handler) begin(ctx context.Context, m message, e cwmp.Envelope, in *cwmp.Inform, met provision.Meeting) (*session, error) {
	now := h.Clock.Now()
	one := &session{id: h.NewID(), begun: now, idle: limit.CWMPIdle, who: met.Who, space: e.Namespace, root: in.Root()}
	if e.SessionTimeout > one.idle {
		one.idle = min(e.SessionTimeout, limit.CWMPIdleMax)
	}
	device := met.Who.Device().ID
	if met.Who.Known() {
		phone, err := h.Manager.Arrive(ctx, met.Who, told(e, in, now), string(h.door), m.from.String(), agent(m.r, in))
		if err != nil {
			return nil, err
		}
		one.phone = phone
		if in.Has(cwmp.EventValueChange) {
			h.news(ctx, one, in)
		}
	}
	gone, ok := h.table.add(one, device, m.conn, now)
	for _, old := range gone {
		h.drop(context.WithoutCancel(ctx), old, "the phone began a new session")
	}
	if !ok {
		return nil, fmt.Errorf("%d sessions are open", limit.CWMPSessions)
	}
	one.todo = h.first(one, in, met)
	if met.Who.Known() {
		h.happened(ctx, one, in)
	}
	return one, nil
}

// told is what an Inform says of the phone.
func told(e cwmp.Envelope, in *cwmp.Inform, now time.Time) manager.Phone {
	value := func(names ...string) string {
		for _, n := range names {
			if v, ok := in.Value(n); ok && v != "" {
				return v
			}
		}
		return ""
	}
	p := manager.Phone{Protocol: manager.CWMP, Told: manager.Told{
		Maker: in.Device.Manufacturer, OUI: in.Device.OUI, Class: in.Device.ProductClass, Serial: in.Device.SerialNumber,
		Model: value("DeviceInfo.ModelName"), Software: value("DeviceInfo.SoftwareVersion"), Hardware: value("DeviceInfo.HardwareVersion"),
		Address: value("LAN.IPAddress"), Root: in.Root(), Version: e.Namespace,
	}}
	p.Call = manager.Call{URL: value("ManagementServer.ConnectionRequestURL"), UDP: value("ManagementServer.UDPConnectionRequestAddress")}
	if n, err := strconv.Atoi(value("ManagementServer.PeriodicInformInterval")); err == nil && n > 0 {
		p.Every = min(time.Duration(n)*time.Second, limit.CWMPEveryMax)
	}
	if in.Has(cwmp.EventBoot) || in.Has(cwmp.EventBootstrap) {
		p.Boot = manager.Boot{At: now, Reason: bootReason(in)}
	}
	return p
}

func bootReason(in *cwmp.Inform) manager.BootReason {
	switch {
	case in.Has(cwmp.EventBootstrap):
		return manager.FactoryReset
	case in.Has(cwmp.EventMReboot):
		return manager.ByCommand
	case in.Has(cwmp.EventMDownload), in.Has(cwmp.EventTransferComplete):
		return manager.ByTransfer
	}
	return manager.NoReason
}

func events(in *cwmp.Inform) (out []string) {
	for _, e := range in.Events {
		out = append(out, e.Code)
	}
	return out
}

// version picks the newest version of CWMP that the phone and we speak.
func version(supported string) string {
	for _, v := range []string{"1.4", "1.3", "1.2", "1.1", "1.0"} {
		for _, theirs := range strings.Split(supported, ",") {
			if strings.TrimSpace(theirs) == v {
				return v
			}
		}
	}
	return "1.0"
}

// first is what a session does before the commands: nobody's phone is told where to
// come back, one without its own credential is given it, and one that reports in
// clear is sent to the door that others cannot hear.
func (h *handler) first(one *session, in *cwmp.Inform, met provision.Meeting) (todo []step) {
	a, proven := met.Who.Authenticated()
	switch {
	case !met.Who.Known():
		if met.Said.Bootstrap || !met.Said.Waiting {
			todo = append(todo, h.sendBack(one, met))
		}
	case !proven:
		todo = append(todo, h.moveOver(one))
	case !met.Who.Settled():
		todo = append(todo, h.giveCredential(one, a))
	}
	if proven && (a.Proof() == identity.Claimed || in.Has(cwmp.EventBootstrap)) {
		todo = append(todo, h.giveFile(a))
	}
	return todo
}

// strangers counts how often a party came without any proof, so that a phone with
// nothing to show is not asked for a password for ever.
type strangers struct {
	mu    sync.Mutex // guards tries
	tries map[string]tries
}

type tries struct {
	n    int
	last time.Time
}

const (
	strangerTries  = 3
	strangerMemory = time.Hour
)

func newStrangers() *strangers { return &strangers{tries: map[string]tries{}} }

// forget is for who came with what counts.
func (s *strangers) forget(party string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, party)
}

// again counts one more try, and reports whether the party is to be asked once
// more.
func (s *strangers) again(party string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tries[party]
	if now.Sub(t.last) > strangerMemory {
		t.n = 0
	}
	t.n, t.last = t.n+1, now
	if len(s.tries) >= limit.CWMPStrangers {
		for k := range s.tries { // any will do: who is forgotten is asked anew
			delete(s.tries, k)
			break
		}
	}
	s.tries[party] = t
	return t.n <= strangerTries
}
