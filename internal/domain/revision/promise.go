package revision

import (
	"context"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
)

// Promise says which template a new device gets with its first configuration,
// besides those whose scope takes it in; "" for none. A device that has one
// already gets nothing by it: that is a push.
func (s *Service) Promise(ctx context.Context, tx *db.Tx, d device.Device, templateID string) error {
	states, err := loadStates(ctx, tx, []string{d.ID})
	if err != nil {
		return err
	}
	st := states[d.ID].of(d)
	if st.isBound() || st.Promised == templateID {
		return nil
	}
	st.Promised = templateID
	return saveState(ctx, tx, st, s.db.Now().UnixMilli())
}

// Promisable checks that a template can be promised to the organization's devices,
// inside a transaction: NotFound where it has no such template, Conflict where it
// was never saved.
func (s *Service) Promisable(ctx context.Context, q db.Q, orgID, templateID string) (template.Source, error) {
	src, err := s.templates.GetIn(ctx, q, templateID)
	if err == nil && (src.OrgID != orgID || !src.Kind.IsTemplate()) {
		err = fault.New(fault.NotFound, "template not found")
	}
	if err == nil && src.Latest == 0 {
		err = fault.New(fault.Conflict, "the template %q has no saved version yet", src.Name)
	}
	return src, err
}

// Suits reports whether a template can say anything to phones of a model: a
// template for a make or a model is for no other.
func Suits(src template.Source, vendor, model string) bool {
	return (src.Vendor == "" || src.Vendor == vendor) && (src.Model == "" || strings.EqualFold(src.Model, model))
}

// movePromised binds what the device was promised before its first contact. What is
// gone since, or for other phones, is left out: the phone gets what it would have.
func (w *world) movePromised(ctx context.Context, q db.Q, d device.Device, st *state) error {
	if st.Promised == "" {
		return nil
	}
	src, err := w.s.Promisable(ctx, q, d.OrgID, st.Promised)
	st.Promised = ""
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) || err == nil && !Suits(src, d.Vendor, d.Model) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.moveTemplate(ctx, q, d, st, TemplateVersion{ID: src.ID}, "first contact")
}
