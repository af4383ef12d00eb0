package onboard

import (
	"context"
	"slices"
	"strings"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Led is what became of a phone that was called on.
type Led struct {
	Device    device.Device
	Address   string
	Set       []string // names of the settings that were set through the page
	Restarted bool     // false: somebody has to switch it off and on
}

// ClaimOverLAN leads a phone here through its own web page. The operator's word is
// the phone's own password: the page must tell the MAC that is meant, or nothing is
// changed. What the phone holds is read and sealed first (AsItWas); then the phone
// is approved at its address, told our address there under a bootstrap token, and
// restarted. Whatever happens between two of these steps, doing it again goes on,
// and what was kept first stays.
func (s *Service) ClaimOverLAN(ctx context.Context, o org.Org, v Visit) (Led, error) {
	ctx, cancel := context.WithTimeout(ctx, limit.PageWhole)
	defer cancel()
	h, err := s.hostOf(ctx, o, v)
	if err != nil {
		return Led{}, err
	}
	if l := h.device.Life; l == device.Rejected || l == device.Retired {
		return Led{}, fault.New(fault.Conflict, "the phone is %s: put it in service first", l).WithCode("life")
	}
	lead, p, err := s.enter(ctx, h, v)
	if err != nil {
		return Led{}, err
	}
	defer p.Close(context.WithoutCancel(ctx))
	list, err := s.readAll(ctx, p, lead)
	if err != nil {
		return Led{}, err
	}
	set := chosen(lead, list)
	row := keptRow{Address: h.address.String(), Port: v.Port, At: s.DB.Now().UnixMilli()}
	out := Led{Address: row.Address}
	if out.Device, err = s.takeOver(ctx, h, v, row, list, set); err != nil {
		return Led{}, err
	}
	for _, l := range set {
		out.Set = append(out.Set, l.Name)
	}
	if err := write(ctx, p, puts(set)); err != nil {
		return Led{}, err
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return markDone(ctx, tx, out.Device.ID, s.DB.Now().UnixMilli()) }); err != nil {
		return Led{}, err
	}
	out.Restarted = p.Restart(ctx) == nil
	return out, nil
}

// readAll reads what a phone holds of all that we may change.
func (s *Service) readAll(ctx context.Context, p Page, lead vendors.Lead) ([]was, error) {
	names, err := p.Numbers(ctx)
	if err != nil {
		return nil, err
	}
	var list []was
	seen := map[string]bool{}
	add := func(n vendors.LeadName, set bool) {
		if own := names[n.Name]; own != "" && !set {
			n.Number = own
		}
		if n.Number == "" || seen[n.Number] || len(list) >= limit.PageValues {
			return
		}
		seen[n.Number] = true
		list = append(list, was{Number: n.Number, Name: n.Name, Secret: n.Secret, Set: set})
	}
	for _, l := range lead.Values {
		add(l.LeadName, true)
	}
	for _, n := range lead.Keep {
		add(n, false)
	}
	numbers := make([]string, len(list))
	for i, w := range list {
		numbers[i] = w.Number
	}
	values, err := p.Read(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for _, l := range lead.Values {
		if _, ok := values[l.Number]; l.Needed && !ok {
			return nil, NoPage()
		}
	}
	list = slices.DeleteFunc(list, func(w was) bool { _, ok := values[w.Number]; return !ok && w.Set })
	for i := range list {
		v, ok := values[list[i].Number]
		list[i].Value, list[i].Untold = v.Reveal(), !ok
	}
	return list, nil
}

// chosen are the values that are set: those that the page has, and of a group all
// or none, as far as the page shows what each was.
func chosen(lead vendors.Lead, list []was) []vendors.LeadValue {
	held := map[string]was{}
	for _, w := range list {
		held[w.Number] = w
	}
	whole := map[string]bool{}
	for _, l := range lead.Values {
		if w, ok := held[l.Number]; l.Group != "" {
			before, seen := whole[l.Group]
			whole[l.Group] = (before || !seen) && ok && !w.Untold && (!l.Secret || w.Value != "")
		}
	}
	return slices.DeleteFunc(slices.Clone(lead.Values), func(l vendors.LeadValue) bool {
		_, ok := held[l.Number]
		return !ok || l.Group != "" && !whole[l.Group]
	})
}

// put is a setting that is to be set.
type put struct {
	number string
	value  secret.String
	hidden bool // a page need not show it
}

func puts(set []vendors.LeadValue) []put {
	out := make([]put, len(set))
	for i, l := range set {
		out[i] = put{l.Number, secret.NewString(l.Value), l.Secret}
	}
	return out
}

// takeOver writes down, in one transaction, that the phone is ours at its address
// and how it was. What was kept first stays, unless the phone has been led
// elsewhere since.
func (s *Service) takeOver(ctx context.Context, h host, v Visit, row keptRow, list []was, set []vendors.LeadValue) (device.Device, error) {
	is := map[string]bool{}
	for _, l := range set {
		is[l.Number] = true
	}
	for i := range list {
		list[i].Set = is[list[i].Number]
	}
	step := func(ctx context.Context, tx *db.Tx, d device.Device) error {
		before, err := findKept(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		row.Author = scope.From(ctx).Actor.Name
		if before.MAC != d.MAC.String() || !s.leadsHere(list) {
			if err := s.keep(ctx, tx, d, row, list); err != nil {
				return err
			}
		}
		names := make([]string, len(set))
		for i, l := range set {
			names[i] = l.Name
		}
		return s.Audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "device.lead_here", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.String(),
			After: map[string]any{"address": row.Address, "settings": names}})
	}
	if !h.known {
		r := Row{Device: h.mac.String(), Address: row.Address, SiteID: v.SiteID, Model: h.model.Name, Name: v.Name}
		return s.takeIn(ctx, h.org, r, device.Adopted, step)
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Identity.Invite(ctx, tx, h.device, h.address); err != nil {
			return err
		}
		return step(ctx, tx, h.device)
	})
	if err != nil {
		return device.Device{}, err
	}
	return s.Devices.Get(ctx, h.device.ID)
}

// leadsHere reports whether a phone looks for its files in one of our folders
// already.
func (s *Service) leadsHere(list []was) bool {
	_, base, _ := strings.Cut(s.base(), "://")
	return slices.ContainsFunc(list, func(w was) bool { return w.Set && strings.HasPrefix(w.Value, base+"/p/") })
}

func (s *Service) base() string { return strings.TrimRight(s.BaseURL(), "/") }

// write sets values and reads them again: a page may say that it has taken what it
// has not.
func write(ctx context.Context, p Page, list []put) error {
	values, numbers := map[string]secret.String{}, []string{}
	for _, w := range list {
		values[w.number] = w.value
		if !w.hidden {
			numbers = append(numbers, w.number)
		}
	}
	if len(values) == 0 {
		return nil
	}
	err := p.Write(ctx, values)
	var now map[string]secret.String
	if err == nil {
		now, err = p.Read(ctx, numbers)
	}
	if fault.Is(err, fault.Unavailable) {
		return fault.New(fault.Unavailable, "the phone stopped answering while it was being set, so it is not known whether it took that. What it held is kept, and doing it again is safe").WithCode("cut")
	}
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if got, ok := now[n]; !ok || got.Reveal() != values[n].Reveal() {
			return fault.New(fault.Conflict, "the phone says that it took the settings, and shows others: perhaps this user may not change them").WithCode("not_taken")
		}
	}
	return nil
}
