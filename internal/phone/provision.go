package phone

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"bellwether/internal/platform/fault"
)

// provision is one round: it asks for the files in the persona's order and
// applies the first that exists, or all of them. It reports false where the
// round should be tried again soon: no server, or one that said "later".
// The settings that a file changes count from the next round on.
func (p *Phone) provision(ctx context.Context, reason Reason) bool {
	for range mostHops {
		out := p.hop(ctx, reason)
		if !out.follow || ctx.Err() != nil {
			return out.ok
		}
	}
	return true
}

// mostHops is how often a phone goes on at once to where a file sends it.
const mostHops = 2

// outcome is what became of a round.
type outcome struct {
	ok     bool // no need to ask again soon
	found  bool // there was a file
	follow bool // it goes on at once
}

// hop is one round, by what the lease tells and, where that leads to no file and
// the phone is set so, by the phone's own settings.
func (p *Phone) hop(ctx context.Context, reason Reason) outcome {
	p.mu.Lock()
	p.status.Rounds++
	p.status.LastError = ""
	p.mu.Unlock()
	held := p.Settings()
	counts, told := p.effective(held)
	out := p.round(ctx, reason, counts)
	if p.fellBack = told.Fallback && len(told.Settings) > 0 && !out.found && ctx.Err() == nil; p.fellBack {
		p.note(nil)
		out = p.round(ctx, reason, held)
	}
	return out
}

// round asks at one place.
func (p *Phone) round(ctx context.Context, reason Reason, held map[string]string) (out outcome) {
	plan, err := p.cfg.Persona.Plan(p.device(), held)
	if err != nil {
		p.note(err)
		return out
	}
	s, err := p.open(plan.Place)
	if err != nil {
		p.note(err)
		return out
	}
	defer s.Close()
	again := false
	for _, name := range plan.Names {
		f, data := s.get(ctx, name, reason)
		if ctx.Err() != nil {
			return outcome{ok: true}
		}
		there, broken := f.Code == http.StatusOK, f.failed()
		if there && !broken {
			s.apply(ctx, &f, data)
		}
		p.record(f)
		if f.Code == 0 { // nobody there: the other files are not either
			return out
		}
		again, out.found = again || broken, out.found || there
		if there && !plan.ProcessAll {
			return outcome{ok: !broken, found: true, follow: plan.Follow && f.Applied}
		}
	}
	if out.ok = !again; !out.found && !again && p.Status().LastError == "" {
		p.note(errNothing)
	}
	return out
}

// errNothing is not a failure: the phone waits for its timer.
var errNothing = errors.New("the server has none of the files")

// failed reports whether asking again soon makes sense.
func (f Fetch) failed() bool {
	return f.Code == 0 || f.Code >= 500 || f.Code == http.StatusTooManyRequests || f.Code == http.StatusOK && f.Err != ""
}

// apply takes over what a file says, all of it or nothing.
func (s *session) apply(ctx context.Context, f *Fetch, data []byte) {
	file, err := s.read(f.Name, data)
	if err == nil && file.Include != "" {
		file, err = s.pull(ctx, f.Reason, file)
	}
	if err != nil {
		f.Err = "not applied: " + fault.Message(err)
		return
	}
	f.Applied = true
	s.phone.take(f.Name, file)
}

// read opens a file and decodes it.
func (s *session) read(name string, data []byte) (File, error) {
	p := s.phone
	if g, ok := p.cfg.Persona.(Keeper); ok {
		var err error
		if data, err = g.Admit(p.device(), p.Settings(), data); err != nil {
			return File{}, err
		}
	}
	return p.cfg.Persona.Read(p.device(), name, data)
}

// pull fetches the file that another one wants first, and joins the two. Without
// it the other is no configuration (pessimistic); one that pulls in a third file
// is not followed.
func (s *session) pull(ctx context.Context, reason Reason, file File) (File, error) {
	f, data := s.get(ctx, file.Include, reason)
	var shared File
	var err error
	switch {
	case f.Code != http.StatusOK || f.Err != "":
		err = fault.New(fault.Invalid, "the file %s that it pulls in is not there", file.Include)
	default:
		shared, err = s.read(file.Include, data)
		f.Applied = err == nil
	}
	s.phone.record(f)
	if err == nil && shared.Include != "" {
		err = fault.New(fault.Invalid, "the file %s pulls in another one", file.Include)
	}
	if err != nil {
		return File{}, err
	}
	maps.Copy(shared.Settings, file.Settings)
	shared.Ignored = append(shared.Ignored, file.Ignored...)
	return shared, nil
}

// take makes the settings of a file of that name the phone's.
func (p *Phone) take(name string, file File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.cfg.Persona.(Keeper)
	protects := ok && g.Protects(p.settings)
	changed := 0
	for key, value := range file.Settings {
		if protects && p.typed[key] {
			continue
		}
		if old, held := p.settings[key]; !held || old != value {
			changed++
			p.settings[key] = value
		}
	}
	p.status.Applied++
	p.status.Changed = changed
	p.say(LogInfo, fmt.Sprintf("configuration %s applied, %d settings changed", name, changed))
	if changed > 0 {
		defer p.nudge()
	}
	p.status.Ignored = slices.Sorted(slices.Values(file.Ignored))
}

// record enters a request into log and status.
func (p *Phone) record(f Fetch) {
	p.cfg.Log.Debug("phone fetched", "mac", p.cfg.MAC, "file", f.Name, "status", f.Code, "bytes", f.Bytes, "applied", f.Applied, "problem", f.Err)
	p.say(LogDebug, fmt.Sprintf("fetch %s: %d", f.Name, f.Code))
	if f.Err != "" {
		p.say(LogError, "fetch "+f.Name+": "+f.Err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fetches) >= keptFetches {
		p.fetches = slices.Delete(p.fetches, 0, len(p.fetches)-keptFetches+1)
	}
	p.fetches = append(p.fetches, f)
	p.status.Fetches++
	p.status.LastFile, p.status.LastCode, p.status.LastFetch = f.Name, f.Code, f.At
	if f.Err != "" || f.Applied {
		p.status.LastError = f.Err
	}
}

// note enters why a round did not come to a request; nil begins anew.
func (p *Phone) note(err error) {
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.status.LastError = ""
		return
	}
	p.cfg.Log.Debug("phone cannot fetch", "mac", p.cfg.MAC, "problem", err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.LastError = err.Error()
}
