package account

import (
	"context"
	"slices"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
)

// Lines returns the lines of some devices by device id, in line order.
func (s *Service) Lines(ctx context.Context, deviceIDs ...string) (out map[string][]Line, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = linesOf(ctx, q, deviceIDs)
		return err
	})
	return out, err
}

// LinesIn is Lines inside a transaction.
func (s *Service) LinesIn(ctx context.Context, q db.Q, deviceIDs ...string) (map[string][]Line, error) {
	return linesOf(ctx, q, deviceIDs)
}

// Assignment is what comes onto a line.
type Assignment struct {
	Line      int    // from 1
	AccountID string // "" takes the account off
	Profile   int    // of a base: 0 chooses one that has the account's server
	Mode      string // of a base: which handsets ring; "" is the base's default
}

// SetLine puts an account onto line n of a device, or takes it off where
// accountID is empty; on a base in a profile that fits. The phone learns of it by
// a push.
func (s *Service) SetLine(ctx context.Context, d device.Device, n int, accountID, author string) error {
	return s.Assign(ctx, d, Assignment{Line: n, AccountID: accountID}, author)
}

// Assign is SetLine with all that a base can be told. It fails with Invalid for
// what the model does not have or where the profile holds another SIP server, and
// with Conflict where no profile is left for the account's server.
func (s *Service) Assign(ctx context.Context, d device.Device, in Assignment, author string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.AssignIn(ctx, tx, d, in, author) })
}

// AssignIn is Assign as part of a transaction.
func (s *Service) AssignIn(ctx context.Context, tx *db.Tx, d device.Device, in Assignment, author string) error {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return err
	}
	m, err := s.checkAssignment(d, in)
	if err != nil {
		return err
	}
	all, err := linesOf(ctx, tx, []string{d.ID})
	if err != nil {
		return err
	}
	was := lineAt(all[d.ID], in.Line)
	if err := dropLine(ctx, tx, d.ID, in.Line); err != nil {
		return err
	}
	row := &lineRow{DeviceID: d.ID, Line: in.Line, TenantID: d.TenantID, OrgID: d.OrgID, AccountID: in.AccountID, Mode: in.Mode, Author: author, At: s.db.Now().UnixMilli()}
	after := map[string]any{"line": in.Line, "account": ""}
	if in.AccountID == "" {
		err = dropHandsets(ctx, tx, d.ID, in.Line)
	} else {
		after, err = s.putLine(ctx, tx, row, in.Profile, m.Base, all[d.ID])
	}
	if err != nil {
		return err
	}
	if err := s.devices.Reindex(ctx, tx, d.ID); err != nil {
		return err
	}
	return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.line", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(),
		Before: lineView(in.Line, was.Account.UserID, was.Profile, was.Mode), After: after})
}

func (s *Service) checkAssignment(d device.Device, in Assignment) (vendors.Model, error) {
	v, m, ok := s.vendors.ByModel(d.Model)
	var wrong []fault.Field
	if !ok || in.Line < 1 || in.Line > m.Lines && in.AccountID != "" { // what a model before had beyond can be taken off
		wrong = append(wrong, fault.Field{Path: "line", Message: "this model has no such line"})
	}
	if in.Profile < 0 || in.Profile > m.Base.Profiles {
		wrong = append(wrong, fault.Field{Path: "profile", Message: "this model has no such profile"})
	}
	if in.Mode != "" && !(ok && slices.Contains(modes(v, m), in.Mode)) {
		wrong = append(wrong, fault.Field{Path: "mode", Message: "this model has no such handset mode"})
	}
	return m, orInvalid("line", wrong)
}

// putLine writes an account onto a line.
func (s *Service) putLine(ctx context.Context, tx *db.Tx, row *lineRow, profile int, base vendors.Base, lines []Line) (map[string]any, error) {
	a, err := findAccount(ctx, tx, row.AccountID)
	if fault.Is(err, fault.NotFound) || err == nil && a.OrgID != row.OrgID {
		return nil, fault.InvalidFields("line is not valid", fault.Field{Path: "account_id", Message: "there is no such account in this organization"})
	}
	if err != nil {
		return nil, err
	}
	if base.Profiles > 0 {
		if row.Profile, err = chooseProfile(base.Profiles, lines, row.Line, profile, a); err != nil {
			return nil, err
		}
	}
	return lineView(row.Line, a.UserID, row.Profile, row.Mode), db.Insert(ctx, tx, row)
}

func lineView(n int, user string, profile int, mode string) map[string]any {
	out := map[string]any{"line": n, "account": user}
	if profile > 0 && user != "" {
		out["profile"], out["mode"] = profile, mode
	}
	return out
}

func lineAt(lines []Line, n int) Line {
	i := slices.IndexFunc(lines, func(l Line) bool { return l.N == n })
	if i < 0 {
		return Line{N: n}
	}
	return lines[i]
}
