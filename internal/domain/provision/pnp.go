package provision

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Seeker is a phone that asked its network for a server (SIP plug and play). All
// but Address is hearsay.
type Seeker struct {
	MAC       mac.Address // "" where it told none
	Model     string
	Firmware  string
	UserAgent string
	Address   netip.Addr
}

// nameOfSearch stands in the ledger where other doors have a file's name.
const nameOfSearch = "ua-profile"

// Seek says where a phone is sent: to a folder with a bootstrap token, which
// proves nothing but that it asked here, or to its maker's file of addresses
// where it told no MAC. "" is silence, so that somebody else may answer. The
// answer is the same for known and unknown phones. done must be called once.
func (s *Service) Seek(ctx context.Context, r Seeker) (url string, done func(sent bool)) {
	v := verdict{entry: Entry{At: s.DB.Now(), Door: vendors.PnP, Address: r.Address.Unmap().String(), MAC: r.MAC.String(), Name: nameOfSearch, UserAgent: printable(r.UserAgent, limit.UserAgent)}}
	url, v = s.seek(ctx, r, v)
	return url, func(sent bool) {
		e := v.entry
		e.Took = s.DB.Now().Sub(e.At)
		if e.Status = 200; url == "" {
			e.Status = 0
		} else if !sent {
			e.Reason += "; the phone has not confirmed that it heard"
		}
		s.Ledger.Note(e)
	}
}

func (s *Service) seek(ctx context.Context, r Seeker, v verdict) (string, verdict) {
	known, sight, ok := s.maker(r)
	if !ok {
		return "", v.say(Refused, "it asked the network for a server, and no maker that is known here has such phones")
	}
	near, err := s.Config.Covered(scope.AsSystem(ctx, "provision.pnp"), r.Address)
	if err != nil {
		return "", s.broken(ctx, v, err)
	}
	if !near {
		return "", v.say(Refused, "it asked the network for a server, and its address lies in no site's subnets")
	}
	url := ""
	if sight.MAC != "" {
		v = v.maybeStranger(known, sight, "")
		url = strings.TrimSuffix(s.Config.BaseURL(), "/") + "/p/" + s.Identity.Bootstrap(sight.MAC, vendors.PnP, r.Address) + "/"
	} else if url = s.commonURL(known); url == "" {
		return "", v.say(Refused, "it asked the network for a server without its MAC, and its maker has no file that is the same for all")
	}
	return url, v.say(Bootstrap, "it asked the network for a server: it was told our address and nothing else")
}

// maker says whose phone asks: by its MAC, or, where it told none, by its agent.
func (s *Service) maker(r Seeker) (vendors.Vendor, vendors.Sighting, bool) {
	return s.makerAt(vendors.PnP, r)
}

// makerAt is maker at a door that only some makers' phones come to.
func (s *Service) makerAt(door vendors.Door, r Seeker) (vendors.Vendor, vendors.Sighting, bool) {
	for _, v := range s.Vendors.All() {
		l, ok := v.(vendors.Leaser)
		if !ok {
			continue
		}
		if _, reports := v.Catalog().ByRole(param.ReportURL, 0); door == vendors.IPP && !reports {
			continue
		}
		seen, byAgent := v.Identify(vendors.Request{Door: vendors.PnP, UserAgent: r.UserAgent})
		byMAC := r.MAC != "" && slices.Contains(l.Lease(vendors.Doors{}).OUIs, r.MAC.String()[:6])
		if !byMAC && (r.MAC != "" || !byAgent) {
			continue
		}
		seen.MAC = r.MAC
		if _, m, ok := s.Vendors.ByModel(r.Model); ok && seen.Model == "" {
			seen.Model = m.Name
		}
		if seen.Firmware == "" {
			seen.Firmware = printable(r.Firmware, limit.Name)
		}
		return v, seen, true
	}
	return nil, vendors.Sighting{}, false
}

// commonURL is the address of a maker's file that is the same for all, as DHCP has it.
func (s *Service) commonURL(v vendors.Vendor) string {
	for _, o := range v.(vendors.Leaser).Lease(s.Config.Doors()).Options { // maker found it
		if o.Code == 160 && !strings.HasSuffix(o.Text, "/") {
			return o.Text
		}
	}
	return ""
}
