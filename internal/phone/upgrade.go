package phone

import (
	"context"
	"fmt"
	"net/http"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Upgrader is a persona whose phones fetch their firmware.
type Upgrader interface {
	// Upgrade says where firmware is, and false where the settings name no place.
	Upgrade(Device, map[string]string) (Upgrade, bool)
}

// Upgrade is how a phone looks for firmware.
type Upgrade struct {
	Place
	Name  string // of the image, with what stands around it
	Affix string // what stands around it
	Check Check
}

// Check is when a phone looks for firmware.
type Check string

// The modes ("Firmware Upgrade and Provisioning" of the guide).
const (
	CheckAlways Check = ""
	CheckAffix  Check = "affix" // only when what stands around the name has changed
	CheckNever  Check = "never"
)

// firmware is what the phone knows of the images that it fetched.
type firmware struct {
	affix string // around the name when it last looked
	from  string // where a part comes from
	part  []byte // of an image that broke off
}

// upgrade looks for firmware and installs what is whole, for this model and another
// version than the phone has. It reports that the phone restarts, or that it should
// look again soon. An order to look counts whatever the mode is.
func (p *Phone) upgrade(ctx context.Context, reason Reason) (restarts, ok bool) {
	u, names := p.cfg.Persona.(Upgrader)
	if !names {
		return false, true
	}
	how, asks := u.Upgrade(p.device(), p.counts())
	if !asks || reason != ByOrder && (how.Check == CheckNever || how.Check == CheckAffix && how.Affix == p.firmware.affix) {
		return false, true
	}
	if name := p.orderedImage(); name != "" {
		how.Name = name
	}
	s, err := p.open(how.Place)
	if err != nil {
		p.note(err)
		return false, false
	}
	defer s.Close()
	f, image := p.image(ctx, s, how, reason)
	if ctx.Err() != nil {
		return false, true
	}
	if f.Code != 0 && f.Code < 500 {
		p.firmware.affix = how.Affix
	}
	version := ""
	if f.Code == http.StatusOK && f.Err == "" {
		if version, err = p.install(image); err != nil {
			f.Err = "not installed: " + fault.Message(err)
		}
		f.Applied = version != ""
	}
	broken := f.failed() && !p.refused(err)
	p.record(f)
	if version == "" {
		return false, !broken
	}
	_ = p.cfg.Clock.Sleep(ctx, p.cfg.MinutesAs) // "about 60 s"; ended early it is switched off
	p.mu.Lock()
	p.dev.Firmware = version
	p.status.Upgrades++
	p.mu.Unlock()
	return true, true
}

// orderedImage is the image that somebody ordered by its name, once.
func (p *Phone) orderedImage() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := p.ordered
	p.ordered = ""
	return name
}

// counts are the settings that count for the rest of a round: the phone's own where
// its lease led to no configuration.
func (p *Phone) counts() map[string]string {
	held := p.Settings()
	if p.fellBack {
		return held
	}
	counts, _ := p.effective(held)
	return counts
}

// refused reports whether an image was judged: fetching it again would bring the
// same one.
func (*Phone) refused(err error) bool { return fault.Is(err, fault.Invalid) }

// image fetches one, or the rest of one that broke off before.
func (p *Phone) image(ctx context.Context, s *session, how Upgrade, reason Reason) (Fetch, []byte) {
	fw := &p.firmware
	at := how.Folder.String() + how.Name
	if fw.from != at {
		fw.from, fw.part = at, nil
	}
	f, b := s.fetch(ctx, how.Name, reason, wanted{most: limit.FirmwareBytes, from: int64(len(fw.part))})
	whole := append(fw.part[:min(b.from, int64(len(fw.part)))], b.data...)
	switch {
	case f.Code == http.StatusOK && f.Err != "":
		fw.part = whole // the rest is for later
	case f.Code != 0:
		fw.part = nil
	}
	return f, whole
}

// install judges an image. It returns the version to move to, "" where the phone
// has it already; an image in error changes nothing.
func (p *Phone) install(data []byte) (string, error) {
	i, err := DecodeImage(data)
	if err != nil {
		return "", err
	}
	d := p.device()
	if err := i.fits(d.Model); err != nil || i.Version == d.Firmware {
		return "", err
	}
	p.say(LogInfo, fmt.Sprintf("firmware %s installed, was %s", i.Version, d.Firmware))
	return i.Version, nil
}

// Collector is a persona whose phones fetch files beside configuration and
// firmware.
type Collector interface {
	Extras(Device, map[string]string) []Extra
}

// Extra is such a file.
type Extra struct {
	Place
	Kind string // "phonebook"
	Name string
	Most int64 // bytes that fit
}

// collect fetches the further files that the settings name, each once a round.
func (p *Phone) collect(ctx context.Context, reason Reason) {
	c, ok := p.cfg.Persona.(Collector)
	if !ok {
		return
	}
	for _, e := range c.Extras(p.device(), p.counts()) {
		s, err := p.open(e.Place)
		if err != nil {
			p.note(err)
			continue
		}
		f, b := s.fetch(ctx, e.Name, reason, wanted{most: e.Most})
		s.Close()
		if ctx.Err() != nil {
			return
		}
		if f.Applied = f.Code == http.StatusOK && f.Err == ""; f.Applied {
			p.mu.Lock()
			p.extras[e.Kind] = b.data
			p.mu.Unlock()
		}
		p.record(f)
	}
}

// Extra returns a file of a kind that the phone has fetched last, nil for none.
func (p *Phone) Extra(kind string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.extras[kind]
}

// look is all that the phone does when it looks for files: its configuration, then
// by what that says firmware, then the rest. It reports that the phone restarts,
// and that it need not look again soon.
func (p *Phone) look(ctx context.Context, reason Reason) (restarts, ok bool) {
	ok = p.provision(ctx, reason)
	if ctx.Err() != nil {
		return false, ok
	}
	restarts, got := p.upgrade(ctx, reason)
	if !restarts && ctx.Err() == nil {
		p.collect(ctx, reason)
	}
	p.mu.Lock()
	p.status.Looks++
	p.mu.Unlock()
	return restarts, ok && got
}
