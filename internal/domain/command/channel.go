package command

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bellwether/internal/domain/device"
)

// Channel is a way to a device. What implements it lives under protocol and is
// passed by app.
type Channel interface {
	// Name is stable and short: "cwmp".
	Name() string
	// Reach tells what the channel can do for the device now. It asks memory
	// and the database, never the network.
	Reach(ctx context.Context, d device.Device) (Reach, error)
	// Wake has the device come for its commands at once. It fails with
	// fault.Unavailable where the device did not react; only called where Reach
	// said that it wakes.
	Wake(ctx context.Context, d device.Device) error
}

// Reach is what a channel can do for one device.
type Reach struct {
	Kinds  []Kind        // that it can carry to this device at all; none = the device does not use the channel
	Wakes  bool          // it can have the device come at once
	Within time.Duration // else: how long until the device comes by itself; 0 = not known
	Why    string        // why it carries or wakes less than it could, for people; "" nothing stands in the way
}

// Option is what there is for one kind of command to one device.
type Option struct {
	Kind    Kind
	Channel string        // the best; "" = the command is not possible
	Now     bool          // the device can be had to come at once
	Within  time.Duration // else: how long until it comes by itself; 0 = not known
	Why     string        // why it is not possible, or what stands in the way
}

// Options tells for each kind whether and how it can reach the device.
func (s *Service) Options(ctx context.Context, d device.Device) ([]Option, error) {
	all, err := s.reaches(ctx, d)
	if err != nil {
		return nil, err
	}
	out := make([]Option, 0, len(Kinds()))
	for _, k := range Kinds() {
		out = append(out, best(k, all))
	}
	return out, nil
}

type reach struct {
	Reach
	channel Channel
}

func (s *Service) reaches(ctx context.Context, d device.Device) ([]reach, error) {
	out := make([]reach, 0, len(s.channels))
	for _, ch := range s.channels {
		r, err := ch.Reach(ctx, d)
		if err != nil {
			return nil, err
		}
		out = append(out, reach{r, ch})
	}
	return out, nil
}

// best picks the channel that has the kind at the device soonest. Where several
// are as good, the order in which app passed them decides.
func best(k Kind, all []reach) Option {
	o := Option{Kind: k, Why: "no channel carries this to the phone"}
	var can []reach
	for _, r := range all {
		if slices.Contains(r.Kinds, k) {
			can = append(can, r)
		} else if r.Why != "" && len(r.Kinds) == 0 {
			o.Why = r.Why
		}
	}
	if len(can) == 0 {
		return o
	}
	r := slices.MinFunc(can, func(a, b reach) int { return cmp.Compare(a.rank(), b.rank()) })
	return Option{Kind: k, Channel: r.channel.Name(), Now: r.Wakes, Within: r.Within, Why: r.Why}
}

// rank is how long a command over the channel takes to get there.
func (r reach) rank() time.Duration {
	switch {
	case r.Wakes:
		return 0
	case r.Within > 0:
		return r.Within
	}
	return 1<<63 - 1
}

// NextFetch is the channel that every provisioned phone has: it takes its
// revision when it next asks for its configuration.
type NextFetch struct{ Now func() time.Time }

var _ Channel = NextFetch{}

// Name returns "fetch".
func (NextFetch) Name() string { return "fetch" }

// Reach says when the phone is expected.
func (f NextFetch) Reach(_ context.Context, d device.Device) (Reach, error) {
	r := Reach{Kinds: []Kind{DeliverRevision}, Why: "the phone takes it at its next fetch"}
	if in := d.Hot.ExpectedBy.Sub(f.Now()); !d.Hot.ExpectedBy.IsZero() && in > 0 {
		r.Within = in
	}
	return r, nil
}

// Wake is never called: nothing has a phone fetch before it wants to.
func (NextFetch) Wake(context.Context, device.Device) error { return nil }
