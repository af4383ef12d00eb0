package phone

import (
	"context"
	"time"

	"bellwether/internal/platform/fault"
)

// pad is the handset and the keys. The agent's mu guards it.
type pad struct {
	lifted bool
	digits string
	turn   int // of the last key; what waits for an earlier one does nothing
	last   string
	when   time.Time
}

// Lift takes the handset off; with automatic dialling that calls.
func (p *Phone) Lift() error {
	a := p.talker()
	if a == nil {
		return fault.New(fault.Unavailable, "the phone has no line")
	}
	a.mu.Lock()
	a.pad.lifted, a.pad.digits = true, ""
	a.pad.turn++
	turn := a.pad.turn
	a.mu.Unlock()
	a.do(func(ctx context.Context) {
		if l := a.lineFor(0); l != nil {
			a.tell(ctx, ActOffHook, l, "")
		}
		switch {
		case a.voice.AutoDial != "":
			if a.sleep(ctx, a.voice.AutoDialDelay) && a.still(turn) {
				_, _ = a.dial(Order{Line: 1, Number: a.voice.AutoDial}) // it is heard as a tone
			}
		case a.voice.OffHook > 0:
			if a.sleep(ctx, a.voice.OffHook) && a.still(turn) {
				a.putDown()
			}
		}
	})
	return nil
}

// PutDown puts the handset back.
func (p *Phone) PutDown() {
	if a := p.talker(); a != nil {
		a.putDown()
	}
}

func (a *agent) putDown() {
	a.mu.Lock()
	a.pad.lifted, a.pad.digits = false, ""
	a.pad.turn++
	a.mu.Unlock()
	a.do(func(ctx context.Context) {
		if l := a.lineFor(0); l != nil {
			a.tell(ctx, ActOnHook, l, "")
		}
	})
}

// Lifted reports whether the handset is off.
func (p *Phone) Lifted() bool {
	a := p.talker()
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pad.lifted
}

// still reports whether no key was pressed since.
func (a *agent) still(turn int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pad.lifted && a.pad.turn == turn
}

// Key presses a key while the handset is off: the digits are sent by the key for
// that, or when no further one follows in time.
func (p *Phone) Key(key byte) {
	a := p.talker()
	if a == nil {
		return
	}
	l := a.lineFor(0)
	a.mu.Lock()
	if !a.pad.lifted || l == nil {
		a.mu.Unlock()
		return
	}
	a.pad.turn++
	turn := a.pad.turn
	send := string(key) == l.Calls.SendKey && a.pad.digits != ""
	if !send {
		a.pad.digits += string(key)
	}
	digits := a.pad.digits
	if send {
		a.pad.digits = ""
	}
	a.mu.Unlock()
	a.do(func(ctx context.Context) {
		if !send {
			wait := l.Calls.KeyTimeout
			if wait <= 0 {
				wait = 4 * time.Second
			}
			if !a.sleep(ctx, wait) || !a.still(turn) {
				return
			}
			a.mu.Lock()
			a.pad.digits = ""
			a.mu.Unlock()
		}
		_, _ = a.dial(Order{Number: digits}) // what the plan forbids is heard as a tone
	})
}

// Redial calls the last number. It fails with fault.NotFound where that is
// forgotten.
func (p *Phone) Redial() (string, error) {
	a := p.talker()
	if a == nil {
		return "", fault.New(fault.Unavailable, "the phone has no line")
	}
	a.mu.Lock()
	last, when := a.pad.last, a.pad.when
	a.mu.Unlock()
	if last == "" || a.voice.Redial > 0 && a.clock.Now().Sub(when) >= a.own(a.voice.Redial) {
		return "", fault.New(fault.NotFound, "no last number")
	}
	return a.dial(Order{Number: last, From: FromOutgoing})
}

func (a *agent) remember(number string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pad.last, a.pad.when = number, a.clock.Now()
}

// MessageKey calls a line's voice mail.
func (p *Phone) MessageKey(index int) (string, error) {
	a := p.talker()
	if a == nil {
		return "", fault.New(fault.Unavailable, "the phone has no line")
	}
	l := a.lineFor(index)
	if l == nil || l.VoiceMail == "" {
		return "", fault.New(fault.NotFound, "the line has no voice mail number")
	}
	id := a.token(24)
	l.start(id, l.VoiceMail)
	return id, nil
}

// do runs work of a person's; on a phone that is switched off it is dropped.
func (a *agent) do(f func(context.Context)) {
	select {
	case a.work <- f:
	case <-a.gone:
	}
}
