package device

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
	"unique"

	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

const (
	shards       = 64
	tickEvery    = time.Second      // states that changed
	seenEvery    = 15 * time.Second // plain sightings
	flushChunk   = 5000             // rows a transaction
	sweepEvery   = 30 * time.Second
	sweepLease   = "device.sweep"
	sweepLeaseOf = 2 * sweepEvery
)

// Report is what a device just told of itself on a channel that proved who it
// is. Empty fields were not told.
type Report struct {
	DeviceID, TenantID, OrgID string
	MAC                       mac.Address
	At                        time.Time
	Address, Door             string
	UserAgent                 string
	Firmware, Model           string
	Status                    Status
	Reach                     Reach
	ExpectedBy                time.Time
}

// Twins keep what devices last told in memory and write it behind: a change of
// state within a second, a plain sighting within 15. Losing the process loses
// at most that. With several nodes each holds what it saw itself; a flush
// merges field by field, the newer sighting wins. NewTwins makes one, Run
// drives it.
type Twins struct {
	db    *db.DB
	clock clock.Clock
	bus   bus.Bus
	log   *slog.Logger
	node  string
	shard [shards]shard
	gone  []func(ctx context.Context, deviceID string) error

	writing sync.Mutex // one flush at a time, so that who flushes finds written what was noted before
}

type shard struct {
	mu    sync.Mutex // guards twins
	twins map[string]*twin
}

// twin is one device's hot state: about 200 bytes.
type twin struct {
	tenant, org         unique.Handle[string]
	mac                 mac.Address
	reach               Reach
	reachAt, expectedBy int64
	lastSeen            int64
	address             string
	addressAt           int64
	door, agent         unique.Handle[string]
	firmware, model     unique.Handle[string]
	firmwareAt, modelAt int64
	status              unique.Handle[string]
	statusAt, glimpsed  int64
	changed, seen       bool // state changed; seen since the last write
	upgraded            bool // told another firmware since the last write
}

// NewTwins returns an empty set. node names this process.
func NewTwins(d *db.DB, b bus.Bus, log *slog.Logger, node string) *Twins {
	t := &Twins{db: d, clock: d.Clock(), bus: b, log: log, node: node}
	for i := range t.shard {
		t.shard[i].twins = map[string]*twin{}
	}
	return t
}

// Seen takes a report in. It neither waits nor fails.
func (t *Twins) Seen(r Report) {
	s := &t.shard[bucket(r.DeviceID)]
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.twins[r.DeviceID]
	if w == nil {
		w = newTwin(r)
		s.twins[r.DeviceID] = w
	}
	w.take(r)
}

func newTwin(r Report) *twin {
	none := unique.Make("")
	return &twin{tenant: unique.Make(r.TenantID), org: unique.Make(r.OrgID), mac: r.MAC, door: none, agent: none, firmware: none, model: none, status: none, changed: true}
}

// Glimpsed notes that somebody came under a device's name who proved nothing. It
// moves when the device was last heard, and nothing else: of r only who and when
// counts.
func (t *Twins) Glimpsed(r Report) {
	s := &t.shard[bucket(r.DeviceID)]
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.twins[r.DeviceID]
	if w == nil {
		w = newTwin(r)
		s.twins[r.DeviceID] = w
	}
	w.glimpsed, w.seen = max(w.glimpsed, clock.Millis(r.At)), true
}

func (w *twin) take(r Report) {
	at := clock.Millis(r.At)
	if at < w.lastSeen {
		return
	}
	w.lastSeen, w.seen = at, true
	w.org = unique.Make(r.OrgID)
	if r.Reach != "" {
		w.changed = w.changed || w.reach != r.Reach
		w.reach, w.reachAt = r.Reach, at
	}
	if !r.ExpectedBy.IsZero() {
		w.expectedBy = clock.Millis(r.ExpectedBy)
	}
	if r.Address != "" {
		w.changed = w.changed || w.address != r.Address
		w.address, w.addressAt = r.Address, at
	}
	w.door = unique.Make(r.Door)
	if r.UserAgent != "" {
		w.agent = unique.Make(r.UserAgent)
	}
	if h := unique.Make(r.Firmware); r.Firmware != "" {
		w.upgraded = w.upgraded || w.firmware != h
		w.changed = w.changed || w.upgraded
		w.firmware, w.firmwareAt = h, at
	}
	if h := unique.Make(r.Model); r.Model != "" {
		w.changed = w.changed || w.model != h
		w.model, w.modelAt = h, at
	}
	if h := unique.Make(string(r.Status)); r.Status != "" {
		w.changed = w.changed || w.status != h
		w.status, w.statusAt = h, at
	}
}

func bucket(id string) int {
	h := uint32(2166136261)
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return int(h % shards)
}

// Run writes behind until ctx ends, and then once more. A write that is under
// way at the end is finished.
func (t *Twins) Run(ctx context.Context) error {
	var lastSeen, lastSweep time.Time
	for t.clock.Sleep(ctx, tickEvery) == nil {
		now := t.clock.Now()
		all := now.Sub(lastSeen) >= seenEvery
		if all {
			lastSeen = now
		}
		if err := t.Flush(context.WithoutCancel(ctx), all); err != nil {
			t.log.ErrorContext(ctx, "twins not written", "error", err)
		}
		if now.Sub(lastSweep) >= sweepEvery {
			lastSweep = now
			if err := t.Sweep(context.WithoutCancel(ctx)); err != nil {
				t.log.ErrorContext(ctx, "offline sweep", "error", err)
			}
		}
	}
	return t.Flush(context.WithoutCancel(ctx), true)
}

// Flush writes the twins that changed state, and with all those that were
// merely seen. What could not be written stays for the next time.
func (t *Twins) Flush(ctx context.Context, all bool) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	ctx = scope.AsSystem(ctx, "device.twins")
	rows, hints := t.collect(all)
	for len(rows) > 0 {
		n := min(len(rows), flushChunk)
		err := t.db.WriteHot(ctx, func(q db.Q) error { return mergeTwins(ctx, q, rows[:n]) })
		if err == nil {
			err = toldFirmware(ctx, t.db, slices.DeleteFunc(slices.Clone(rows[:n]), func(r twinRow) bool { return !r.news }))
		}
		if err != nil {
			t.giveBack(rows)
			return err
		}
		rows = rows[n:]
	}
	for _, h := range hints {
		bus.Announce(t.bus, h.org, "devices", h.id)
	}
	return nil
}

type hint struct{ org, id string }

func (t *Twins) collect(all bool) (rows []twinRow, hints []hint) {
	for i := range t.shard {
		s := &t.shard[i]
		s.mu.Lock()
		for id, w := range s.twins {
			if !w.changed && (!all || !w.seen) {
				continue
			}
			r := w.row(id)
			r.news = w.upgraded
			rows = append(rows, r)
			hints = append(hints, hint{w.org.Value(), id})
			w.changed, w.seen, w.upgraded = false, false, false
		}
		s.mu.Unlock()
	}
	return rows, hints
}

func (t *Twins) giveBack(rows []twinRow) {
	for _, r := range rows {
		s := &t.shard[bucket(r.DeviceID)]
		s.mu.Lock()
		if w := s.twins[r.DeviceID]; w != nil {
			w.changed, w.upgraded = true, w.upgraded || r.news
		}
		s.mu.Unlock()
	}
}

// Sweep sets devices offline whose report is overdue. One node does it at a
// time, by lease.
func (t *Twins) Sweep(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, sweepLease)
	if _, ok, err := t.db.Lease(ctx, sweepLease, t.node, sweepLeaseOf); err != nil || !ok {
		return err
	}
	now := clock.Millis(t.clock.Now())
	var gone []twinRow
	err := t.db.WriteHot(ctx, func(q db.Q) (err error) {
		gone, err = markOverdue(ctx, q, now)
		return err
	})
	for _, r := range gone {
		t.forgetReach(r.DeviceID, now)
		bus.Announce(t.bus, r.OrgID, "devices", r.DeviceID)
	}
	return err
}

func (t *Twins) forgetReach(id string, at int64) {
	s := &t.shard[bucket(id)]
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.twins[id]; w != nil && w.lastSeen < at {
		w.reach, w.reachAt = Offline, at
	}
}

// OnGone has fn called where what a device told counts no more: it was deleted, other
// hardware took its place, or it belongs to another organization. It is called
// before Run.
func (t *Twins) OnGone(fn func(ctx context.Context, deviceID string) error) {
	t.gone = append(t.gone, fn)
}

func (t *Twins) leave(ctx context.Context, id string) error {
	for _, fn := range t.gone {
		if err := fn(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// drop forgets all that a device told.
func (t *Twins) drop(ctx context.Context, id string) error {
	t.Forget(id)
	ctx = scope.AsSystem(ctx, "device.drop")
	if err := t.db.WriteHot(ctx, func(q db.Q) error { return dropTwin(ctx, q, id) }); err != nil {
		return err
	}
	return t.leave(ctx, id)
}

// Forget drops a device's twin, when the device goes.
func (t *Twins) Forget(id string) {
	s := &t.shard[bucket(id)]
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.twins, id)
}
