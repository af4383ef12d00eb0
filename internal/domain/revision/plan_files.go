package revision

import (
	"context"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Files returns what a device of a plan has now and what it would get, so that
// both can be rendered and laid side by side. Before its first contact a device
// has nothing: the first Revision's ID is "". Where the plan gives the
// device nothing new, it is a Conflict with code "not_in_plan"; where what it was made from has changed since, a
// Conflict with code "stale_plan".
func (s *Service) Files(ctx context.Context, o org.Org, hash, deviceID string) (now, then Revision, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		p, _, err := findPlan(ctx, q, o.ID, hash)
		if err != nil {
			return err
		}
		for _, fd := range p.Frozen.Devices {
			if fd.ID == deviceID {
				now, then, err = s.sides(ctx, q, fd)
				return err
			}
		}
		return fault.New(fault.Conflict, "the plan gives this device nothing new").WithCode("not_in_plan")
	})
	return now, then, err
}

func (s *Service) sides(ctx context.Context, q db.Q, fd FrozenDevice) (now, then Revision, err error) {
	d, err := s.devices.GetIn(ctx, q, fd.ID)
	if err != nil {
		return now, then, err
	}
	w, err := s.load(ctx, q, []device.Device{d})
	if err != nil {
		return now, then, err
	}
	st := w.states[d.ID].of(d)
	if fd.Old != "" {
		if now, err = findRevision(ctx, q, d.ID, fd.Old); err != nil {
			return now, then, err
		}
	}
	st.bindings, st.lines, st.placeholders, st.Epoch, st.Firmware = fd.Bindings, fd.Lines, fd.Placeholders, fd.Epoch, fd.Firmware
	eff, err := w.compiled(ctx, q, d, st)
	if err != nil {
		return now, then, err
	}
	target, err := s.target(d)
	if err != nil {
		return now, then, err
	}
	target.Firmware = st.Firmware
	then = Revision{ID: s.revisionID(d, st.Epoch, eff), DeviceID: d.ID, OrgID: d.OrgID, MAC: d.MAC, Vendor: d.Vendor, Seq: fd.OldSeq + 1, Epoch: st.Epoch, Target: target, Entries: eff.Entries(), Kept: true}
	if then.ID != fd.New {
		return now, then, fault.New(fault.Conflict, "something that this plan is made from has changed; look at the new plan").WithCode("stale_plan")
	}
	return now, then, nil
}
