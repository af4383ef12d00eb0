package onboard

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Visit is a call on a phone's own web page: which phone, and what opens it. The
// password is shown once and kept nowhere.
type Visit struct {
	Device   string // MAC in any form, or a record's id
	Address  string // one at which a door saw it; "": where it proved itself, or the only one
	Port     int    // of the page; 0: the usual ones
	User     string // "": the maker's name for the administrator
	Password secret.String
	Clear    bool // without encryption too
	SiteID   string
	Model    string // as of Row, for a stranger
	Name     string
}

// adminUser is what the pages of all makes so far call their administrator.
const adminUser = "admin"

// host is the phone that is called on.
type host struct {
	org     org.Org
	device  device.Device // zero for a stranger
	known   bool
	mac     mac.Address
	model   vendors.Model
	vendor  vendors.Vendor
	address netip.Addr
	subject string // of the certificate that a stranger showed
}

// hostOf finds out whom to call on: a phone that a door has seen at an address in
// the subnets of its site. No other address is ever called, whatever an operator
// types: else this program would look into its own network for whoever asks.
func (s *Service) hostOf(ctx context.Context, o org.Org, v Visit) (h host, err error) {
	h.org = o
	if v.Password.IsZero() {
		return h, fault.InvalidFields("the phone's password is needed", fault.Field{Path: "password", Message: "the one that opens the phone's own web page"})
	}
	if h.device, h.known, err = s.find(ctx, o, v.Device); err != nil {
		return h, err
	}
	var siteID, model, proven string
	var others []string
	where := access.Where{TenantID: o.TenantID, OrgID: o.ID, Any: true}
	if h.known {
		h.mac, siteID, model, where = h.device.MAC, h.device.SiteID, h.device.Model, h.device.Where()
		proven, others, err = s.seen(ctx, h.device)
	} else {
		var stranger device.Stranger
		if h.mac, err = mac.Parse(v.Device); err == nil {
			stranger, err = s.Devices.Stranger(ctx, o, h.mac)
		}
		siteID, model, others, h.subject = stranger.Site.ID, cmp.Or(v.Model, stranger.Model), []string{stranger.Address}, stranger.Subject
		where.SitePath = stranger.Site.Path
		where.Any = false
	}
	if err != nil {
		return h, err
	}
	if err := s.Access.Authorize(ctx, access.DeviceWrite, where); err != nil {
		return h, err
	}
	if h.address, err = s.where(ctx, o, siteID, v.Address, proven, others); err != nil {
		return h, err
	}
	var ok bool
	if h.vendor, h.model, ok = s.Vendors.ByModel(model); !ok {
		return h, fault.InvalidFields("the phone's model is not known", fault.Field{Path: "model", Message: "say which model it is"})
	}
	return h, nil
}

// seen are the addresses at which a door saw a device. Where it proved itself comes
// first; the others are those of whoever asked with its MAC.
func (s *Service) seen(ctx context.Context, d device.Device) (proven string, others []string, err error) {
	claims, err := s.Identity.Claims(ctx, d.OrgID, d.ID)
	if err != nil {
		return "", nil, err
	}
	for _, c := range claims {
		if c.State != identity.ClaimRejected {
			others = append(others, c.Address)
		}
	}
	k, err := s.kept(ctx, d)
	if err != nil {
		return "", nil, err
	}
	more, err := s.Provision.SeenAt(ctx, d)
	return cmp.Or(d.Hot.Address, k.row.Address), append(others, more...), err
}

// where picks the address: the one that is wanted, else where the phone proved
// itself, else the only one. It must have been seen, lie in one of the site's
// subnets, and in no subnet of another tenant. Of several nobody but the operator
// can tell which is the phone's: somebody else may have asked with its MAC.
func (s *Service) where(ctx context.Context, o org.Org, siteID, wanted, proven string, others []string) (netip.Addr, error) {
	all := slices.DeleteFunc(append([]string{proven}, others...), func(a string) bool { return a == "" })
	if wanted != "" && !slices.Contains(all, wanted) {
		return netip.Addr{}, fault.InvalidFields("the phone was not seen there", fault.Field{Path: "address", Message: "no door has seen this phone at that address"})
	}
	if wanted != "" {
		proven, all = wanted, []string{wanted}
	}
	fit, err := s.callable(ctx, o, siteID, all)
	switch {
	case err != nil:
		return netip.Addr{}, err
	case len(all) == 0:
		return netip.Addr{}, fault.New(fault.Conflict, "no door has seen this phone yet, so its address is not known").WithCode("not_seen")
	case len(fit) == 0:
		return netip.Addr{}, fault.New(fault.Conflict, "the phone was seen outside the subnets of its site: such an address is not called; enter the subnet at the site, or set the phone by hand").WithCode("outside_subnets")
	case len(fit) > 1 && fit[0].String() != proven:
		return netip.Addr{}, fault.New(fault.Conflict, "somebody asked with this phone's MAC at %s: say which address is the phone's, as it shows it itself", joined(fit)).WithCode("addresses")
	}
	return fit[0], nil
}

func joined(list []netip.Addr) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.String()
	}
	return strings.Join(texts, " and at ")
}

// callable are those of some addresses that may be called, each once.
func (s *Service) callable(ctx context.Context, o org.Org, siteID string, list []string) (out []netip.Addr, err error) {
	system := scope.AsSystem(ctx, "onboard.where")
	err = s.DB.Read(system, func(q db.Q) error {
		grounds, err := s.Orgs.Grounds(system, q)
		if err != nil {
			return err
		}
		for _, text := range list {
			a, err := netip.ParseAddr(text)
			if a = a.Unmap().WithZone(""); err != nil || slices.Contains(out, a) {
				continue
			}
			inside, _, err := s.Orgs.Covers(system, q, siteID, a)
			if err != nil {
				return err
			}
			if inside && slices.ContainsFunc(grounds.At(text), func(g org.Ground) bool { return g.OrgID == o.ID }) {
				out = append(out, a)
			}
		}
		return nil
	})
	return out, err
}

// enter calls on a phone's page, shows the password once, and makes sure that the
// page is that phone's. The caller closes the page.
func (s *Service) enter(ctx context.Context, h host, v Visit) (vendors.Lead, Page, error) {
	frozen, err := s.Commands.Freezes(ctx, h.org.TenantID, h.org.ID, h.device.ID)
	if err == nil && len(frozen) > 0 {
		err = fault.New(fault.Conflict, "nothing is to be changed now: %s froze it, %s", frozen[0].Author, frozen[0].Reason).WithCode("frozen")
	}
	if err != nil {
		return vendors.Lead{}, nil, err
	}
	lead, pages, err := s.lead(h)
	if err != nil {
		return lead, nil, err
	}
	if err := s.mayTry(ctx, h); err != nil {
		return lead, nil, err
	}
	p, err := pages.Reach(ctx, Call{Address: h.address, Port: v.Port, Form: lead.Form, User: cmp.Or(v.User, adminUser), Clear: v.Clear})
	if err != nil {
		return lead, nil, err
	}
	if err = s.try(ctx, h); err == nil {
		if err = p.SignIn(ctx, v.Password); err == nil {
			err = s.tookIt(ctx, h)
		}
	}
	if err == nil {
		err = s.same(ctx, h, p)
	}
	if err != nil {
		p.Close(context.WithoutCancel(ctx))
		return lead, nil, err
	}
	return lead, p, nil
}

// lead is how the phone's model is led here.
func (s *Service) lead(h host) (vendors.Lead, Pages, error) {
	byHand := fault.New(fault.Conflict, "no way through the web page of a %s is known to programs: set it by hand, as its set-up card says", h.model.Name).WithCode("by_hand")
	leader, ok := s.Vendors.AsLeader(h.vendor)
	pages := s.Pages[h.vendor.Name()]
	if !ok || pages == nil {
		return vendors.Lead{}, nil, byHand
	}
	lead, ok := leader.Lead(h.model, s.Identity.InviteFolder(s.base(), h.mac, h.address))
	if !ok {
		return vendors.Lead{}, nil, byHand
	}
	return lead, pages, nil
}

// same makes sure that the page is that of the phone which is meant.
func (s *Service) same(ctx context.Context, h host, p Page) error {
	m, err := p.MAC(ctx)
	switch {
	case err != nil:
		return err
	case m == "":
		return fault.New(fault.Conflict, "the web page at %s does not tell which phone it is; nothing was changed", h.address).WithCode("no_mac")
	case m != h.mac:
		return fault.New(fault.Conflict, "the web page at %s is that of another phone, %s; nothing was changed", h.address, m.Colons()).WithCode("other_phone")
	}
	return nil
}

// subjects are what wrong passwords are counted by: phones lock their page after a
// few, so one an hour is shown, whether the phone is known by MAC or by address.
func (h host) subjects() []string {
	return []string{"mac " + h.mac.String(), "at " + h.address.String()}
}

// mayTry reports whether a password may be shown to the phone now.
func (s *Service) mayTry(ctx context.Context, h host) error {
	return s.DB.Read(ctx, func(q db.Q) error { return s.tried(ctx, q, h) })
}

func (s *Service) tried(ctx context.Context, q db.Q, h host) error {
	at, err := lastTry(ctx, q, h.org.ID, h.subjects())
	if err != nil {
		return err
	}
	if again := time.UnixMilli(at).Add(limit.PageRetry); at > 0 && again.After(s.DB.Now()) {
		return fault.New(fault.Conflict, "the last password was not taken, and the phone locks its page after a few wrong ones: the next try may be at %s UTC", again.UTC().Format("15:04")).WithCode("wait")
	}
	return nil
}

// try writes down that a password is about to be shown: it counts as wrong until
// the phone has taken it, also where this program ends in between.
func (s *Service) try(ctx context.Context, h host) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "page."+h.org.ID); err != nil {
			return err
		}
		if err := s.tried(ctx, tx, h); err != nil {
			return err
		}
		now := s.DB.Now()
		if err := pruneTries(ctx, tx, now.Add(-limit.PageRetry).UnixMilli()); err != nil {
			return err
		}
		for _, subject := range h.subjects() {
			if err := saveTry(ctx, tx, tryRow{OrgID: h.org.ID, TenantID: h.org.TenantID, Subject: subject, At: now.UnixMilli()}); err != nil {
				return fmt.Errorf("write down a try: %w", err)
			}
		}
		return nil
	})
}

// tookIt forgets the try: the phone has taken the password.
func (s *Service) tookIt(ctx context.Context, h host) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error { return deleteTries(ctx, tx, h.org.ID, h.subjects()) })
}
