package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// LegacyUse is a phone that a legacy flag let in.
type LegacyUse struct {
	DeviceID string
	Proof    Proof
	Door     string
	Address  string
	LastAt   time.Time // when the flag let it in last
	SafeAt   time.Time // when it last came with a proof that needs no flag, zero for never since then
	Breaks   bool      // it gets no configuration once the flag serves no longer
}

// LegacyUses are the phones of a site that its flag let in: those that will break
// first, then the latest, at most limit.LegacyShown of them.
type LegacyUses struct {
	List     []LegacyUse
	Breaking int // of all, also of those that are not listed
}

// legacyLately is how long ago a phone may have used the flag to count as one
// that will break: the longest interval that phones fetch in, and some more.
const legacyLately = 30 * 24 * time.Hour

// Legacy lists the phones that a site's legacy flag let in. The caller has
// checked that the actor sees the site.
func (s *Service) Legacy(ctx context.Context, siteID string) (out LegacyUses, err error) {
	since := s.db.Now().Add(-legacyLately)
	err = s.db.Read(ctx, func(q db.Q) error {
		if out.Breaking, err = countBreaking(ctx, q, siteID, since); err != nil {
			return err
		}
		out.List, err = listLegacy(ctx, q, siteID, since)
		return err
	})
	return out, err
}

// legacyNote is what is noted of a phone since the last write.
type legacyNote struct {
	proof         Proof
	door, address string
	at, safe      time.Time // zero: not since then
}

// legacyNotes are the phones that came since the last write.
type legacyNotes struct {
	mu   sync.Mutex // guards rows
	rows map[string]legacyNote
}

func newLegacyNotes() *legacyNotes { return &legacyNotes{rows: map[string]legacyNote{}} }

// add takes a note in, over an older one. Beyond limit.LegacyNoted phones it is
// lost, and made again when the phone comes the next time.
func (l *legacyNotes) add(id string, n legacyNote) {
	l.mu.Lock()
	defer l.mu.Unlock()
	have, ok := l.rows[id]
	if !ok && len(l.rows) >= limit.LegacyNoted {
		return
	}
	if n.at.IsZero() {
		n.proof, n.door, n.address, n.at = have.proof, have.door, have.address, have.at
	}
	if n.safe.IsZero() {
		n.safe = have.safe
	}
	l.rows[id] = n
}

func (l *legacyNotes) take() map[string]legacyNote {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.rows
	l.rows = map[string]legacyNote{}
	return out
}

// noteProven notes whether a proven device needed the flag.
func (s *Service) noteProven(a AuthenticatedDevice, ev Evidence) {
	n := legacyNote{safe: s.db.Now()}
	switch a.proof {
	case ClearToken, LegacyNamed, ClearPassword:
		n = legacyNote{proof: a.proof, door: string(ev.Door), address: ev.Address.Unmap().WithZone("").String(), at: n.safe}
	case Certificate, PathToken, Password, Claimed:
	}
	s.legacyUses.add(a.deviceID, n)
}

// flushLegacy writes the notes down; what could not be written waits on.
func (s *Service) flushLegacy(ctx context.Context) error {
	batch := s.legacyUses.take()
	if len(batch) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error { return saveLegacy(ctx, tx, batch) })
	if err == nil {
		return nil
	}
	newer := s.legacyUses.take()
	for _, m := range []map[string]legacyNote{batch, newer} {
		for id, n := range m {
			s.legacyUses.add(id, n)
		}
	}
	return fmt.Errorf("write down what %d phones came with: %w", len(batch), err)
}

// JobLegacy is the sweep that warns of legacy flags which end, of those that have
// ended and serve yet, and of networks that are trusted.
const JobLegacy = "identity.legacy"

// HandleLegacy is JobLegacy's handler.
func (s *Service) HandleLegacy(ctx context.Context, _ json.RawMessage) error {
	ctx = scope.AsSystem(ctx, JobLegacy)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		sites, err := s.orgs.WatchedSites(ctx, tx)
		for _, site := range sites {
			if err == nil {
				err = s.warnLegacy(ctx, tx, site)
			}
			if err == nil {
				err = s.warnTrusted(ctx, tx, site)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look after legacy flags: %w", err)
	}
	return nil
}

// warnLegacy raises what is to be said of a site's flag now, and clears the rest.
func (s *Service) warnLegacy(ctx context.Context, tx *db.Tx, site org.Site) error {
	now := s.db.Now()
	flag := site.LegacyAt(now)
	ending, grace := Warning{Code: WarnLegacyEnding, Site: site}, Warning{Code: WarnLegacyGrace, Site: site}
	lately, day := now.Add(-legacyLately), now.Add(-24*time.Hour)
	switch flag.State {
	case org.LegacyEnding:
		n, err := countBreaking(ctx, tx, site.ID, lately)
		if err != nil {
			return err
		}
		ending.Text = "The legacy flag of " + site.Name + " ends on " + date(flag.Until) + ". " + phones(n, "needs it", "need it") +
			", by what was seen in the last 30 days. They are served until " + date(flag.Ends) + ", and get no configuration after that."
		return s.either(ctx, tx, ending, grace, "the flag has not ended yet")
	case org.LegacyGrace:
		n, err := countLetIn(ctx, tx, site.ID, day)
		if err != nil {
			return err
		}
		grace.Text = "The legacy flag of " + site.Name + " ended on " + date(flag.Until) + " and serves until " + date(flag.Ends) + ". " + phones(n, "was", "were") + " let in by it in the last day."
		return s.either(ctx, tx, grace, ending, "the flag has reached its end date")
	case org.LegacyOff, org.LegacyOn, org.LegacyOver:
	}
	return s.unwarn(ctx, tx, legacyGone(flag.State), ending, grace)
}

func legacyGone(st org.LegacyState) string {
	switch st {
	case org.LegacyOver:
		return "the flag is over: phones get a bootstrap alone"
	case org.LegacyOff:
		return "the flag was taken away"
	case org.LegacyOn, org.LegacyEnding, org.LegacyGrace:
	}
	return "the flag was changed"
}

// either raises one warning on a site and clears another.
func (s *Service) either(ctx context.Context, tx *db.Tx, raise, clear Warning, gone string) error {
	if err := s.unwarn(ctx, tx, gone, clear); err != nil || s.alarms == nil {
		return err
	}
	return s.alarms.Raise(ctx, tx, raise)
}

// unwarn clears warnings on a site.
func (s *Service) unwarn(ctx context.Context, tx *db.Tx, gone string, list ...Warning) error {
	for _, w := range list {
		if s.alarms == nil {
			return nil
		}
		w.Text = gone
		if err := s.alarms.Clear(ctx, tx, w); err != nil {
			return err
		}
	}
	return nil
}

// warnTrusted tells that a site's network is trusted, and clears that once it is
// not.
func (s *Service) warnTrusted(ctx context.Context, tx *db.Tx, site org.Site) error {
	w := Warning{Code: WarnTrusted, Site: site}
	if !site.TrustedUntil.After(s.db.Now()) {
		return s.unwarn(ctx, tx, "the network is not trusted any more", w)
	}
	if s.alarms == nil {
		return nil
	}
	nets := make([]string, len(site.TrustedNets))
	for i, n := range site.TrustedNets {
		nets[i] = n.String()
	}
	w.Text = "Until " + date(site.TrustedUntil) + " phones of " + site.Name + " that are in the record and were never claimed get in without approval from " + strings.Join(nets, ", ") + "."
	return s.alarms.Raise(ctx, tx, w)
}

// SiteChanged clears at once what was warned of a site's flag where the flag has
// changed; the next sweep says what holds then. That a network is trusted is told
// at once. It is an org.SiteChange.
func (s *Service) SiteChanged(ctx context.Context, tx *db.Tx, before, after org.Site) error {
	if !before.TrustedUntil.Equal(after.TrustedUntil) {
		if err := s.unwarn(ctx, tx, "the network is not trusted any more", Warning{Code: WarnTrusted, Site: before}); err != nil {
			return err
		}
		if after.ID != "" {
			if err := s.warnTrusted(ctx, tx, after); err != nil {
				return err
			}
		}
	}
	now := s.db.Now()
	was, is := before.LegacyAt(now), after.LegacyAt(now)
	if after.ID != "" && was.State == is.State && was.Until.Equal(is.Until) {
		return nil
	}
	return s.unwarn(ctx, tx, legacyGone(is.State), Warning{Code: WarnLegacyEnding, Site: before}, Warning{Code: WarnLegacyGrace, Site: before})
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func phones(n int, one, many string) string {
	switch n {
	case 0:
		return "No phone " + one
	case 1:
		return "1 phone " + one
	}
	return strconv.Itoa(n) + " phones " + many
}
