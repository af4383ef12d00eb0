package phone

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// tellTime is how long the phone waits for the answer to such a request.
const tellTime = 10 * time.Second

// told is what the phone says of itself in the address of an action, where the
// settings name it.
type told struct {
	user, local, remote, shown string
}

// tell requests the address of an action of telephony, where the settings let it.
// What the server answers does not matter to the phone, and it says it once.
func (a *agent) tell(ctx context.Context, what Action, l *line, number string) {
	if !a.voice.Notify || a.voice.Actions[what] == "" {
		return
	}
	text := a.phone.actionURL(a.voice.Actions[what], told{l.User, l.User, number, l.Display})
	free, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it is said even if the call is over by then
	a.wg.Go(func() {
		defer cancel()
		a.phone.request(free, text)
	})
	a.wg.Go(func() {
		select {
		case <-a.gone:
			cancel()
		case <-free.Done():
		}
	})
}

// tellBusy says that the phone has a call now, or none any more.
func (a *agent) tellBusy(ctx context.Context, l *line) {
	n, _ := a.busy(nil)
	a.mu.Lock()
	changed := a.engaged != (n > 0)
	a.engaged = n > 0
	a.mu.Unlock()
	switch {
	case changed && n > 0:
		a.tell(ctx, ActBusy, l, "")
	case changed:
		a.tell(ctx, ActIdle, l, "")
	}
}

// tellRound says what has come about when the phone is done with its files: by what
// these say, so that the first ones count already.
func (p *Phone) tellRound(ctx context.Context, reason Reason, applied bool) {
	if applied {
		p.tell(ctx, ActProvisioned)
	}
	if reason == AtBoot {
		p.tell(ctx, ActSetUp)
	}
	now := p.ownAddress()
	p.mu.Lock()
	before := p.address
	p.address = now
	p.mu.Unlock()
	if before.IsValid() && now.IsValid() && before != now {
		p.tell(ctx, ActMoved)
	}
}

// tell requests the address of an action that has nothing to do with a call.
func (p *Phone) tell(ctx context.Context, what Action) {
	speaker, ok := p.cfg.Persona.(Speaker)
	if !ok {
		return
	}
	held, _ := p.effective(p.Settings())
	v := speaker.Voice(p.device(), held)
	if !v.Notify || v.Actions[what] == "" {
		return
	}
	text := p.actionURL(v.Actions[what], told{})
	p.telling.Go(func() { p.request(ctx, text) })
}

// ownAddress is the one that its lease or its settings give it, zero for none.
func (p *Phone) ownAddress() netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.lease != nil && p.lease.Address.IsValid():
		return p.lease.Address
	case p.cfg.SIP != nil:
		return p.cfg.SIP.Address
	}
	return netip.Addr{}
}

// actionURL fills in what the guides of the GXP17xx and the GRP name ("Action URL",
// dynamic variables); the GHP6xx has the same page and names none. A variable that
// they do not name stays as it is, and so does one of which the phone knows nothing.
func (p *Phone) actionURL(text string, t told) string {
	d, at := p.device(), p.ownAddress()
	values := []string{"$mac", d.MAC.String(), "$product", d.Model, "$program_version", d.Firmware, "$active_user", t.user,
		"$local", t.local, "$remote", t.remote, "$display_local", t.shown, "$display_remote", t.remote}
	if at.IsValid() {
		values = append(values, "$phone_ip", at.String())
	}
	for i := 1; i < len(values); i += 2 {
		values[i] = url.QueryEscape(values[i])
	}
	text = strings.NewReplacer(values...).Replace(text)
	if !strings.Contains(text, "://") { // the guides' examples have no scheme
		text = "http://" + text
	}
	return text
}

// request asks for an address and reads nothing of the answer. It trusts whom the
// phone trusts with its files.
func (p *Phone) request(ctx context.Context, text string) {
	counts, _ := p.effective(p.Settings())
	plan, err := p.cfg.Persona.Plan(p.device(), counts)
	if err != nil {
		return
	}
	conf, err := p.tlsConfig(plan.Trust)
	if err != nil {
		return
	}
	c := newHTTPCarrier(p, plan.Place, conf)
	c.client.Timeout = tellTime
	defer c.close()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, text, nil)
	if err != nil {
		return
	}
	req.Header.Set("User-Agent", c.agent)
	if res, err := c.client.Do(req); err == nil {
		drop(res)
	}
}
