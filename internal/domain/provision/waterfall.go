package provision

import (
	"slices"
	"time"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/revision"
	"bellwether/internal/vendors"
)

// Stage is one step of a phone's way from its first packet to being confirmed.
type Stage string

// The stages, in the order of the way.
const (
	Sought     Stage = "sought"      // it asked its network for a server
	Asked      Stage = "asked"       // the first request at a door
	Bootstraps Stage = "bootstrap"   // it was told our HTTPS address and nothing else
	Encrypted  Stage = "encrypted"   // TLS came about
	CameBack   Stage = "came_back"   // with the token that stood in the bootstrap
	Claiming   Stage = "claim"       // waits for somebody's word
	Proves     Stage = "proven"      // who it is
	Configured Stage = "delivered"   // it took its configuration whole
	OwnAddress Stage = "own_address" // it came by the address that the configuration named
	FirmwareAt Stage = "firmware"    // what it runs
	Registered Stage = "registered"  // at its SIP server
	Confirms   Stage = "confirmed"   // its own later word agrees
)

// Stages are all of them in order.
func Stages() []Stage {
	return []Stage{Sought, Asked, Bootstraps, Encrypted, CameBack, Claiming, Proves, Configured, OwnAddress, FirmwareAt, Registered, Confirms}
}

// Progress is how far a stage is.
type Progress string

// The states of a stage.
const (
	Done    Progress = "done"
	Here    Progress = "here"    // where the phone stands now
	Ahead   Progress = "ahead"   // still to come
	Skipped Progress = "skipped" // the phone's way did not lead over it
	Unseen  Progress = "unseen"  // nothing here can see it
)

// Step is a stage with what is known of it.
type Step struct {
	Stage    Stage
	Progress Progress
	At       time.Time     // zero where it has not happened or nobody saw it
	After    time.Duration // since the step before that has a time; zero for the first
	Door     vendors.Door
	Address  string
	Verdict  Verdict
	Text     string // what happened, or what is known; a sentence without its full stop
	Reason   identity.Reason
	Bytes    int64
	Took     time.Duration // of the answer
}

// Waterfall is a phone's way, and where it stands.
type Waterfall struct {
	MAC, DeviceID string
	Steps         []Step // one of each stage
	Stands        Stage  // "" where nothing is awaited
	Since         time.Time
	Awaits        string // one sentence: what is awaited, or that nothing is
	Reason        identity.Reason
	Remedy        string // what to do, "" for nothing
	Others        []Party
}

// Party is somebody else who asked in the phone's name since the phone last came.
type Party struct {
	Address string
	LastAt  time.Time
	Count   int64
	Text    string
}

// evidence is all that a waterfall is made of.
type evidence struct {
	mac      string
	device   device.Device // the zero value for a machine that is nobody's
	rows     []Entry       // by At
	claims   []identity.Claim
	window   time.Time // end of the claim window
	status   revision.Status
	lines    []account.Line
	firmware string // as it last told
	now      time.Time
}

// event is a row of the ledger at its first or its last time.
type event struct {
	at time.Time
	*Entry
}

// bare reports whether it was a request that nothing proved, answered with a
// bootstrap; plug and play is none.
func (e event) bare() bool {
	return e.Verdict == Bootstrap && e.Door != vendors.PnP && !e.Door.Managed()
}

// took reports whether the phone took its own configuration, or had it.
func (e event) took() bool {
	return e.Kind == vendors.Config && e.Revision != "" && (e.Verdict == Served || e.Verdict == NotModified) && !e.has(identity.Partial)
}

// own reports whether it came by a proof that lasts.
func (e event) own() bool { return e.Shown.Proven() && e.Shown != Shown(identity.Claimed) }

func (e *Entry) has(r identity.Reason) bool {
	return slices.ContainsFunc(e.Findings, func(f identity.Finding) bool { return f.Reason == r })
}

// events are the rows as they happened.
func events(rows []Entry) (out []event) {
	for i := range rows {
		r := &rows[i]
		if out = append(out, event{r.At, r}); r.LastAt.After(r.At) {
			out = append(out, event{r.LastAt, r})
		}
	}
	slices.SortStableFunc(out, func(a, b event) int { return a.at.Compare(b.at) })
	return out
}

// trip is the last way that a phone took: from its first packet, or from when it
// came with nothing again after it had its configuration. A party that the phone
// answers to by coming from another address is no new way of the phone's.
func trip(all []event) []event {
	start, took, at := 0, false, ""
	for i, e := range all {
		switch {
		case e.Shown.Proven():
			took, at = took || e.took(), e.Address
		case took && e.bare() && e.Address == cameFrom(all[i:], at):
			start, took = i, false
		}
	}
	return all[start:]
}

// cameFrom is where the next proven request came from, otherwise where the last
// one did.
func cameFrom(rest []event, otherwise string) string {
	for _, e := range rest {
		if e.Shown.Proven() {
			return e.Address
		}
	}
	return otherwise
}

// waterfall lays the evidence out.
func (ev evidence) waterfall() Waterfall {
	way := trip(events(ev.rows))
	way, others := ev.apart(way)
	w := Waterfall{MAC: ev.mac, DeviceID: ev.device.ID, Others: others}
	for _, s := range Stages() {
		w.Steps = append(w.Steps, ev.step(s, way))
	}
	w.Stands, w.Since, w.Reason, w.Awaits = ev.stands(way)
	if w.Remedy = w.Reason.Remedy(); w.Remedy == "" {
		w.Remedy = remedyAt(w.Stands, len(way) > 0)
	}
	w.place()
	return w
}

// apart takes out of a way what others asked in the phone's name after the phone
// last proved itself, from elsewhere.
func (ev evidence) apart(way []event) (mine []event, others []Party) {
	last, at := -1, ""
	for i, e := range way {
		if e.Shown.Proven() {
			last, at = i, e.Address
		}
	}
	if last < 0 {
		return way, nil
	}
	for i, e := range way {
		if i <= last || e.Address == at {
			mine = append(mine, e)
			continue
		}
		j := slices.IndexFunc(others, func(p Party) bool { return p.Address == e.Address })
		if j < 0 {
			j = len(others)
			others = append(others, Party{Address: e.Address})
		}
		others[j].LastAt, others[j].Text = e.at, e.Reason
		if e.at.Equal(e.At) {
			others[j].Count += e.Count
		}
	}
	return mine, others
}

// place says how far each step is, and how long after the one before it came.
func (w *Waterfall) place() {
	reached := false
	var before time.Time
	for i := range w.Steps {
		s := &w.Steps[i]
		switch {
		case s.Stage == w.Stands:
			s.Progress, reached = Here, true
		case s.Progress != "":
		case reached:
			s.Progress = Ahead
		default:
			s.Progress = Skipped
		}
		if !s.At.After(before) {
			continue
		}
		if !before.IsZero() {
			s.After = s.At.Sub(before)
		}
		before = s.At
	}
}
