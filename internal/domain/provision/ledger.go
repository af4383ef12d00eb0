package provision

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

const (
	ledgerEvery  = 250 * time.Millisecond
	ledgerQueue  = 50_000 // entries that wait in memory; beyond that they are counted and dropped
	ledgerChunk  = 1000
	collapseSpan = time.Hour
)

// Ledger is the record of what the doors answered. Notes are written behind in
// batches; equal ones of one hour become one row with a count. Whose a note is, is
// looked up then: nobody who asks waits for it, so that the time tells no known
// name from an unknown one. Strangers are sampled: beyond limit.StrangersHour rows
// an hour only a counter grows.
type Ledger struct {
	db      *db.DB
	devices *device.Service
	bus     bus.Bus
	log     *slog.Logger
	met     func(context.Context, []device.Unclaimed) error // nil for none
	writing sync.Mutex                                      // one flush at a time: an older state is never written over a newer one

	mu        sync.Mutex // guards what follows
	inbox     []*Entry   // as they came
	came      map[sameness]*Entry
	waiting   []*Entry
	recent    map[sameness]*Entry // the hour's rows, limit.LedgerRecent at most
	most      int                 // of recent
	hour      time.Time
	strangers int
	unnamed   int64 // strangers' requests beyond the sample
	dropped   int64
	pool      map[string]device.Unclaimed
}

// sameness is what makes two requests of an hour one row.
type sameness struct {
	device, mac, name, address, revision string
	reason                               string // of a known device: each step of its way is a row; of a handshake its code
	shown                                Shown
	door                                 vendors.Door
	verdict                              Verdict
	status                               int
}

// NewLedger returns an empty ledger; Run drives it.
func NewLedger(d *db.DB, dev *device.Service, b bus.Bus, log *slog.Logger) *Ledger {
	return &Ledger{db: d, devices: dev, bus: b, log: log, most: limit.LedgerRecent, came: map[sameness]*Entry{}, recent: map[sameness]*Entry{}, pool: map[string]device.Unclaimed{}}
}

// OnStrangers has fn called with the strangers that were written down. It is called
// before Run.
func (l *Ledger) OnStrangers(fn func(context.Context, []device.Unclaimed) error) { l.met = fn }

// Note takes an entry in. It neither waits nor fails, and takes as long for a name
// that is known as for one that is not.
func (l *Ledger) Note(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.LastAt, e.Count = e.At, 1
	key := e.sameness()
	key.reason = e.Reason
	if same := l.came[key]; same != nil && same.At.Truncate(collapseSpan).Equal(e.At.Truncate(collapseSpan)) {
		same.again(e)
		return
	}
	if len(l.inbox) >= ledgerQueue {
		l.dropped++
		return
	}
	l.came[key] = &e
	l.inbox = append(l.inbox, &e)
}

func (e Entry) sameness() sameness {
	return sameness{device: e.DeviceID, mac: e.MAC, name: e.Name, address: e.Address, revision: e.Revision, door: e.Door, verdict: e.Verdict, status: e.Status, shown: e.Shown}
}

// again counts a later entry that is the same.
func (e *Entry) again(o Entry) {
	e.Count += o.Count
	e.LastAt, e.Reason, e.Bytes, e.Took, e.UserAgent = o.LastAt, o.Reason, o.Bytes, o.Took, o.UserAgent
	e.Findings, e.more = o.Findings, o.more
	if o.stranger != nil {
		e.stranger = o.stranger
	}
}

// sort finds whose the notes are that came, and puts them among those that wait to
// be written. It reports whether some are left.
func (l *Ledger) sort(ctx context.Context) (left bool, err error) {
	l.mu.Lock()
	n := min(len(l.inbox), ledgerChunk)
	batch := l.inbox[:n:n]
	l.inbox = append([]*Entry(nil), l.inbox[n:]...)
	clear(l.came)
	l.mu.Unlock()
	var macs []string
	for _, e := range batch {
		if e.DeviceID == "" && e.MAC != "" {
			macs = append(macs, e.MAC)
		}
	}
	owners, err := l.devices.Owners(ctx, macs)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.inbox = append(batch, l.inbox...)
		return true, err
	}
	for _, e := range batch {
		if o, ok := owners[e.MAC]; ok && e.DeviceID == "" {
			e.DeviceID, e.TenantID, e.OrgID = o.DeviceID, o.TenantID, o.OrgID
			if e.Door == vendors.IPP {
				l.devices.Glimpsed(o, mac.Address(e.MAC), e.LastAt)
			}
		}
		l.keep(*e)
	}
	return len(l.inbox) > 0, nil
}

// keep makes a row of an entry, or counts it to the row that is the same.
func (l *Ledger) keep(e Entry) {
	if h := e.At.Truncate(collapseSpan); h.After(l.hour) {
		l.hour, l.strangers, l.unnamed = h, 0, 0
		clear(l.recent)
	}
	if e.DeviceID == "" && e.stranger != nil {
		e.stranger.Requests = e.Count
		l.meet(*e.stranger)
	}
	key := e.sameness()
	switch {
	case e.DeviceID != "":
		key.reason = e.Reason
	case e.Verdict == Handshake && len(e.Findings) > 0:
		key.reason = string(e.Findings[0].Reason)
	}
	if same := l.recent[key]; same != nil {
		same.again(e)
		l.queue(same)
		return
	}
	if e.DeviceID == "" {
		if l.strangers >= limit.StrangersHour {
			l.unnamed += e.Count
			return
		}
		l.strangers++
	}
	e.ID = l.db.NewID()
	l.forget()
	l.recent[key] = &e
	l.queue(&e)
}

// forget makes room among the hour's rows. Whichever is forgotten is written all
// the same; a request like it only begins a further row.
func (l *Ledger) forget() {
	for key := range l.recent {
		if len(l.recent) < l.most {
			return
		}
		delete(l.recent, key)
	}
}

// queue puts an entry among those that wait to be written, once.
func (l *Ledger) queue(e *Entry) {
	if e.queued {
		return
	}
	if len(l.waiting) >= ledgerQueue {
		l.dropped++
		return
	}
	e.queued = true
	l.waiting = append(l.waiting, e)
}

// meet notes a machine for the unclaimed pool.
func (l *Ledger) meet(u device.Unclaimed) {
	if old, ok := l.pool[u.MAC.String()]; ok {
		u.Requests += old.Requests
	} else if len(l.pool) >= limit.StrangersHour {
		return
	}
	l.pool[u.MAC.String()] = u
}

// Run writes behind until ctx ends, and then once more. A write that is under
// way at the end is finished.
func (l *Ledger) Run(ctx context.Context) error {
	for l.db.Clock().Sleep(ctx, ledgerEvery) == nil {
		if err := l.Flush(context.WithoutCancel(ctx)); err != nil {
			l.log.ErrorContext(ctx, "ledger not written", "error", err)
		}
	}
	return l.Flush(context.WithoutCancel(ctx))
}

// Flush writes what waits, and returns when all that was noted before is written.
// What could not be written waits on.
func (l *Ledger) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	ctx = scope.AsSystem(ctx, "provision.ledger")
	for {
		left, err := l.sort(ctx)
		if err != nil {
			return err
		}
		batch, pool, dropped := l.take()
		if dropped > 0 {
			l.log.WarnContext(ctx, "ledger entries dropped", "count", dropped)
		}
		if len(batch) == 0 && len(pool) == 0 {
			if left {
				continue
			}
			return nil
		}
		explained := l.explain(ctx, batch)
		if err := l.db.Write(ctx, func(tx *db.Tx) error { return saveEntries(ctx, tx, explained) }); err != nil {
			l.putBack(batch, pool)
			return err
		}
		if err := l.devices.NoteStrangers(ctx, pool); err != nil {
			l.putBack(nil, pool)
			return err
		}
		if l.met != nil {
			if err := l.met(ctx, pool); err != nil {
				l.log.WarnContext(ctx, "strangers not looked at", "error", err)
			}
		}
		l.tell(explained)
	}
}

// explain has each entry find what else is wrong. One that cannot be explained
// is written as it is.
func (l *Ledger) explain(ctx context.Context, batch []Entry) []Entry {
	out := make([]Entry, len(batch))
	for i, e := range batch {
		out[i] = e
		if e.more == nil {
			continue
		}
		told, err := e.more(ctx, e)
		if err != nil {
			l.log.WarnContext(ctx, "request not explained", "mac", e.MAC, "error", err)
			continue
		}
		out[i] = told
	}
	return out
}

func (l *Ledger) take() (batch []Entry, pool []device.Unclaimed, dropped int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), ledgerChunk)
	for _, e := range l.waiting[:n] {
		e.queued = false
		batch = append(batch, *e)
	}
	l.waiting = append([]*Entry(nil), l.waiting[n:]...)
	for _, u := range l.pool {
		pool = append(pool, u)
	}
	clear(l.pool)
	dropped, l.dropped = l.dropped, 0
	return batch, pool, dropped
}

func (l *Ledger) putBack(batch []Entry, pool []device.Unclaimed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range batch {
		l.queue(&batch[i])
	}
	for _, u := range pool {
		l.meet(u)
	}
}

func (l *Ledger) tell(batch []Entry) {
	told := map[string]bool{}
	for _, e := range batch {
		if e.OrgID != "" && !told[e.OrgID] {
			told[e.OrgID] = true
			bus.Announce(l.bus, e.OrgID, "requests", e.ID)
		}
	}
}

// Filter narrows a list of the ledger.
type Filter struct {
	db.Page
	OrgID, DeviceID    string
	MAC, Address, Name string
	Verdict            Verdict
	Reasons            []identity.Reason // a row counts that has any of them among its findings; none for all rows
	Since              time.Time
	Q                  string
}

// List lists the ledger, newest first.
func (l *Ledger) List(ctx context.Context, f Filter) (out db.Slice[Entry], err error) {
	err = l.db.Read(ctx, func(q db.Q) error {
		out, err = listEntries(ctx, q, f)
		return err
	})
	return out, err
}

// Prune drops rows that are older than limit.LedgerDays; app runs it as a job.
func (l *Ledger) Prune(ctx context.Context) error {
	before := clock.Millis(l.db.Now().AddDate(0, 0, -limit.LedgerDays))
	return l.db.Write(scope.AsSystem(ctx, "provision.prune"), func(tx *db.Tx) error { return pruneEntries(ctx, tx, before) })
}
