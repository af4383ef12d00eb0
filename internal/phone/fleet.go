package phone

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// Fleet is many phones that live together. NewFleet makes one.
type Fleet struct {
	phones  []*Phone
	delays  []time.Duration
	stagger time.Duration
	clock   clock.Clock
	rand    *rand.Rand
}

// FleetConfig is what makes a fleet.
type FleetConfig struct {
	Count   int           // 1..100,000
	Seed    uint64        // the same seed makes the same fleet
	Stagger time.Duration // first starts are spread over this long
	Clock   clock.Clock   // nil for the machine's; phones get it too where they have none
	// Make returns the configuration of phone i, counted from 0. Its Rand is set
	// by the fleet.
	Make func(i int) Config
}

// mostPhones bounds a fleet.
const mostPhones = 100_000

// NewFleet makes the phones; none is switched on. It fails with fault.Invalid
// where one of them cannot be.
func NewFleet(c FleetConfig) (*Fleet, error) {
	if c.Count < 1 || c.Count > mostPhones || c.Make == nil {
		return nil, fault.New(fault.Invalid, "a fleet has 1 to %d phones", mostPhones)
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	f := &Fleet{stagger: c.Stagger, clock: c.Clock, rand: pcg(c.Seed, 0)}
	for i := range c.Count {
		conf := c.Make(i)
		conf.Rand = pcg(c.Seed, uint64(i)+1)
		if conf.Clock == nil {
			conf.Clock = c.Clock
		}
		p, err := New(conf)
		if err != nil {
			return nil, fmt.Errorf("phone %d: %w", i, err)
		}
		f.phones = append(f.phones, p)
		f.delays = append(f.delays, upTo(f.rand, c.Stagger))
	}
	return f, nil
}

func pcg(seed, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream)) //nolint:gosec // repeatable on purpose
}

func upTo(r *rand.Rand, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(d)))
}

// FleetMAC returns the address of a fleet's phone i: locally administered, so
// that it is nobody's.
func FleetMAC(i int) mac.Address { return mac.Address(fmt.Sprintf("020000%06x", (i+1)&0xffffff)) }

// Phones returns the phones in the order in which they were made.
func (f *Fleet) Phones() []*Phone { return f.phones }

// Run is the fleet's life: each phone starts at its own moment within the
// stagger. It returns ctx's error when all phones have stopped.
func (f *Fleet) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for i, p := range f.phones {
		wg.Go(func() {
			if f.clock.Sleep(ctx, f.delays[i]) == nil {
				_ = p.Run(ctx) // it ends with ctx, and that is said below
			}
		})
	}
	<-ctx.Done()
	return ctx.Err()
}
