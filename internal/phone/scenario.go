package phone

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/ipp"
)

// Scenario is what happens to a fleet, from switching it on to switching it off.
type Scenario struct {
	Name string
	What string // one line for people
	play func(context.Context, *Fleet, Bounds) error
}

// Bounds keep a scenario finite.
type Bounds struct {
	For    time.Duration // it ends after this long at the latest; needed
	Rounds int           // of a scenario that repeats; 0 for 1, at most 100
	Pause  time.Duration // between two rounds
}

const mostRounds = 100

// Scenarios lists what there is.
func Scenarios() []Scenario {
	return []Scenario{
		{"steady", "phones start one after another and then live by their timers", steady},
		{"alarms", "phones that report to a phone manager raise an alarm at their own moment within the stagger, and end it after a pause, round after round", alarms},
		{"reboot-storm", "all phones restart within the stagger, round after round", rebootStorm},
	}
}

// Play runs a fleet through a scenario and switches it off again. It fails with
// fault.NotFound for an unknown name, and returns ctx's error where ctx ended
// before the scenario.
func Play(ctx context.Context, f *Fleet, name string, b Bounds) error {
	all := Scenarios()
	at := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
	if at < 0 {
		return fault.New(fault.NotFound, "there is no scenario %q", name)
	}
	if b.For <= 0 || b.Rounds < 0 || b.Rounds > mostRounds {
		return fault.New(fault.Invalid, "a scenario needs an end, and at most %d rounds", mostRounds)
	}
	on, off := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = f.Run(on) // it ends with off
	}()
	err := bounded(on, f, b, all[at].play)
	off()
	<-done
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// bounded plays until the scenario or its time is over.
func bounded(ctx context.Context, f *Fleet, b Bounds, play func(context.Context, *Fleet, Bounds) error) error {
	end, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan error, 1)
	go func() { over <- play(end, f, b) }()
	timeUp := make(chan struct{})
	go func() {
		defer close(timeUp)
		_ = f.clock.Sleep(end, b.For) // ended early by cancel
	}()
	select {
	case err := <-over:
		cancel()
		<-timeUp
		return err
	case <-timeUp:
		cancel()
		<-over //nolint:errcheck // it was cut short: that is what For is for
		return nil
	}
}

func steady(ctx context.Context, f *Fleet, b Bounds) error {
	return f.clock.Sleep(ctx, b.For)
}

// rebootStorm waits until the phones have started, and then restarts each of
// them at its own moment within the stagger.
func rebootStorm(ctx context.Context, f *Fleet, b Bounds) error {
	if err := f.clock.Sleep(ctx, f.stagger+b.Pause); err != nil {
		return err
	}
	for range max(b.Rounds, 1) {
		moments := make([]moment, len(f.phones))
		for i, p := range f.phones {
			moments[i] = moment{upTo(f.rand, f.stagger), p}
		}
		slices.SortStableFunc(moments, func(a, b moment) int { return int(a.at - b.at) })
		passed := time.Duration(0)
		for _, m := range moments {
			if err := f.clock.Sleep(ctx, m.at-passed); err != nil {
				return err
			}
			passed = m.at
			m.phone.Reboot()
		}
		if err := f.clock.Sleep(ctx, f.stagger-passed+b.Pause); err != nil {
			return err
		}
	}
	return nil
}

// alarms waits until the phones have started; then each raises an alarm, and ends it.
func alarms(ctx context.Context, f *Fleet, b Bounds) error {
	if err := f.clock.Sleep(ctx, f.stagger+b.Pause); err != nil {
		return err
	}
	for range max(b.Rounds, 1) {
		for _, s := range []ipp.Severity{ipp.Critical, ipp.Cleared} {
			for _, p := range f.phones {
				p.Alarm(ipp.Alarm{ID: "1", Name: "IPPhoneRegisterFailure", Text: "This alarm is activated when a registration failure occurs", Severity: s, Type: 1, Cause: 5})
				if err := f.clock.Sleep(ctx, f.stagger/time.Duration(len(f.phones))); err != nil {
					return err
				}
			}
			if err := f.clock.Sleep(ctx, b.Pause); err != nil {
				return err
			}
		}
	}
	return nil
}

// moment is when a phone is restarted, counted from the round's start.
type moment struct {
	at    time.Duration
	phone *Phone
}
