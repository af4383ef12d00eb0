package connreq

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
)

// Name is that of the channel, as cwmpd claims commands under it.
const Name = "cwmp"

// Config is what a Channel must be told.
type Config struct {
	Phones  Phones
	Sites   Sites
	Network dial.Network
	Clock   clock.Clock
	Log     *slog.Logger
}

// Channel is TR-069 as a way to phones. New makes one; it is safe for concurrent
// use.
type Channel struct {
	Config
	client *http.Client
}

var _ command.Channel = (*Channel)(nil)

// New returns a channel.
func New(c Config) *Channel {
	t := dial.Transport(c.Network)
	// A phone's certificate is its own, and the answer to its challenge tells no secret.
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10} //nolint:gosec // see above
	t.DisableKeepAlives = true                                                              // some phones close after a challenge and do not say so
	return &Channel{c, &http.Client{Transport: t, Timeout: callTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Name returns "cwmp".
func (c *Channel) Name() string { return Name }

// Kinds are what TR-069 carries to a phone that reports over TLS.
func Kinds() []command.Kind {
	return []command.Kind{command.DeliverRevision, command.GetValues, command.Reboot, command.FactoryReset, command.Upgrade, command.Ping, command.Traceroute}
}

// Reach says what TR-069 can do for a device: nothing for one that never reported.
func (c *Channel) Reach(ctx context.Context, d device.Device) (command.Reach, error) {
	p, err := c.Phones.Phone(ctx, d.ID)
	if fault.Is(err, fault.NotFound) || err == nil && p.Protocol != manager.CWMP {
		return command.Reach{}, nil
	}
	if err != nil {
		return command.Reach{}, err
	}
	r := command.Reach{Kinds: Kinds()}
	_, why := c.target(ctx, d, p)
	switch {
	case d.Hot.Reach == device.Offline:
		r.Why = "the phone did not report when it should have"
		return r, nil
	case why == "" && p.Call.Problem == "":
		r.Wakes = true
	case why != "":
		r.Why = "it cannot be called: " + why
	default:
		r.Why = "the last call came to nothing: " + p.Call.Problem
	}
	if p.Every > 0 && !d.Hot.LastSeen.IsZero() {
		r.Within = max(d.Hot.LastSeen.Add(p.Every).Sub(c.Clock.Now()), time.Second)
	}
	return r, nil
}
