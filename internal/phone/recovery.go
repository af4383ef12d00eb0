package phone

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Recoverer is a persona whose phones, when what they start from is broken, fetch
// it anew by TFTP.
type Recoverer interface {
	// Recovery says how; false where a model cannot.
	Recovery(Device) (Recovery, bool)
}

// Recovery is how a phone recovers: it asks a fixed server for a small system to
// start from, and then for its firmware.
type Recovery struct {
	Server   netip.Addr
	System   string // names of the files
	Firmware string
}

// Lamp is what the phone's lamps show, in the words of its guide.
type Lamp string

// What the lamps show. A phone that runs has its own use for them.
const (
	LampStart     Lamp = "MWI and MUTE red"
	LampBroken    Lamp = "MWI flashes yellow"
	LampWaits     Lamp = "MWI yellow"
	LampFailed    Lamp = "MWI flashes red"
	LampWorked    Lamp = "MWI flashes green"
	LampTemporary Lamp = "MWI yellow, temporary system"
	LampWrites    Lamp = "MWI flashes red, firmware is written"
	LampBlocked   Lamp = "MWI red"
	LampRuns      Lamp = "off"
)

// flashing is how long the lamps flash between two steps.
const flashing = 3 * time.Second

// writing is how long firmware is written, in the phone's minutes.
const writing = 5

// errBlocked stands in the status of a phone that could not recover.
var errBlocked = fault.New(fault.Invalid, "the phone could not recover, and waits to be switched off and on")

// recoverAll recovers a phone that is broken before it starts. One that fails is
// blocked until it is switched off and on, and then begins anew.
func (p *Phone) recoverAll(ctx context.Context) {
	for p.Status().Broken && ctx.Err() == nil {
		if p.recoverOnce(ctx) || ctx.Err() != nil {
			continue
		}
		p.note(errBlocked)
		for ctx.Err() == nil {
			if o, ok := p.sleep(ctx, time.Time{}); ok && (o == orderReboot || o == orderReset) {
				p.boot()
				break
			}
		}
	}
	p.show(LampRuns)
}

// recoverOnce is one try, from the moment when the phone finds that it is broken.
func (p *Phone) recoverOnce(ctx context.Context) bool {
	how, server, ok := p.recovery()
	if !ok {
		return false
	}
	p.show(LampBroken)
	_ = p.cfg.Clock.Sleep(ctx, flashing) // what ends it early is seen below
	p.show(LampWaits)
	if _, err := p.rescue(ctx, server, how.System); err != nil {
		p.show(LampFailed)
		_ = p.cfg.Clock.Sleep(ctx, flashing)
		return false
	}
	p.show(LampWorked)
	_ = p.cfg.Clock.Sleep(ctx, flashing)
	p.show(LampTemporary)
	image, err := p.rescue(ctx, server, how.Firmware)
	if err == nil {
		p.show(LampWrites)
		err = p.cfg.Clock.Sleep(ctx, writing*p.cfg.MinutesAs)
	}
	if err != nil {
		p.show(LampBlocked)
		return false
	}
	p.mu.Lock()
	p.status.Broken, p.dev.Firmware = false, image.Version
	p.mu.Unlock()
	p.boot()
	return true
}

// recovery is where the phone asks: at the guide's fixed address, or where its
// configuration says that this network has that server.
func (p *Phone) recovery() (Recovery, *url.URL, bool) {
	r, ok := p.cfg.Persona.(Recoverer)
	if !ok {
		return Recovery{}, nil, false
	}
	how, ok := r.Recovery(p.device())
	at := p.cfg.RescueServer
	if at == "" {
		at = how.Server.String()
	}
	return how, &url.URL{Scheme: "tftp", Host: at, Path: "/"}, ok
}

// rescue fetches a file and judges it; without a server it asks for ever.
func (p *Phone) rescue(ctx context.Context, server *url.URL, name string) (Image, error) {
	s, err := p.open(Place{Folder: server})
	if err != nil {
		p.note(err)
		return Image{}, err
	}
	defer s.Close()
	for {
		f, b := s.fetch(ctx, name, AtBoot, wanted{most: limit.FirmwareBytes})
		if ctx.Err() != nil {
			return Image{}, ctx.Err()
		}
		var image Image
		switch {
		case f.Code == http.StatusOK && f.Err == "":
			if image, err = DecodeImage(b.data); err == nil {
				err = image.fits(p.device().Model)
			}
			if f.Applied = err == nil; err != nil {
				f.Err = "not taken: " + fault.Message(err)
			}
		case f.Code != 0:
			err = fault.New(fault.Invalid, "the server has no %s", name)
		}
		p.record(f)
		if f.Code != 0 {
			return image, err
		}
	}
}

// show enters what the lamps show now.
func (p *Phone) show(l Lamp) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lamps) < keptFetches {
		p.lamps = append(p.lamps, l)
	}
	p.status.Lamp = l
	p.cfg.Log.Debug("phone shows", "mac", p.cfg.MAC, "lamps", l)
}

// Lamps returns what the phone's lamps have shown, oldest first, at most a thousand
// of them.
func (p *Phone) Lamps() []Lamp {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Lamp(nil), p.lamps...)
}
