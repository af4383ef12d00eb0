package provision

import (
	"context"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// bare is a request without any proof. Every well-formed name of a configuration
// gets the same kind of answer, whether the MAC is known or not.
func (s *Service) bare(ctx context.Context, r Request, v verdict, known vendors.Vendor, sight vendors.Sighting, said identity.Verdict) verdict {
	v = s.attribute(ctx, v, sight)
	if sight.File == vendors.Probe {
		return v.say(Probe, "phones ask for this name in passing; there is no such file, and that is normal")
	}
	boot, ok := s.Vendors.AsBootstrapper(known)
	if sight.File != vendors.Config || sight.MAC == "" || !ok {
		return v.say(Refused, "nothing proves who asks, and this file is for proven devices only")
	}
	s.noteStranger(v, known, sight, said.Subject)
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

// attribute tells the ledger whose device a name speaks of, so that its owner
// sees the request. The asker learns nothing of it.
func (s *Service) attribute(ctx context.Context, v verdict, sight vendors.Sighting) verdict {
	if sight.MAC == "" {
		return v
	}
	o, err := s.Devices.Owner(scope.AsSystem(ctx, "provision.attribute"), sight.MAC)
	if err == nil {
		v.entry.DeviceID, v.entry.TenantID, v.entry.OrgID = o.DeviceID, o.TenantID, o.OrgID
	} else if !fault.Is(err, fault.NotFound) {
		s.Log.WarnContext(ctx, "owner of a request not found", "mac", sight.MAC, "error", err)
	}
	return v
}

// noteStranger puts a machine that belongs to nobody into the pool, through the
// ledger's sampling. subject is that of the certificate that it showed, "" none.
func (s *Service) noteStranger(v verdict, known vendors.Vendor, sight vendors.Sighting, subject string) {
	if v.entry.DeviceID != "" {
		return
	}
	s.Ledger.Stranger(device.Unclaimed{MAC: sight.MAC, Vendor: known.Name(), Model: sight.Model, Firmware: sight.Firmware, Address: v.entry.Address, Door: string(v.entry.Door), LastAt: v.entry.At, Requests: 1, Subject: subject})
}
