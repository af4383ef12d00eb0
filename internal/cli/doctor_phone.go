package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/page"
)

// lastRequests is how many of a phone's requests are shown.
const lastRequests = 20

// patient is all that is known of a phone.
type patient struct {
	MAC      string        `json:"mac"`
	DeviceID string        `json:"device_id"` // "" for a machine that is nobody's
	Who      string        `json:"who"`       // a sentence
	Stands   string        `json:"stands"`    // the stage, "" where nothing is awaited
	Since    *time.Time    `json:"since"`
	Awaits   string        `json:"awaits"` // one sentence
	Code     string        `json:"reason_code"`
	Severity string        `json:"severity"`
	Do       string        `json:"do"`
	Steps    []patientStep `json:"steps"`
	Requests []patientAsk  `json:"requests"`
}

type patientStep struct {
	Stage string     `json:"stage"`
	State string     `json:"state"`
	At    *time.Time `json:"at"`
	Text  string     `json:"text"`
}

type patientAsk struct {
	At      time.Time `json:"at"` // of the last one
	Count   int64     `json:"count"`
	Door    string    `json:"door"`
	Address string    `json:"address"`
	Name    string    `json:"name"`
	Verdict string    `json:"verdict"`
	Reason  string    `json:"reason"`
}

// phone tells why one phone does not come. It fails where the phone has a problem.
func (c *doctorCmd) phone(ctx context.Context, s *session, cfg config.Config) error {
	if err := exists(cfg); err != nil {
		return err
	}
	var p patient
	err := s.open(ctx, cfg, func(ctx context.Context, a *app.App) (err error) {
		p, err = examine(ctx, a, c.Phone)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = s.printJSON(p)
	} else {
		s.print("%s", p.text())
	}
	if err == nil && p.Severity == string(identity.Problem) {
		err = fault.New(fault.Unavailable, "the phone has a problem")
	}
	return err
}

// examine finds a phone by what it is called, and its way.
func examine(ctx context.Context, a *app.App, ref string) (patient, error) {
	d, m, err := find(ctx, a, ref)
	if err != nil {
		return patient{}, err
	}
	var w provision.Waterfall
	p := patient{Steps: []patientStep{}, Requests: []patientAsk{}}
	if d.ID == "" {
		p.Who = m.Colons() + ", which no organization has."
		w, err = a.Provision.StrangerWaterfall(ctx, "", m)
	} else {
		if p.Who, err = described(ctx, a, d); err != nil {
			return p, err
		}
		w, err = a.Provision.Waterfall(ctx, d)
	}
	if err != nil {
		return p, err
	}
	p.MAC, p.DeviceID, p.Stands, p.Since, p.Awaits, p.Code, p.Severity, p.Do = w.MAC, w.DeviceID, string(w.Stands), optionalTime(w.Since), w.Awaits, string(w.Reason), string(w.Reason.Severity()), w.Remedy
	for _, step := range w.Steps {
		p.Steps = append(p.Steps, patientStep{string(step.Stage), string(step.Progress), optionalTime(step.At), step.Text})
	}
	f := provision.Filter{DeviceID: d.ID, Page: page.Page{Limit: lastRequests}}
	if d.ID == "" {
		f.MAC = m.String()
	}
	list, err := a.Ledger.List(ctx, f)
	for _, e := range list.Items {
		p.Requests = append(p.Requests, patientAsk{e.LastAt, e.Count, string(e.Door), e.Address, e.Name, string(e.Verdict), e.Reason})
	}
	return p, err
}

// find looks a phone up by id, MAC, name or address; where nobody has it, by the
// MAC that asked.
func find(ctx context.Context, a *app.App, ref string) (device.Device, mac.Address, error) {
	d, err := a.Devices.Get(ctx, ref)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return d, d.MAC, err
	}
	if m, err := mac.Parse(ref); err == nil {
		return device.Device{}, m, nil
	}
	list, err := a.Devices.List(ctx, device.Filter{Q: ref})
	if err != nil {
		return d, "", err
	}
	fits := slices.DeleteFunc(list.Items, func(d device.Device) bool { return !strings.EqualFold(d.Name, ref) && d.Hot.Address != ref })
	switch {
	case len(fits) == 1:
		return fits[0], fits[0].MAC, nil
	case len(fits) > 1:
		var names []string
		for _, d := range fits {
			names = append(names, d.MAC.Colons())
		}
		return d, "", fault.New(fault.Conflict, "several phones are called %s: %s; name one of these", ref, strings.Join(names, ", "))
	}
	if _, err := netip.ParseAddr(ref); err == nil {
		return asker(ctx, a, ref)
	}
	return d, "", fault.New(fault.NotFound, "no phone has the MAC, name or address %s", ref)
}

// asker is the phone that last asked from an address.
func asker(ctx context.Context, a *app.App, address string) (device.Device, mac.Address, error) {
	rows, err := a.Ledger.List(ctx, provision.Filter{Address: address, Page: page.Page{Limit: lastRequests}})
	if err != nil {
		return device.Device{}, "", err
	}
	for _, e := range rows.Items {
		if e.Address != address || e.MAC == "" {
			continue
		}
		d, err := a.Devices.Get(ctx, e.MAC)
		if fault.Is(err, fault.NotFound) {
			return device.Device{}, mac.Address(e.MAC), nil
		}
		return d, d.MAC, err
	}
	return device.Device{}, "", fault.New(fault.NotFound, "nothing that told a MAC came from %s in the last 30 days", address)
}

// described says whose a phone is.
func described(ctx context.Context, a *app.App, d device.Device) (string, error) {
	o, err := a.Orgs.Org(ctx, d.OrgID)
	name := d.MAC.Colons()
	if d.Name != "" {
		name = d.Name + ", " + name
	}
	return fmt.Sprintf("%s: a %s of the site %s of %s, %s.", name, d.Model, d.SiteName, o.Name, d.Life), err
}

// text is what people read.
func (p patient) text() string {
	var b strings.Builder
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	say("%s\n\n%s", p.Who, p.Awaits)
	if p.Do != "" {
		say("→ %s", p.Do)
	}
	say("\nIts way:")
	for _, s := range p.Steps {
		at := ""
		if s.At != nil {
			at = s.At.Local().Format(time.DateTime)
		}
		say("  %-19s  %-7s  %-11s  %s", at, s.State, s.Stage, s.Text)
	}
	if len(p.Requests) == 0 {
		say("\nIt has asked for nothing in the last 30 days.")
		return strings.TrimRight(b.String(), "\n")
	}
	say("\nIts last requests:")
	for _, r := range p.Requests {
		say("  %s  ×%-3d %-5s %-15s %-12s %s: %s", r.At.Local().Format(time.DateTime), r.Count, r.Door, r.Address, r.Verdict, cmp.Or(r.Name, "–"), r.Reason)
	}
	return strings.TrimRight(b.String(), "\n")
}
