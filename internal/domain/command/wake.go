package command

import (
	"context"
	"strings"
	"sync"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// How phones are woken: at once, and while they do not come after growing
// pauses. The row says when the next try is due, so that it outlives the process
// and two nodes do not both try.
const (
	firstBackoff = 5 * time.Second
	lastBackoff  = 10 * time.Minute
	sweepEvery   = 30 * time.Second
	freshenEvery = time.Second
	wakers       = 32  // phones that are woken at once
	wakeQueue    = 512 // that wait for their turn; the sweep finds the rest
	wakeTime     = 15 * time.Second
)

// pending is which devices have commands waiting, in memory: hints for doors
// that are asked too often to ask the database each time.
type pending struct {
	mu  *sync.Mutex // guards ids
	ids map[string]struct{}
}

func newPending() pending { return pending{&sync.Mutex{}, map[string]struct{}{}} }

func (p pending) add(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[id] = struct{}{}
}

func (p pending) drop(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.ids, id)
}

func (p pending) has(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.ids[id]
	return ok
}

// Pending reports whether a command may wait for a device. It asks memory, which
// the bus keeps current and a sweep every 30 seconds; true may be out of date,
// and then Next finds nothing.
func (s *Service) Pending(deviceID string) bool { return s.waiting.has(deviceID) }

// hint tells all nodes that a command waits for a device.
func (s *Service) hint(deviceID string) {
	s.waiting.add(deviceID)
	_ = s.bus.Publish(bus.WakeSubject(deviceID), nil) // the sweep finds what is missed
}

// Run wakes phones that commands wait for, and keeps the freeze switch current,
// until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ctx = scope.AsSystem(ctx, "command.wake")
	queue, again := make(chan string, wakeQueue), make(chan struct{}, 1)
	end, err := s.bus.Subscribe(bus.WakeSubject("*"), func(subject string, _ []byte) {
		id := strings.TrimSuffix(strings.TrimPrefix(subject, "device."), ".wake")
		s.waiting.add(id)
		select {
		case queue <- id:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer end()
	thaw, err := s.bus.Subscribe(freezeSubject, func(string, []byte) {
		select {
		case again <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer thaw()
	var wg sync.WaitGroup
	defer wg.Wait()
	for range wakers {
		wg.Go(func() { s.work(ctx, queue) })
	}
	wg.Go(func() { s.react(ctx, again) })
	s.watch(ctx, queue)
	return nil
}

// react reads the freeze switch whenever it is said to have moved.
func (s *Service) react(ctx context.Context, again <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
			s.freshen(ctx)
		}
	}
}

func (s *Service) freshen(ctx context.Context) {
	if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "freeze switch not read", "error", err)
	}
}

// watch keeps memory current until ctx ends.
func (s *Service) watch(ctx context.Context, queue chan<- string) {
	var swept time.Time
	for {
		s.freshen(ctx)
		if now := s.db.Now(); swept.IsZero() || now.Sub(swept) >= sweepEvery {
			s.sweep(ctx, swept, queue)
			swept = now
		}
		if s.db.Clock().Sleep(ctx, freshenEvery) != nil {
			return
		}
	}
}

// sweep finds what no hint told of: commands since the last sweep for Pending,
// and devices whose next wake is due.
func (s *Service) sweep(ctx context.Context, since time.Time, queue chan<- string) {
	var fresh, due []string
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		from := int64(0)
		if !since.IsZero() {
			from = since.Add(-sweepEvery).UnixMilli()
		}
		if fresh, err = queuedSince(ctx, q, from); err != nil {
			return err
		}
		due, err = toWake(ctx, q, s.db.Now().UnixMilli(), wakeQueue)
		return err
	})
	if err != nil {
		if ctx.Err() == nil {
			s.log.ErrorContext(ctx, "waiting commands not read", "error", err)
		}
		return
	}
	for _, id := range fresh {
		s.waiting.add(id)
	}
	for _, id := range due {
		select {
		case queue <- id:
		case <-ctx.Done():
			return
		default:
		}
	}
}

func (s *Service) work(ctx context.Context, queue <-chan string) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-queue:
			if err := s.WakeDevice(ctx, id); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "phone not woken", "device", id, "error", err)
			}
		}
	}
}

// WakeDevice has a device come for its first command that is due, where a channel
// can. It does nothing where none waits, the device is frozen, or another node
// tries already.
func (s *Service) WakeDevice(ctx context.Context, deviceID string) error {
	ctx = scope.AsSystem(ctx, "command.wake")
	var d device.Device
	var head Command
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		head, err = dueToWake(ctx, q, deviceID, s.db.Now().UnixMilli())
		return err
	})
	if err == nil {
		d, err = s.devices.Get(ctx, deviceID) // with its hot state: where it reports from, channels go by
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.Frozen(d) {
		return nil
	}
	mine, err := s.claimWake(ctx, head)
	if err != nil || !mine {
		return err
	}
	all, err := s.reaches(ctx, d)
	if err != nil {
		return err
	}
	o := best(head.Kind, all)
	if !o.Now {
		return nil
	}
	for _, r := range all {
		if r.channel.Name() == o.Channel {
			limited, cancel := context.WithTimeout(ctx, wakeTime)
			defer cancel()
			return r.channel.Wake(limited, d)
		}
	}
	return nil
}

// claimWake moves the time of the next try on, for this node alone.
func (s *Service) claimWake(ctx context.Context, c Command) (mine bool, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		mine, err = takeWake(ctx, tx, c.ID, s.db.Now())
		return err
	})
	return mine, err
}

func backoff(tries int) time.Duration {
	return min(lastBackoff, firstBackoff<<min(tries, 10))
}
