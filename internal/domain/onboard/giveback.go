package onboard

import (
	"context"
	"slices"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// Given is what became of a phone that is given back.
type Given struct {
	Device    device.Device
	Set       []string // names of the settings that were set to what they were
	Emptied   []string // of those, secrets that the phone had not shown: empty now
	Stay      []string // settings that files told it, of which nobody knows what they were
	Restarted bool
}

// aPart is how many settings are set at once.
const aPart = 100

// GiveBack sets a phone to what it held before it was led here, as far as that was
// changed since; what its user changed besides stays. Then the device's proofs end,
// it goes out of service, and what was kept is deleted. Where it fails before that
// nothing ends, and doing it again goes on. It fails with Conflict and the code
// not_kept for a phone that was not led here through its web page.
func (s *Service) GiveBack(ctx context.Context, o org.Org, d device.Device, v Visit) (Given, error) {
	ctx, cancel := context.WithTimeout(ctx, limit.PageWhole)
	defer cancel()
	k, err := s.kept(ctx, d)
	if err != nil {
		return Given{}, err
	}
	if k.row.DeviceID == "" {
		return Given{}, fault.New(fault.Conflict, "this phone was not claimed over the network, so nobody knows how it was: reset it to factory settings at the phone, then delete it here").WithCode("not_kept")
	}
	if v.Port == 0 {
		v.Port = k.row.Port
	}
	v.Device = d.ID
	h, err := s.hostOf(ctx, o, v)
	if err != nil {
		return Given{}, err
	}
	_, p, err := s.enter(ctx, h, v)
	if err != nil {
		return Given{}, err
	}
	defer p.Close(context.WithoutCancel(ctx))
	out, err := s.restore(ctx, d, p, k)
	if err != nil {
		return Given{}, err
	}
	if err := s.letGo(ctx, d, out); err != nil {
		return Given{}, err
	}
	out.Restarted = p.Restart(ctx) == nil
	out.Device, err = s.Devices.Get(ctx, d.ID)
	return out, err
}

// restore sets what differs from what was kept. What leads the phone elsewhere
// comes last: until then it is still ours, should it be cut off.
func (s *Service) restore(ctx context.Context, d device.Device, p Page, k kept) (Given, error) {
	back, stay, err := s.goesBack(ctx, d, k.list)
	if err != nil {
		return Given{}, err
	}
	numbers := make([]string, len(back))
	for i, w := range back {
		numbers[i] = w.Number
	}
	now, err := p.Read(ctx, numbers)
	if err != nil {
		return Given{}, err
	}
	out := Given{Stay: stay}
	var first, last []put
	for _, w := range back {
		have, shown := now[w.Number]
		if shown && have.Reveal() == w.Value && !w.Secret {
			continue
		}
		if w.Secret && w.Value == "" {
			out.Emptied = append(out.Emptied, w.Name)
		}
		out.Set = append(out.Set, w.Name)
		one := put{w.Number, secret.NewString(w.Value), w.Secret || w.Untold}
		if w.Set {
			last = append(last, one)
			continue
		}
		first = append(first, one)
	}
	for part := range slices.Chunk(first, aPart) {
		if err := write(ctx, p, part); err != nil {
			return Given{}, err
		}
	}
	return out, write(ctx, p, last)
}

// letGo ends what makes the device ours.
func (s *Service) letGo(ctx context.Context, d device.Device, out Given) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.Devices.GetIn(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if err := s.Identity.GivenBack(ctx, tx, d); err != nil {
			return err
		}
		if err := s.dropKept(ctx, tx, d.ID); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.give_back", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
			After: map[string]any{"settings": out.Set, "emptied": out.Emptied, "stay": out.Stay}})
	})
}
