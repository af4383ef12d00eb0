package provision

import (
	"context"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"
)

// bare is a request without any proof. Every well-formed name of a configuration
// gets the same kind of answer, whether the MAC is known or not.
func (s *Service) bare(ctx context.Context, r Request, v verdict, known vendors.Vendor, sight vendors.Sighting, said identity.Verdict) verdict {
	if sight.File == vendors.Probe {
		return v.say(Probe, "phones ask for this name in passing; there is no such file, and that is normal")
	}
	boot, ok := s.Vendors.AsBootstrapper(known)
	if sight.File != vendors.Config || sight.MAC == "" || !ok {
		return v.say(Refused, "nothing proves who asks, and this file is for proven devices only")
	}
	v = v.maybeStranger(known, sight, said.Subject)
	body, err := s.bootstrap(r, known, boot, sight)
	if err != nil {
		return s.broken(ctx, v, err)
	}
	v.answer = Answer{Body: body, ContentType: contentType(body), ETag: etag(body), Modified: s.DB.Now()}
	return v.say(Bootstrap, said.Reason+": it was told our HTTPS address and our certificate authority, and nothing else")
}

func (s *Service) bootstrap(r Request, known vendors.Vendor, boot vendors.Bootstrapper, sight vendors.Sighting) ([]byte, error) {
	t := param.Target{Model: sight.Model}
	if _, m, ok := s.Vendors.ByModel(sight.Model); ok {
		t = param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
	} else if ms := known.Models(); len(ms) > 0 {
		t = param.Target{Dialect: ms[0].Dialect, Family: ms[0].Family}
	}
	token := s.Identity.Bootstrap(sight.MAC, r.Door, r.Address)
	values := boot.Bootstrap(t, vendors.Bootstrap{BaseURL: strings.TrimSuffix(s.Config.BaseURL(), "/") + "/p/" + token + "/", CA: s.Config.CA(), TimeServer: s.Config.TimeServer, Issued: s.DB.Now()})
	vendors.SortValues(values)
	return known.Render(vendors.Document{Kind: vendors.Config, MAC: sight.MAC, Target: t, Epoch: s.Vendors.Epoch(known), Values: values})
}

// maybeStranger has the ledger put a machine into the pool, where it finds that
// nobody has it. subject is that of the certificate that it showed, "" none.
func (v verdict) maybeStranger(known vendors.Vendor, sight vendors.Sighting, subject string) verdict {
	v.entry.stranger = &device.Unclaimed{MAC: sight.MAC, Vendor: known.Name(), Model: sight.Model, Firmware: sight.Firmware, Address: v.entry.Address, Door: string(v.entry.Door), LastAt: v.entry.At, Requests: 1, Subject: subject}
	return v
}
