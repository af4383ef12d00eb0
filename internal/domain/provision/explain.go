package provision

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// A phone that takes the same file whole again and again, quicker than a timer or
// a person has it do so, does not accept what it gets.
const (
	loopAfter = 6                // whole fetches of one revision within an hour
	loopPace  = 10 * time.Second // between two of them, in the mean
)

// loops reports whether an entry is of a phone that fetches in a loop.
func (e Entry) loops() bool {
	return e.Verdict == Served && e.Count >= loopAfter && e.LastAt.Sub(e.At) <= time.Duration(e.Count-1)*loopPace
}

// more is what finds the rest that is wrong with a request, nil where nothing
// is. It holds no secret.
func (s *Service) more(v verdict) func(context.Context, Entry) (Entry, error) {
	if v.entry.Verdict == Probe {
		return nil
	}
	return func(ctx context.Context, e Entry) (Entry, error) {
		e.Findings = append([]identity.Finding(nil), e.Findings...)
		if e.Verdict == Served || e.Verdict == NotModified {
			return s.explainServed(ctx, v, e)
		}
		return s.explainRefused(ctx, v, e)
	}
}

// find adds a finding, once for each code.
func (e *Entry) find(r identity.Reason, text string) {
	for _, f := range e.Findings {
		if f.Reason == r {
			return
		}
	}
	e.Findings = append(e.Findings, identity.Finding{Reason: r, Text: text})
}

func (s *Service) explainServed(ctx context.Context, v verdict, e Entry) (Entry, error) {
	if v.device.ID == "" {
		return e, nil
	}
	s.findModel(&e, v)
	if v.own && e.loops() {
		often := "the phone took the same file whole " + strconv.FormatInt(e.Count, 10) + " times in quick succession, and comes again: "
		text := often + "it does not accept what it gets"
		h, err := s.Revisions.Holds(ctx, v.device)
		if err != nil {
			return e, err
		}
		if h.Password != "" {
			text = often + "the file is sealed, so most likely the phone's password for files is another"
		}
		e.find(identity.FetchLoop, text)
	}
	return e, nil
}

func (s *Service) explainRefused(ctx context.Context, v verdict, e Entry) (Entry, error) {
	if e.DeviceID == "" {
		if e.MAC != "" {
			e.find(identity.NotInInventory, "no organization has a phone with this MAC")
		}
		return e, nil
	}
	d, err := s.Devices.Get(scope.AsSystem(ctx, "provision.explain"), e.DeviceID)
	if fault.Is(err, fault.NotFound) {
		return e, nil // deleted meanwhile
	}
	if err != nil {
		return e, err
	}
	v.device = d
	if d.Life != device.Adopted {
		e.find(identity.OfLife(d.Life), "the device is "+string(d.Life))
	}
	if m := v.sight.AgentMAC; m != "" && v.sight.MAC != "" && m != v.sight.MAC {
		e.find(identity.AgentOther, "the user agent tells the MAC "+m.Colons()+", the name "+v.sight.MAC.Colons())
	}
	if err := s.findPlace(ctx, &e, v); err != nil {
		return e, err
	}
	s.findModel(&e, v)
	if v.sight.File == vendors.Config && v.sight.Form != vendors.Binary {
		h, err := s.Revisions.Holds(ctx, d)
		if err != nil {
			return e, err
		}
		for _, f := range wrongName(h, v.sight) {
			e.find(f.Reason, f.Text)
		}
	}
	return e, s.findBare(ctx, &e, d)
}

// findPlace looks where the phone stands, and what its site allows.
func (s *Service) findPlace(ctx context.Context, e *Entry, v verdict) error {
	at, err := s.Orgs.Stands(ctx, v.device.SiteID, v.peer)
	if err != nil {
		return err
	}
	if at.Subnets && !at.Inside {
		e.find(identity.OutsideSubnet, "the address "+e.Address+" is outside the subnets of the device's site "+v.device.SiteName)
	}
	if !e.Door.Clear() || e.Verdict == Invalid || at.Legacy {
		return nil
	}
	if at.Ended {
		e.find(identity.LegacyEnded, "the legacy flag of the site "+v.device.SiteName+" has ended, and the phone still comes in clear text")
	} else if e.Verdict != Bootstrap {
		e.find(identity.ClearText, "the phone comes in clear text, and no legacy flag of its site covers the address")
	}
	return nil
}

// findModel compares what the phone calls itself with the inventory.
func (s *Service) findModel(e *Entry, v verdict) {
	switch told := v.sight.Model; {
	case told != "" && v.device.Model != "" && !strings.EqualFold(told, v.device.Model):
		e.find(identity.OtherModel, "the phone calls itself a "+told+" and is registered as a "+v.device.Model)
	case told == "" && v.sight.AgentMAC != "":
		e.find(identity.UnknownModel, "no catalog knows the model that the user agent tells: "+e.UserAgent)
	}
}

// findBare tells a phone that comes without its token though it used it before.
func (s *Service) findBare(ctx context.Context, e *Entry, d device.Device) error {
	if e.Verdict != Bootstrap {
		return nil
	}
	used, err := s.Identity.LastUse(ctx, d.ID)
	if err == nil && !used.IsZero() && used.Before(e.LastAt) {
		e.find(identity.CameBackBare, "the phone used its own address before and asks without it now: it was reset, or DHCP or plug and play told it another address")
	}
	return err
}

func malformed(r Request) identity.Finding {
	bad := func(c identity.Reason, text string) identity.Finding { return identity.Finding{Reason: c, Text: text} }
	switch {
	case r.Problem != "":
		return bad(cmp.Or(identity.Reason(r.Fault), identity.Malformed), r.Problem)
	case r.Name == "":
		return bad(identity.Malformed, "no file is named")
	case len(r.Name) > limit.FileName:
		return bad(identity.TooLong, "the name is longer than "+strconv.Itoa(limit.FileName)+" bytes")
	case !utf8.ValidString(r.Name) || strings.ContainsFunc(r.Name, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return bad(identity.Malformed, "the name holds control characters")
	case strings.ContainsAny(r.Name, `/\`) || strings.Contains(r.Name, ".."):
		return bad(identity.Malformed, "the name leads out of its folder")
	}
	return identity.Finding{}
}

// unfilled says of a name that a word stands in it where the phone's own MAC
// belongs, as a manual writes it, or the MAC in a form that no phone's file has;
// "" of any other.
func (s *Service) unfilled(r Request) string {
	plain := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(r.Name, ".xml"), ".cfg")))
	core := strings.TrimPrefix(plain, "cfg")
	switch core {
	case "mac", "macaddr", "macaddress", "mymac", "yourmac", "phonemac", "devicemac", "ma", "xxxxxxxxxxxx":
		return "the name has " + strconv.Quote(printable(r.Name, limit.FileName)) + ", a word where the phone's own MAC belongs"
	}
	if _, err := mac.Parse(core); err != nil || !strings.ContainsAny(r.Name, ":-") {
		return ""
	}
	if _, _, known := s.Vendors.Identify(vendors.Request{Door: r.Door, Name: r.Name}); known {
		return ""
	}
	return "the MAC in the name is not written as 12 digits"
}
