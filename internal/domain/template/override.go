package template

import (
	"context"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Overrides returns a device's own values; a device that never had any gives an
// empty source without an id.
func (s *Service) Overrides(ctx context.Context, d device.Device) (src Source, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		src, err = s.OverridesIn(ctx, q, d)
		return err
	})
	return src, err
}

// OverridesIn is Overrides inside a transaction.
func (s *Service) OverridesIn(ctx context.Context, q db.Q, d device.Device) (Source, error) {
	src, err := findSource(ctx, q, "c.device_id = ? AND c.kind = ?", d.ID, string(Override))
	if fault.Is(err, fault.NotFound) {
		return Source{TenantID: d.TenantID, OrgID: d.OrgID, Kind: Override, Name: d.ID, Vendor: d.Vendor, DeviceID: d.ID}, nil
	}
	return src, err
}

// SetOverrides makes items the device's own values, as a new version. It
// changes no phone. version is the record's current one, 0 where it has none yet
// (Conflict).
func (s *Service) SetOverrides(ctx context.Context, d device.Device, items []Item, version int64) (src Source, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		src, err = s.SetOverridesIn(ctx, tx, d, items, version)
		return err
	})
	return src, err
}

// SetOverridesIn is SetOverrides as part of a transaction.
func (s *Service) SetOverridesIn(ctx context.Context, tx *db.Tx, d device.Device, items []Item, version int64) (src Source, err error) {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return Source{}, err
	}
	cats, err := s.lessons.In(ctx, tx, d.TenantID)
	if err != nil {
		return Source{}, err
	}
	items, wrong := checkItems(cats, d.Vendor, items)
	if len(wrong) > 0 {
		return Source{}, fault.InvalidFields("overrides are not valid", wrong...)
	}
	if src, err = s.OverridesIn(ctx, tx, d); err != nil {
		return Source{}, err
	}
	before := src.view()
	if src.Version != version {
		return Source{}, fault.New(fault.Conflict, "the overrides were changed by someone else meanwhile; load them again").WithCode("version")
	}
	if err := s.ensure(ctx, tx, &src); err != nil {
		return Source{}, err
	}
	src.Draft = s.signed(ctx, src.Draft, items)
	if wrong := masked(cats, src.Draft); len(wrong) > 0 {
		return Source{}, fault.InvalidFields("overrides are not valid", wrong...)
	}
	if err := s.sealDraft(ctx, tx, &src); err != nil {
		return Source{}, err
	}
	if _, err := s.saveVersion(ctx, tx, &src, Version{}, src.Version); err != nil {
		return Source{}, err
	}
	e := entry("device.overrides", src, before["values"], src.view()["values"])
	e.SubjectKind, e.SubjectID, e.SubjectName = "device", d.ID, d.MAC.Colons()
	return src, s.audit.Record(ctx, tx, e)
}

// ensure writes the record where it is the first time.
func (s *Service) ensure(ctx context.Context, tx *db.Tx, src *Source) error {
	if src.ID != "" {
		return nil
	}
	src.ID, src.CreatedAt, src.Version = s.db.NewID(), s.db.Now(), 1
	row, err := newSourceRow(*src)
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx, row)
}
