package report

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/vendors"
)

const (
	// repeated is how long a request may come again because its answer was lost.
	repeated = 2 * time.Second
	// linesAtMost is the highest number that is a line's and no extension.
	linesAtMost = 16
)

// heard is a letter that was judged and counts.
type heard struct {
	letter Letter
	device device.Device
}

// takeIn judges letters and writes down what those tell that count.
func (s *Service) takeIn(ctx context.Context, batch []Letter) error {
	var good []heard
	var ids []string
	orgs := map[string]string{} // by device
	for _, l := range batch {
		d, ok := s.judge(ctx, l)
		if !ok {
			continue
		}
		good = append(good, heard{l, d})
		if orgs[d.ID] == "" {
			ids = append(ids, d.ID)
		}
		orgs[d.ID] = d.OrgID
	}
	if len(good) == 0 {
		return nil
	}
	events, words, err := s.follow(ctx, good, ids)
	if err != nil {
		return err
	}
	if err := s.DB.WriteHot(ctx, func(q db.Q) error { return save(ctx, q, events, words) }); err != nil {
		return err
	}
	for _, id := range ids {
		bus.Announce(s.Bus, orgs[id], "device-events", id)
	}
	s.seen(good, words)
	return nil
}

// seen tells the twins how the devices stand with their SIP servers now.
func (s *Service) seen(good []heard, words map[string]Words) {
	for _, h := range good {
		if status := words[h.device.ID].status(); status != "" {
			d := h.device
			s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: h.letter.at, Address: h.letter.Address.Unmap().String(), Door: string(h.letter.Door), Status: status})
		}
	}
}

// follow makes events of letters, and says what the last words of their devices are
// then.
func (s *Service) follow(ctx context.Context, good []heard, ids []string) ([]Event, map[string]Words, error) {
	lines, err := s.Accounts.Lines(ctx, ids...)
	if err != nil {
		return nil, nil, err
	}
	var words map[string]Words
	if err := s.DB.Read(ctx, func(q db.Q) (err error) {
		words, err = wordsOf(ctx, q, ids)
		return err
	}); err != nil {
		return nil, nil, err
	}
	events := make([]Event, len(good))
	for i, h := range good {
		events[i] = s.event(h, lines[h.device.ID])
		if words[h.device.ID] == nil {
			words[h.device.ID] = Words{}
		}
		words[h.device.ID].follow(events[i])
	}
	return events, words, nil
}

// judge says whose a letter is, and whether it counts. Each leaves a row in the
// ledger, but for a repetition.
func (s *Service) judge(ctx context.Context, l Letter) (device.Device, bool) {
	e := l.entry(provision.Refused)
	refuse := func(r identity.Reason, text string) (device.Device, bool) {
		e.Reason, e.Findings = text, append(e.Findings, identity.Finding{Reason: r, Text: text})
		s.Ledger.Note(e)
		return device.Device{}, false
	}
	if l.Problem != "" {
		return refuse(identity.Malformed, l.Problem)
	}
	who, said := s.Identity.ByReportKey(ctx, l.Key)
	d := who.Device()
	if !who.Known() {
		if said.Err != nil {
			s.Log.ErrorContext(ctx, "report not judged", "error", said.Err)
			e.Verdict = provision.Broken
		}
		e.Reason, e.Findings = said.Reason, said.Findings
		l.own(&e, said.Of())
		s.Ledger.Note(e)
		return device.Device{}, false
	}
	l.own(&e, d)
	event := vendors.Event(l.Event)
	switch {
	case !s.known[event]:
		return refuse(identity.Malformed, "it tells of an event that is none that phones are known to tell")
	case s.again(d.ID, told{event, l.Claims, l.at}):
		return device.Device{}, false
	case !s.devices.Take(d.ID, l.at):
		return refuse(identity.RateLimited, "rate limited: the device tells of too many events in a short time")
	}
	s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: l.at, Address: e.Address, Door: string(l.Door), UserAgent: e.UserAgent})
	e.Verdict, e.Reason = provision.Reported, said.Reason+": it told what happens on it"
	s.Ledger.Note(e)
	return d, true
}

// entry is a letter's row in the ledger.
func (l Letter) entry(v provision.Verdict) provision.Entry {
	return provision.Entry{At: l.at, Door: l.Door, Address: l.Address.Unmap().String(), Name: provision.ActionName, UserAgent: provision.Printable(l.UserAgent, limit.UserAgent), Verdict: v, Status: l.Status}
}

// own makes a row one of a device's; of nobody's where it is the zero value.
func (Letter) own(e *provision.Entry, d device.Device) {
	e.DeviceID, e.TenantID, e.OrgID, e.MAC = d.ID, d.TenantID, d.OrgID, d.MAC.String()
}

// again reports whether a device told the very same just before: its answer was
// lost, and it asked once more.
func (s *Service) again(deviceID string, t told) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, ok := s.last[deviceID]
	if len(s.last) >= limit.ReportDevices {
		clear(s.last)
	}
	s.last[deviceID] = t
	since := t.at.Sub(before.at)
	return ok && before.event == t.event && before.claims == t.claims && since >= 0 && since < repeated
}

func (s *Service) event(h heard, lines []account.Line) Event {
	d, c := h.device, h.letter.Claims
	e := Event{ID: s.DB.NewID(), TenantID: d.TenantID, OrgID: d.OrgID, DeviceID: d.ID, At: h.letter.at, Event: vendors.Event(h.letter.Event), Line: lineOf(c.Account, lines), Number: masked(c.Remote, limit.EventDigits)}
	if a, err := netip.ParseAddr(c.Address); err == nil && e.Event == vendors.AddressChanged {
		e.Address = a.WithZone("").String()
	}
	return e
}

// lineOf is the line that a phone means: by the user of its account or by its
// number, and where it says nothing that helps the only one that it has. 0 where
// that is not known.
func lineOf(claim string, lines []account.Line) int {
	for _, l := range lines {
		if claim != "" && (strings.EqualFold(l.Account.UserID, claim) || strings.EqualFold(l.Account.Name, claim)) {
			return l.N
		}
	}
	if n, err := strconv.Atoi(claim); err == nil && n >= 1 && n <= linesAtMost {
		for _, l := range lines {
			if l.N == n {
				return n
			}
		}
	}
	if len(lines) == 1 {
		return lines[0].N
	}
	return 0
}
