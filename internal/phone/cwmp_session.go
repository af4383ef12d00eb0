package phone

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"bellwether/internal/protocol/cwmp"
)

// mostTurns bounds one session.
const mostTurns = 2000

// errGone is a session that the phone itself breaks off.
var errGone = errors.New("the phone broke off")

// talk is one session.
type talk struct {
	m     *manager
	conf  Management
	wire  *wire
	ids   int
	boots int
	after []func(context.Context) // what is done once it is over
	last  []byte                  // the answer before
}

// session tells the server what there is to tell, and obeys it. It returns what is
// to be done once it is over, also where it failed.
func (m *manager) session(ctx context.Context, conf Management) ([]func(context.Context), error) {
	w, err := m.dialer(conf)
	if err != nil {
		return nil, err
	}
	defer w.close()
	boots, _, _ := m.counts()
	t := &talk{m: m, conf: conf, wire: w, boots: boots}
	if err := t.inform(ctx); err != nil {
		return nil, err
	}
	for _, done := range m.finished() {
		if err := t.report(ctx, done); err != nil {
			return t.after, err
		}
	}
	for _, key := range m.conf.Hostile.FalseKeys {
		if _, err := t.ask(ctx, &cwmp.TransferComplete{Key: key}); err != nil {
			return t.after, err
		}
	}
	return t.after, t.listen(ctx)
}

// inform says who the phone is and why it comes.
func (t *talk) inform(ctx context.Context) error {
	m := t.m
	events := m.waiting()
	told, msg := m.informOf(t.conf, events)
	for range 3 {
		answer, err := t.ask(ctx, msg)
		if err != nil {
			return err
		}
		if f, ok := answer.Body.(*cwmp.Fault); ok && f.Code == cwmp.FaultServerRetry {
			continue
		}
		if _, ok := answer.Body.(*cwmp.InformResponse); !ok {
			return fmt.Errorf("the server answered the Inform with %s", answer.Body.Method())
		}
		m.informed(t.conf, events, told)
		return nil
	}
	return errors.New("the server asks for the Inform again and again")
}

// report tells how a transfer ended.
func (t *talk) report(ctx context.Context, done errand) error {
	q := t.m.conf.Quirks
	msg := &cwmp.TransferComplete{Key: q.transferKey(done.key), Failure: done.failure, Start: done.start, Complete: done.complete}
	for range 1 + q.DuplicateTransfers {
		answer, err := t.ask(ctx, msg)
		if err != nil {
			return err
		}
		if _, ok := answer.Body.(*cwmp.TransferCompleteResponse); !ok {
			return fmt.Errorf("the server answered TransferComplete with %s", answer.Body.Method())
		}
	}
	t.m.reported(done)
	return nil
}

// ask sends a request of the phone's own and reads the answer.
func (t *talk) ask(ctx context.Context, msg cwmp.Message) (cwmp.Envelope, error) {
	if t.ids == 0 || !t.m.conf.Quirks.SameID {
		t.ids++
	}
	body := t.encode(cwmp.Envelope{ID: strconv.Itoa(t.ids), HasID: true, Body: msg})
	code, answer, err := t.wire.post(ctx, body)
	if err != nil {
		return cwmp.Envelope{}, err
	}
	if code != http.StatusOK {
		return cwmp.Envelope{}, fmt.Errorf("the server answered %s with %d", msg.Method(), code)
	}
	e, err := cwmp.Decode(answer)
	if err != nil {
		return cwmp.Envelope{}, fmt.Errorf("the server's answer to %s: %w", msg.Method(), err)
	}
	return e, nil
}

func (t *talk) encode(e cwmp.Envelope) []byte {
	q := t.m.conf.Quirks
	e.Namespace = q.namespace()
	spelled := q.Booleans
	if q.Normalised {
		spelled = cwmp.Words
	}
	return q.bend(cwmp.Append(nil, e, cwmp.Options{Booleans: spelled}), e)
}

// listen sends the empty message and obeys until the server has nothing more.
func (t *talk) listen(ctx context.Context) error {
	var body []byte
	for range mostTurns {
		if now, _, _ := t.m.counts(); now != t.boots {
			return errGone
		}
		code, answer, err := t.wire.post(ctx, body)
		if err != nil {
			return err
		}
		switch {
		case t.m.conf.Hostile.Endless && (code == http.StatusNoContent || code == http.StatusOK && len(answer) == 0):
			body = nil
			if err := t.m.phone.cfg.Clock.Sleep(ctx, t.m.pause(endlessPause)); err != nil {
				return err
			}
			continue
		case code == http.StatusNoContent || code == http.StatusOK && len(answer) == 0:
			return nil
		case code != http.StatusOK:
			return fmt.Errorf("the server ended the session with %d", code)
		}
		if body, err = t.obey(ctx, answer); err != nil {
			return err
		}
	}
	return errors.New("the server never ends the session")
}

// obey carries out one request and returns the message that answers it.
func (t *talk) obey(ctx context.Context, request []byte) ([]byte, error) {
	e, err := cwmp.Decode(request)
	if err != nil {
		return nil, fmt.Errorf("the server's request: %w", err)
	}
	turn := Turn{}
	if t.m.conf.Script != nil {
		turn = t.m.conf.Script(e.Body)
	}
	if code := t.m.conf.Refuse[e.Body.Method()]; code != 0 {
		turn.Fault = code
	}
	var answer cwmp.Message
	switch {
	case turn.Cut == CutBefore:
		return nil, errGone
	case turn.Fault != 0:
		answer = refuse(turn.Fault)
	case slices.Contains(t.m.conf.Quirks.Silent, e.Body.Method()):
		return nil, nil // an empty message is all that it says
	default:
		answer = t.carryOut(ctx, e.Body)
	}
	switch turn.Cut {
	case CutAfter:
		return nil, errGone
	case CutPower:
		t.m.phone.Reboot()
		return nil, errGone
	}
	q := t.m.conf.Quirks
	if q.InformInstead && restarts(e.Body) { // the next that the server hears here is another Inform
		t.m.kept, t.wire.conn = t.wire.conn, nil
		return nil, errGone
	}
	out := t.encode(e.Answer(answer))
	if q.WrongID {
		out = t.encode(cwmp.Envelope{ID: e.ID + "0", HasID: true, Body: answer})
	}
	if q.PreviousAnswer && t.last != nil {
		out, t.last = t.last, out
		return out, nil
	}
	t.last = out
	return out, nil
}

func restarts(m cwmp.Message) bool {
	switch m.(type) {
	case *cwmp.Reboot, *cwmp.FactoryReset:
		return true
	}
	return false
}

// waiting is what the next Inform tells.
func (m *manager) waiting() []cwmp.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.flash.events)
}

// informOf makes an Inform, and says which watched values it tells.
func (m *manager) informOf(conf Management, events []cwmp.Event) (map[string]string, *cwmp.Inform) {
	m.mu.Lock()
	retry := m.status.Retry
	watched := []string{}
	for name, how := range m.flash.notify {
		if how != cwmp.NotifyOff {
			watched = append(watched, name)
		}
	}
	slices.Sort(watched)
	m.mu.Unlock()
	t := m.data(conf)
	msg := &cwmp.Inform{Device: m.identity(conf), Events: m.conf.Quirks.events(events), MaxEnvelopes: 1, CurrentTime: m.phone.now(), RetryCount: retry}
	for _, name := range append(forced(), t.wanted(events)...) {
		if v, ok := t.value(name); ok {
			msg.Parameters = append(msg.Parameters, v)
		}
	}
	msg.Parameters = append(msg.Parameters, m.conf.Hostile.padding()...)
	told := map[string]string{}
	for _, name := range watched {
		v, ok := t.value(name)
		if !ok {
			continue
		}
		if m.changed(name, v.Value) && !slices.ContainsFunc(msg.Parameters, func(p cwmp.ParameterValue) bool { return p.Name == v.Name }) {
			msg.Parameters = append(msg.Parameters, v)
		}
		told[name] = v.Value
	}
	return told, msg
}

func (m *manager) changed(name, value string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flash.told[name] != value
}

// identity is who the phone says it is.
func (m *manager) identity(conf Management) cwmp.DeviceID {
	d := cwmp.DeviceID{Manufacturer: conf.Maker, OUI: conf.OUI, ProductClass: conf.Class, SerialNumber: m.serial()}
	return m.conf.Quirks.device(d, m.phone.cfg.MAC)
}

func (m *manager) serial() string {
	if m.conf.Hostile.Serial != "" {
		return m.conf.Hostile.Serial
	}
	return upper(m.phone.cfg.MAC.String())
}

// informed is that the server took an Inform: what it told need not be told again.
func (m *manager) informed(conf Management, events []cwmp.Event, told map[string]string) {
	_, _, firmware := m.counts()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flash.events = slices.DeleteFunc(m.flash.events, func(e cwmp.Event) bool { return slices.Contains(events, e) })
	m.flash.known, m.flash.firmware = conf.URL, firmware
	for name, value := range told {
		m.flash.told[name] = value
	}
}
