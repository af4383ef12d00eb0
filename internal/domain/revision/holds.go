package revision

import (
	"context"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
)

// Holds is what a phone has of that which decides how its files are named and
// packed, as far as its deliveries tell. The zero value is a phone from the box,
// or one of a make that knows nothing of it.
type Holds struct {
	Prefix, Postfix *string    // around the names of its files; nil where no delivery said it
	Password        secret.Ref // that opens its files, "" for none
}

// Holds tells what a phone holds.
func (s *Service) Holds(ctx context.Context, d device.Device) (h Holds, err error) {
	v, ok := s.vendors.Get(d.Vendor)
	if !ok {
		return Holds{}, nil
	}
	prefix, named := v.Catalog().ByRole(param.FilePrefix, 0)
	postfix, _ := v.Catalog().ByRole(param.FilePostfix, 0)
	_, seals := v.Catalog().ByRole(param.FilePassword, 0)
	if !named && !seals {
		return Holds{}, nil
	}
	err = s.db.Read(ctx, func(q db.Q) error {
		st, err := everTold(ctx, q, d.ID, prefix, postfix)
		if text, told := st.ever[prefix]; named && told {
			h.Prefix = &text
		}
		if text, told := st.ever[postfix]; named && told {
			h.Postfix = &text
		}
		if seals { // else it was another make's phone that took it
			h.Password = secret.Ref(st.FilePassword)
		}
		return err
	})
	return h, err
}

// took notes what a phone holds after it took a revision: it keeps what the
// revision does not mention.
func (s *Service) took(st *state, r Revision) {
	if st.ever == nil {
		st.ever = map[param.Key]string{}
	}
	for _, e := range r.Entries {
		if e.Name == "" || e.State == Residue || e.Key == IncludeKey {
			continue
		}
		st.ever[e.Key] = e.Value
		if e.Secret != "" {
			st.ever[e.Key] = secret.Redacted
		}
	}
	if ref, said := s.FilePassword(r); said {
		st.FilePassword = string(ref)
	}
}

// FilePassword is the password for configuration files that a revision gives its
// phone, and whether it says anything of it.
func (s *Service) FilePassword(r Revision) (secret.Ref, bool) {
	v, ok := s.vendors.Get(r.Vendor)
	if !ok {
		return "", false
	}
	k, ok := v.Catalog().ByRole(param.FilePassword, 0)
	for _, e := range r.Entries {
		if ok && e.Key == k && e.Name != "" && e.State != Residue {
			return e.Secret, true
		}
	}
	return "", false
}

// WasReset records that a phone was set back to what it was in the box: it holds
// nothing that it ever took, and its next file is for a phone that holds nothing.
// What it should have stays.
func (s *Service) WasReset(ctx context.Context, d device.Device) error {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.ResetIn(ctx, tx, d) })
}

// ResetIn is WasReset inside a transaction, for a caller that has checked that the
// actor may change the device.
func (s *Service) ResetIn(ctx context.Context, tx *db.Tx, d device.Device) error {
	states, err := loadStates(ctx, tx, []string{d.ID})
	if err != nil {
		return err
	}
	st, there := states[d.ID]
	if !there || !st.isBound() && len(st.ever) == 0 {
		return nil // it never took anything
	}
	before := map[string]any{"delivered": st.Delivered, "confirmed": st.Confirmed, "sealed": st.FilePassword != ""}
	st.Delivered, st.DeliveredAt, st.Confirmed, st.ConfirmedAt, st.FilePassword, st.ever = "", 0, "", 0, "", nil
	if err := saveState(ctx, tx, st, s.db.Now().UnixMilli()); err != nil {
		return err
	}
	s.devices.Changed(tx, d)
	return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.was_reset", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(), Before: before})
}
