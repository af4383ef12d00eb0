package ippd

import (
	"context"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/manager"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/fault"
)

// Name is that of the channel.
const Name = "ipp"

// Phones knows which phones report so: domain/manager.
type Phones interface {
	Phone(ctx context.Context, deviceID string) (manager.Phone, error)
}

// Channel is the answers to reports as a way to phones. Nothing has a phone report
// before it wants to.
type Channel struct {
	Phones Phones
	Clock  clock.Clock
}

var _ command.Channel = Channel{}

// Name returns "ipp".
func (Channel) Name() string { return Name }

// Reach says what the next answer can carry to a device: nothing to one that never
// reported so.
func (c Channel) Reach(ctx context.Context, d device.Device) (command.Reach, error) {
	p, err := c.Phones.Phone(ctx, d.ID)
	if fault.Is(err, fault.NotFound) || err == nil && p.Protocol != manager.IPP {
		return command.Reach{}, nil
	}
	if err != nil {
		return command.Reach{}, err
	}
	r := command.Reach{Kinds: Kinds(), Why: "the phone takes it with the answer to its next report"}
	if d.Hot.Reach == device.Offline {
		r.Why = "the phone did not report when it should have"
		return r, nil
	}
	if p.Every > 0 && !d.Hot.ReachAt.IsZero() {
		r.Within = max(d.Hot.ReachAt.Add(p.Every).Sub(c.Clock.Now()), time.Second)
	}
	return r, nil
}

// Wake is never called.
func (Channel) Wake(context.Context, device.Device) error { return nil }
