package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/vendors"
)

// Cell is one entry of a base's handset table: a handset's line and the line of
// the base whose account it uses.
type Cell struct {
	HandsetLine
	Use int
}

// Modes lists the handset modes of a model, the default first; none where it is
// no base.
func (s *Service) Modes(model string) []string {
	v, m, ok := s.vendors.ByModel(model)
	if !ok {
		return nil
	}
	return modes(v, m)
}

func modes(v vendors.Vendor, m vendors.Model) []string {
	k, ok := v.Catalog().ByRole(param.LineMode, 1)
	if !ok || m.Base.Profiles == 0 {
		return nil
	}
	p, _, _ := v.Catalog().On(k, param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name})
	out := make([]string, len(p.Options))
	for i, o := range p.Options {
		out[i] = o.Value
	}
	return out
}

// chooseProfile finds the profile of an account on a base. Accounts of different
// SIP servers cannot share one.
func chooseProfile(profiles int, lines []Line, line, wanted int, a Account) (int, error) {
	server := map[int]Line{} // whose server a profile has
	for _, l := range lines {
		if l.N != line {
			server[max(1, l.Profile)] = l
		}
	}
	if wanted > 0 {
		if other, held := server[wanted]; held && other.Account.ServerID != a.ServerID {
			return 0, fault.InvalidFields("line is not valid", fault.Field{Path: "profile",
				Message: fmt.Sprintf("profile %d has the SIP server of %s on line %d, %s; accounts of different servers cannot share a profile", wanted, other.Account.UserID, other.N, other.Account.ServerAddress)})
		}
		return wanted, nil
	}
	free := 0
	for p := profiles; p >= 1; p-- {
		other, held := server[p]
		if held && other.Account.ServerID == a.ServerID {
			return p, nil
		}
		if !held {
			free = p
		}
	}
	if free == 0 {
		return 0, fault.New(fault.Conflict, "all %d profiles have other SIP servers than %s", profiles, a.ServerAddress)
	}
	return free, nil
}

// staysInProfiles refuses to move an account to another server while it shares a
// base's profile with accounts of the old one.
func (s *Service) staysInProfiles(ctx context.Context, q db.Q, a Account) error {
	clashes, err := profileClashes(ctx, q, a)
	if err != nil {
		return err
	}
	for _, c := range clashes {
		if _, m, ok := s.vendors.ByModel(c.Model); ok && m.Base.Profiles > 0 {
			return fault.New(fault.Conflict, "%s shares profile %d of %s with accounts of another SIP server; take it off that base first", a.UserID, c.Profile, c.MAC)
		}
	}
	return nil
}

// SetHandsets replaces a base's handset table; an empty one leaves the handsets
// to the base's own. Only lines that carry an account may be used. The base
// learns of it by a push.
func (s *Service) SetHandsets(ctx context.Context, d device.Device, table []Cell) error {
	if err := s.access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return err
	}
	_, m, ok := s.vendors.ByModel(d.Model)
	if !ok || m.Base.Handsets == 0 {
		return fault.New(fault.Invalid, "%s is no base for handsets", d.Model)
	}
	table = slices.Clone(table)
	slices.SortFunc(table, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Handset, b.Handset), cmp.Compare(a.Line, b.Line))
	})
	return s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := linesOf(ctx, tx, []string{d.ID})
		if err != nil {
			return err
		}
		lines := all[d.ID]
		if err := checkTable(m.Base, lines, table); err != nil {
			return err
		}
		if err := replaceHandsets(ctx, tx, d, table); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.handsets", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(),
			Before: tableView(Table(lines), lines), After: tableView(table, lines)})
	})
}

// Table is the handset table of a base's lines, by handset and line.
func Table(lines []Line) []Cell {
	var out []Cell
	for _, l := range lines {
		for _, h := range l.Handsets {
			out = append(out, Cell{h, l.N})
		}
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Handset, b.Handset), cmp.Compare(a.Line, b.Line))
	})
	return out
}

func checkTable(base vendors.Base, lines []Line, table []Cell) error {
	var wrong []fault.Field
	for i, c := range table {
		at := fmt.Sprintf("handset %d, line %d", c.Handset, c.Line)
		switch {
		case c.Handset < 1 || c.Handset > base.Handsets || c.Line < 1 || c.Line > base.HandsetLines:
			wrong = append(wrong, fault.Field{Path: "lines", Message: at + ": the base has no such handset or line"})
		case i > 0 && table[i-1].HandsetLine == c.HandsetLine:
			wrong = append(wrong, fault.Field{Path: "lines", Message: at + " is there twice"})
		case lineAt(lines, c.Use).Account.ID == "":
			wrong = append(wrong, fault.Field{Path: "lines", Message: fmt.Sprintf("%s: no account is on line %d of the base", at, c.Use)})
		}
	}
	return orInvalid("handset table", wrong)
}

func tableView(table []Cell, lines []Line) map[string]any {
	out := map[string]any{}
	for _, c := range table {
		out[fmt.Sprintf("HS%d line %d", c.Handset, c.Line)] = lineAt(lines, c.Use).Account.UserID
	}
	return out
}
