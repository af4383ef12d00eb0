package report

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/bucket"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

const (
	flushEvery = 100 * time.Millisecond
	flushChunk = 1000 // requests that are looked at together
	pruneEvery = time.Minute

	laterStatus = 503 // of HTTP, by which these reports come alone
)

// Deps are what a Service needs.
type Deps struct {
	DB       *db.DB
	Identity *identity.Service
	Accounts *account.Service
	Twins    *device.Twins
	Ledger   *provision.Ledger
	Bus      bus.Bus
	Log      *slog.Logger
}

// Letter is a request as it came to a door, before any judgement.
type Letter struct {
	Door      vendors.Door
	Address   netip.Addr // the peer's
	UserAgent string
	Key       string
	Event     string // in lower case
	Claims    Claims
	// Problem is why the door holds it for none that tells anything, in words; ""
	// where it does not. Beside it Key and Event do not count.
	Problem string
	Status  int // that the door answers, in its own numbers, unless Take says no

	at time.Time
}

// Claims are what the phone says of itself; "" is what it did not say.
type Claims struct{ Address, Account, Remote string }

// Service takes letters in. New makes one, Run drives it.
type Service struct {
	Deps
	known     map[vendors.Event]bool
	addresses *bucket.Set[netip.Prefix]
	devices   *bucket.Set[string]
	writing   sync.Mutex // one flush at a time, so that events are taken in the order in which they came

	mu      sync.Mutex // guards what follows
	waiting []Letter
	last    map[string]told // by device
}

// told is the last thing that a device told, to know it again.
type told struct {
	event  vendors.Event
	claims Claims
	at     time.Time
}

// New returns a service.
func New(d Deps) *Service {
	s := &Service{Deps: d, known: map[vendors.Event]bool{}, last: map[string]told{},
		addresses: bucket.New[netip.Prefix](limit.ReportBurst, limit.ReportSecond, limit.ReportNetworks),
		devices:   bucket.New[string](limit.ReportDevice, limit.ReportRefill, limit.ReportDevices)}
	for _, e := range vendors.Events() {
		s.known[e] = true
	}
	return s
}

// Take takes a letter in. It neither waits nor judges; false means that this address
// sends too many, whatever they are, and is to come later.
func (s *Service) Take(l Letter) bool {
	l.at = s.DB.Now()
	if !s.addresses.Take(network(l.Address), l.at) || !s.queue(l) {
		e := l.entry(provision.Busy)
		e.Status = laterStatus
		e.Reason = "rate limited: too many events come from this address, or from all together"
		e.Findings = []identity.Finding{{Reason: identity.RateLimited, Text: e.Reason}}
		s.Ledger.Note(e)
		return false
	}
	return true
}

func (s *Service) queue(l Letter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) >= limit.ReportQueue {
		return false
	}
	s.waiting = append(s.waiting, l)
	return true
}

// network is an address, or the /64 of one of IPv6.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero address, of a door that knows none, has the zero prefix
	return p
}

// Run looks at letters until ctx ends, and then once more.
func (s *Service) Run(ctx context.Context) error {
	var pruned time.Time
	for s.DB.Clock().Sleep(ctx, flushEvery) == nil {
		last := context.WithoutCancel(ctx)
		if err := s.Flush(last); err != nil {
			s.Log.ErrorContext(ctx, "reports not written", "error", err)
		}
		if now := s.DB.Now(); now.Sub(pruned) >= pruneEvery {
			pruned = now
			if err := s.Prune(last); err != nil {
				s.Log.ErrorContext(ctx, "old events not dropped", "error", err)
			}
		}
	}
	return s.Flush(context.WithoutCancel(ctx))
}

// Flush judges all that came before and writes down what it tells. What could not be
// written is lost: it is only a report.
func (s *Service) Flush(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	ctx = scope.AsSystem(ctx, "report.flush")
	for {
		s.mu.Lock()
		n := min(len(s.waiting), flushChunk)
		batch := s.waiting[:n:n]
		s.waiting = append([]Letter(nil), s.waiting[n:]...)
		s.mu.Unlock()
		if n == 0 {
			return nil
		}
		if err := s.takeIn(ctx, batch); err != nil {
			return err
		}
	}
}

// Prune drops events that are too old.
func (s *Service) Prune(ctx context.Context) error {
	before := clock.Millis(s.DB.Now().AddDate(0, 0, -limit.EventDays))
	return s.DB.WriteHot(scope.AsSystem(ctx, "report.prune"), func(q db.Q) error { return dropOldEvents(ctx, q, before) })
}

// Forget drops what a device told.
func (s *Service) Forget(ctx context.Context, deviceID string) error {
	s.mu.Lock()
	delete(s.last, deviceID)
	s.mu.Unlock()
	return s.DB.WriteHot(scope.AsSystem(ctx, "report.forget"), func(q db.Q) error { return dropTold(ctx, q, deviceID) })
}

// Words returns the last words of a device that the caller may see.
func (s *Service) Words(ctx context.Context, deviceID string) (Words, error) {
	var all map[string]Words
	err := s.DB.Read(ctx, func(q db.Q) (err error) {
		all, err = wordsOf(ctx, q, []string{deviceID})
		return err
	})
	return all[deviceID], err
}

// Events returns what a device told that the caller may see, the newest first.
func (s *Service) Events(ctx context.Context, deviceID string) (out []Event, err error) {
	since := clock.Millis(s.DB.Now().AddDate(0, 0, -limit.EventDays))
	err = s.DB.Read(ctx, func(q db.Q) error {
		out, err = eventsOf(ctx, q, deviceID, since)
		return err
	})
	return out, err
}
