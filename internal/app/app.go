// Package app puts the house together: New builds everything from a
// configuration, Start opens the doors, Stop closes them in reverse. The binary,
// the demo and the tests all run this same App.
//
// It holds no logic of its own. wire_platform.go, wire_domain.go and
// wire_protocol.go make the parts, one family each.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"bellwether/internal/config"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/slots"
	"bellwether/internal/protocol/cwmp/cwmpd"
)

// Options are what New needs besides the configuration.
type Options struct {
	Config  config.Config
	Log     *slog.Logger
	Network dial.Network // nil: the machine's
	Clock   clock.Clock  // nil: the machine's
	Rand    io.Reader    // nil: the machine's
	Web     fs.FS        // the console's files
	Version string
	Demo    bool // loopback addresses may be told to phones
	// Settle is how long phones have to take in a configuration before they are asked
	// for it; 0 is the usual time.
	Settle time.Duration
}

// App is the program between New and Stop.
type App struct {
	Options
	Platform
	Domain
	Sessions *cwmpd.Server // of TR-069
	doors    []door
	// places are those of the connections of all doors for phones together.
	places *slots.Conns

	started time.Time
	cancel  context.CancelFunc
	work    sync.WaitGroup
	mu      sync.Mutex // guards failed
	failed  error
	fatal   chan struct{} // closed when a part ended by itself
	cleanup []cleanup
}

type cleanup struct {
	name string
	do   func(context.Context) error
}

// New builds everything and opens the database, but listens nowhere yet. What it
// had built is closed again where it fails.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Network == nil {
		o.Network = dial.New(dial.Policy{})
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &App{Options: o, started: o.Clock.Now(), fatal: make(chan struct{})}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"platform", a.wirePlatform}, {"nouns", a.wireDomain}, {"doors", a.wireProtocol}} {
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("set up the %s: %w", step.name, err), a.close(ctx))
		}
	}
	return a, nil
}

// later has fn called by Stop, after everything that was built later.
func (a *App) later(name string, fn func(context.Context) error) {
	a.cleanup = append(a.cleanup, cleanup{name, fn})
}

// Start opens the listeners and begins the background work. Where it fails
// everything is stopped again.
func (a *App) Start(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	if err := a.listen(run); err != nil {
		return errors.Join(err, a.Stop(ctx))
	}
	if err := a.Jobs.Start(context.WithoutCancel(ctx)); err != nil { // Stop ends it, after the doors
		return errors.Join(err, a.Stop(ctx))
	}
	a.later("jobs", a.Jobs.Stop)
	if err := a.seekers(run); err != nil {
		return errors.Join(err, a.Stop(ctx))
	}
	a.supervise(run, "twins", a.Twins.Run)
	a.supervise(run, "ledger", a.Ledger.Run)
	a.supervise(run, "reports", a.Reports.Run)
	a.supervise(run, "identity", a.Identity.Run)
	a.supervise(run, "commands", a.Commands.Run)
	a.supervise(run, "cwmp", a.Sessions.Run)
	a.supervise(run, "authority", a.watchAuthority)
	for i := range a.doors {
		a.doors[i].run(run, a.supervise)
	}
	return nil
}

// authorityEvery is how long a node may trust a root that another node retired.
const authorityEvery = 10 * time.Minute

// watchAuthority looks for roots that other nodes made or retired.
func (a *App) watchAuthority(ctx context.Context) error {
	for a.Clock.Sleep(ctx, authorityEvery) == nil {
		if err := a.CA.Ensure(scope.AsSystem(ctx, "authority")); err != nil {
			a.Log.ErrorContext(ctx, "certificate authority not checked", "error", err)
		}
	}
	return nil
}

// supervise runs a part until ctx ends. A part that ends by itself ends the
// program: Failed tells.
func (a *App) supervise(ctx context.Context, name string, run func(context.Context) error) {
	a.work.Add(1)
	go func() {
		defer a.work.Done()
		err := run(ctx)
		if ctx.Err() != nil && err == nil {
			return
		}
		a.Log.ErrorContext(ctx, "part ended", "part", name, "error", err)
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.failed == nil {
			a.failed = fmt.Errorf("%s: %w", name, errors.Join(err, errEnded))
			close(a.fatal)
		}
	}()
}

var errEnded = errors.New("ended by itself")

// Failed is closed when a part of the program ended by itself; Stop returns why.
func (a *App) Failed() <-chan struct{} { return a.fatal }

// Stop lets what is under way finish and closes everything in reverse order. It
// may be called once, also after a Start that failed.
func (a *App) Stop(ctx context.Context) error {
	if a.cancel != nil {
		a.cancel()
	}
	a.work.Wait()
	a.mu.Lock()
	failed := a.failed
	a.mu.Unlock()
	return errors.Join(failed, a.close(ctx))
}

func (a *App) close(ctx context.Context) error {
	var errs []error
	for i := len(a.cleanup) - 1; i >= 0; i-- {
		c := a.cleanup[i]
		if err := c.do(ctx); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, fmt.Errorf("close %s: %w", c.name, err))
		}
	}
	a.cleanup = nil
	return errors.Join(errs...)
}
