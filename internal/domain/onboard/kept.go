package onboard

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// was is one setting as a phone held it before it was led here.
type was struct {
	Number string `json:"n"`
	Name   string `json:"m"`
	Value  string `json:"v,omitempty"`
	Secret bool   `json:"s,omitempty"`
	Untold bool   `json:"u,omitempty"` // the page has it and did not show it
	Set    bool   `json:"o,omitempty"` // it was set through the page
}

// kept is all that a phone held, and of when.
type kept struct {
	row  keptRow
	list []was
}

// Setting is one setting of a phone that is to be given back.
type Setting struct {
	Name   string
	Value  string // "" where Secret
	Secret bool
	Untold bool // the phone did not show what it was: it will be empty
}

// Was is how a phone was before it was led here through its own web page, as far
// as something changed since.
type Was struct {
	Kept     bool // false where it was not led here so, and nothing is known
	At       time.Time
	Author   string
	Address  string
	Port     int
	Done     bool // it is known that the phone took what was set
	Settings []Setting
	Stay     []string // settings that were told and whose value before is not known
}

// AsItWas tells how a device's phone was. The caller has checked that the actor
// may see the device.
func (s *Service) AsItWas(ctx context.Context, d device.Device) (Was, error) {
	k, err := s.kept(ctx, d)
	if err != nil || k.row.DeviceID == "" {
		return Was{}, err
	}
	back, stay, err := s.goesBack(ctx, d, k.list)
	if err != nil {
		return Was{}, err
	}
	out := Was{Kept: true, At: clock.FromMillis(k.row.At), Author: k.row.Author, Address: k.row.Address, Port: k.row.Port, Done: k.row.DoneAt > 0, Stay: stay}
	for _, w := range back {
		v := Setting{Name: w.Name, Value: w.Value, Secret: w.Secret, Untold: w.Untold || w.Secret && w.Value == ""}
		if w.Secret {
			v.Value = ""
		}
		out.Settings = append(out.Settings, v)
	}
	return out, nil
}

// kept opens what a device's phone held; the zero value where nothing is kept, or
// where it was of other hardware.
func (s *Service) kept(ctx context.Context, d device.Device) (k kept, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error {
		row, err := findKept(ctx, q, d.ID)
		if err != nil || row.DeviceID == "" || row.MAC != d.MAC.String() {
			return err
		}
		text, err := s.Vault.Open(ctx, q, secret.Ref(row.KeptRef), secret.Outbound(d.ID, "web page"))
		if err != nil {
			return fmt.Errorf("open what a phone held: %w", err)
		}
		k.row = row
		return json.Unmarshal([]byte(text.Reveal()), &k.list)
	})
	return k, err
}

// keep seals what a phone holds, in the transaction that gives it to us, in place
// of what was kept before.
func (s *Service) keep(ctx context.Context, tx *db.Tx, d device.Device, row keptRow, list []was) error {
	if err := s.dropKept(ctx, tx, d.ID); err != nil {
		return err
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	ref, err := s.Vault.Seal(ctx, tx, secret.Owner{TenantID: d.TenantID, OrgID: d.OrgID, Kind: "device", ID: d.ID}, secret.NewString(string(text)))
	if err != nil {
		return fmt.Errorf("seal what a phone held: %w", err)
	}
	row.DeviceID, row.TenantID, row.OrgID, row.MAC, row.KeptRef = d.ID, d.TenantID, d.OrgID, d.MAC.String(), string(ref)
	return saveKept(ctx, tx, row)
}

// dropKept deletes what is kept of a device's phone.
func (s *Service) dropKept(ctx context.Context, tx *db.Tx, deviceID string) error {
	row, err := findKept(ctx, tx, deviceID)
	if err != nil || row.DeviceID == "" {
		return err
	}
	if err := s.Vault.Delete(ctx, tx, secret.Ref(row.KeptRef).Current()); err != nil {
		return fmt.Errorf("drop what a phone held: %w", err)
	}
	return deleteKept(ctx, tx, deviceID)
}

// DropDevice takes away what is kept of a device, before the device itself goes.
func (s *Service) DropDevice(ctx context.Context, tx *db.Tx, deviceID string) error {
	return s.dropKept(ctx, tx, deviceID)
}

// goesBack tells what of a phone was changed: what was set through its page, and
// what files ever told it, all of which the revision that it took last has. The rest is as its user left it, and stays.
func (s *Service) goesBack(ctx context.Context, d device.Device, list []was) (back []was, stay []string, err error) {
	told, err := s.told(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range list {
		if w.Set || told[w.Name] {
			back = append(back, w)
		}
		delete(told, w.Name)
	}
	for name := range told {
		stay = append(stay, name)
	}
	slices.Sort(stay)
	slices.SortFunc(back, func(a, b was) int {
		if a.Set != b.Set { // what leads the phone here comes first
			return map[bool]int{true: -1, false: 1}[a.Set]
		}
		return strings.Compare(a.Name, b.Name)
	})
	return back, stay, nil
}

// told are the names that a device's files had, with those that lead it to its own
// folder.
func (s *Service) told(ctx context.Context, d device.Device) (map[string]bool, error) {
	st, err := s.Revisions.Status(ctx, d.ID)
	out := map[string]bool{}
	if err != nil || st.Delivered == "" {
		return out, err
	}
	rev, err := s.Revisions.Revision(ctx, d.ID, st.Delivered)
	if err != nil {
		return nil, err
	}
	cat, target, err := s.Revisions.Catalog(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, e := range rev.Entries {
		name := e.Name
		if name == "" {
			name, _, _ = cat.Spell(e.Key, "", target)
		}
		if name != "" {
			out[name] = true
		}
	}
	v, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return out, nil
	}
	if boot, ok := s.Vendors.AsBootstrapper(v); ok {
		for _, value := range boot.Bootstrap(rev.Target, vendors.Bootstrap{BaseURL: s.BaseURL(), CA: s.CA()}) {
			out[value.Name] = true
		}
	}
	return out, nil
}
