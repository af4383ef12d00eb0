package device

import (
	"context"
	"maps"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
)

// Replacement is the hardware that takes a device's place.
type Replacement struct {
	MAC    string
	Serial string         // "" where it is not known
	Model  string         // of the same vendor; "" is the same model
	Then   []Creation     // further steps of the transaction
	Change Moving         // one more, after those, that has to know what it was; nil for none
	Noted  map[string]any // what the operation log says beside; steps may write into it
}

// Try tells what a device would become by Replace, and fails as that would; it
// changes nothing. An empty MAC leaves the question which hardware it is open.
func (s *Service) Try(ctx context.Context, o org.Org, id string, in Replacement) (Device, error) {
	d, err := s.Get(ctx, id)
	if err != nil {
		return Device{}, err
	}
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Device{}, err
	}
	if strings.TrimSpace(in.MAC) == "" {
		return d, s.become(&d, in, nil)
	}
	if err := s.exchange(&d, in); err != nil {
		return Device{}, err
	}
	return d, s.free(ctx, o, d.MAC)
}

// Replace puts other hardware in a device's place: its id, name, site, lines, own
// settings and history stay, and what the old hardware told goes. The old MAC is
// free again. version must be the current one (Conflict). A MAC that is taken is
// a Conflict as in Create; a device out of service cannot be replaced.
func (s *Service) Replace(ctx context.Context, o org.Org, id string, in Replacement, version int64) (Device, error) {
	d, err := s.Get(ctx, id)
	if err != nil {
		return Device{}, err
	}
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Device{}, err
	}
	was := d
	if err := s.exchange(&d, in); err != nil {
		return Device{}, err
	}
	if err := s.free(ctx, o, d.MAC); err != nil {
		return Device{}, err
	}
	d.UpdatedAt, d.Version = s.db.Now(), version+1
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := db.UpdateAt(ctx, tx, newRow(d), version, "device"); err != nil {
			return err
		}
		if err := s.reindex(ctx, tx, d); err != nil {
			return err
		}
		if err := dropUnclaimed(ctx, tx, d.MAC); err != nil {
			return err
		}
		if err := in.follow(ctx, tx, was, d); err != nil {
			return err
		}
		s.Changed(tx, d)
		after := d.view()
		maps.Copy(after, in.Noted)
		return s.audit.Record(ctx, tx, entry("device.replace", d, was.view(), after))
	})
	if fault.Is(err, fault.Conflict) && fault.CodeOf(err) != "version" { // somebody was quicker
		if clash := s.free(ctx, o, d.MAC); clash != nil {
			err = clash
		}
	}
	if err != nil {
		return Device{}, err
	}
	if err := s.twins.drop(ctx, d.ID); err != nil {
		return Device{}, err
	}
	return s.Get(ctx, d.ID)
}

// follow takes the further steps.
func (in Replacement) follow(ctx context.Context, tx *db.Tx, was, now Device) error {
	for _, step := range in.Then {
		if err := step(ctx, tx, now); err != nil {
			return err
		}
	}
	if in.Change == nil {
		return nil
	}
	return in.Change(ctx, tx, was, now)
}

// exchange puts the new hardware's names in the place of the old one's.
func (s *Service) exchange(d *Device, in Replacement) error {
	var wrong []fault.Field
	m, err := mac.Parse(in.MAC)
	switch {
	case err != nil:
		wrong = append(wrong, fault.Field{Path: "mac", Message: err.Error()})
	case m == d.MAC:
		wrong = append(wrong, fault.Field{Path: "mac", Message: "this is the phone that it has already"})
	}
	d.MAC = m
	return s.become(d, in, wrong)
}

// become makes a device another one of its maker; wrong is what is the matter with
// its MAC.
func (s *Service) become(d *Device, in Replacement, wrong []fault.Field) error {
	if d.Life == Rejected || d.Life == Retired {
		return fault.New(fault.Conflict, "a device that is %s cannot be replaced", d.Life)
	}
	if in.Model != "" {
		v, model, ok := s.vendors.ByModel(in.Model)
		switch {
		case !ok:
			wrong = append(wrong, fault.Field{Path: "model", Message: "this model is not known"})
		case v.Name() != d.Vendor:
			wrong = append(wrong, fault.Field{Path: "model", Message: "the new phone must be of the same maker"})
		default:
			d.Model = model.Name
		}
	}
	d.Serial, d.Firmware = strings.TrimSpace(in.Serial), ""
	if d.Life == Quarantined {
		d.Life = Adopted // its rivals asked for the hardware that is gone
	}
	if wrong = append(wrong, d.check()...); len(wrong) > 0 {
		return fault.InvalidFields("the replacement is not valid", wrong...)
	}
	return nil
}

// tellOwner writes into the owner's operation log that somebody else tried to
// enter one of its phones. Who that was is not told.
func (s *Service) tellOwner(ctx context.Context, id string) error {
	ctx = scope.AsSystem(ctx, "device.clash")
	return s.db.Write(ctx, func(tx *db.Tx) error {
		d, err := s.GetIn(ctx, tx, id)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.wanted_elsewhere", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(),
			After: map[string]string{"reason": "somebody else tried to enter this phone as theirs"}})
	})
}

// flag is how the database spells a yes.
func flag(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
