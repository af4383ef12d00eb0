package provision

import (
	"context"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/resource"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// asker is who wants a stored file: proven or not, and what identity said.
type asker struct {
	caller
	vendor vendors.Vendor // by name or agent; nil unknown
	said   identity.Verdict
}

// kindOf tells the requests for stored files and for addresses from those for
// configurations, "" for the latter. known says that a vendor's phones ask for
// the name.
func kindOf(r Request, sight vendors.Sighting, known bool) vendors.FileKind {
	switch {
	case sight.File == vendors.Common, sight.File == vendors.Firmware && r.Folder != Resources:
		return sight.File
	case sight.File == vendors.Config, sight.File == vendors.Global, sight.File == vendors.Probe && r.Folder != Resources:
		return ""
	case r.Folder == Resources, sight.File == vendors.Resource:
		return vendors.Resource
	case r.Folder == Images, (!known || sight.File == "") && looksLikeImage(r.Name):
		return vendors.Firmware
	}
	return ""
}

// looksLikeImage knows what may be an image outside the folder of images: TFTP
// has no folders to speak of, and no user agent either.
func looksLikeImage(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, ".bin") || strings.HasSuffix(name, ".img")
}

// stored answers with what lies in the store, or with addresses.
func (s *Service) stored(ctx context.Context, r Request, v verdict, a asker, kind vendors.FileKind) verdict {
	if a.said.OK {
		v.entry.DeviceID, v.entry.TenantID, v.entry.OrgID, v.entry.MAC = a.who.DeviceID(), a.who.TenantID(), a.who.OrgID(), a.who.MAC().String()
	}
	switch kind {
	case vendors.Common:
		return s.common(ctx, v, a)
	case vendors.Firmware:
		return s.image(ctx, r, v, a)
	}
	if !a.said.OK {
		v.entry.Findings = a.said.Findings
		return v.say(Refused, "ringtones, phonebooks and wallpapers are for proven devices alone: "+a.said.Reason)
	}
	d, err := s.Devices.Get(scope.AsSystem(ctx, "provision.stored"), a.who.DeviceID())
	if err != nil {
		return s.broken(ctx, v, err)
	}
	if d.Life != device.Adopted {
		return v.refuse(Refused, identity.OfLife(d.Life), "the device is "+string(d.Life)+", and only an adopted device gets files")
	}
	s.sawFetch(r, d, a.sight)
	f, err := s.Resources.ForDevice(ctx, d.OrgID, d.Model, r.Name, false)
	if fault.Is(err, fault.NotFound) {
		return v.refuse(Refused, identity.NoSuchFile, "the organization has no file of this name for the model "+d.Model)
	}
	if err != nil {
		return s.broken(ctx, v, err)
	}
	return s.content(ctx, v, f, "the "+string(f.Kind)+" of the device's organization; "+provenBy(a.who))
}

// common answers with the file of addresses, the same bytes whoever asks.
func (s *Service) common(ctx context.Context, v verdict, a asker) verdict {
	c, ok := s.Vendors.AsCommoner(a.vendor)
	if !ok {
		return v.refuse(Refused, identity.NoSuchFile, "there is no such file for phones of this make")
	}
	base := strings.TrimSuffix(s.Config.BaseURL(), "/")
	told := vendors.Addresses{Config: base + "/configfiles/", Firmware: base + "/firmwarefiles/"}
	if s.Config.Doors != nil && s.Config.Doors().IPP != "" {
		told.Manager, told.KeepAlive = strings.TrimRight(s.Config.Doors().IPP, "/")+"/", int(ManagerEvery.Minutes())
	}
	body, err := c.Common(told)
	if err != nil {
		return s.broken(ctx, v, err)
	}
	v.answer = Answer{Body: body, ContentType: contentType(body), ETag: etag(body), Modified: s.DB.Now()}
	return v.say(Served, "the file of addresses that DHCP option 160 names: alike for all, and without a secret")
}

// image answers with firmware. A proven device gets its organization's image for
// its model. A right token in clear text proves too little for a configuration,
// and enough to say whose image is meant. All others get the image that the
// platform gives to anyone; so does a device whose organization has none.
func (s *Service) image(ctx context.Context, r Request, v verdict, a asker) verdict {
	own := ""
	if id := ownerOf(a); id != "" {
		d, err := s.Devices.Get(scope.AsSystem(ctx, "provision.stored"), id)
		if err != nil {
			return s.broken(ctx, v, err)
		}
		v.entry.DeviceID, v.entry.TenantID, v.entry.OrgID, v.entry.MAC = d.ID, d.TenantID, d.OrgID, d.MAC.String()
		if a.said.OK {
			s.sawFetch(r, d, a.sight)
		}
		f, err := s.Resources.ForDevice(ctx, d.OrgID, d.Model, r.Name, true)
		if err == nil {
			return s.content(ctx, v, f, "the image of the device's organization for a "+d.Model+"; "+tokenOr(a))
		}
		if !fault.Is(err, fault.NotFound) {
			return s.broken(ctx, v, err)
		}
		own = "the organization has no image of this name for the model " + d.Model + ", and "
	}
	f, err := s.Resources.ForAnyone(ctx, r.Name)
	if fault.Is(err, fault.NotFound) {
		return v.refuse(Refused, identity.UnknownImage, own+"no image is for anyone under this name: add the name to an image if phones are to get it so")
	}
	if err != nil {
		return s.broken(ctx, v, err)
	}
	if a.said.OK {
		return s.content(ctx, v, f, "the organization has none of its own, so the image that is for anyone")
	}
	leave, ok := s.gate.enter(r.Address, s.DB.Now())
	if !ok {
		return v.refuse(Busy, identity.RateLimited, "this address, or all without proof together, fetch too many images at once: it was told to come later")
	}
	v = s.content(ctx, v, f, "nothing proves who asks, and this image is for anyone")
	if v.answer.Content == nil {
		leave()
		return v
	}
	v.leave = leave
	return v
}

// ownerOf is the device whose organization's images are meant, "" for none.
func ownerOf(a asker) string {
	switch {
	case a.said.OK:
		return a.who.DeviceID()
	case a.said.Bootstrap:
		return a.said.DeviceID
	}
	return ""
}

func tokenOr(a asker) string {
	if a.said.OK {
		return provenBy(a.who)
	}
	return "its own path token, which in clear text is enough for an image"
}

func provenBy(who identity.AuthenticatedDevice) string { return "proven by " + string(who.Proof()) }

// content opens a stored file. Its entity tag is the hash of its bytes.
func (s *Service) content(ctx context.Context, v verdict, f resource.Resource, why string) verdict {
	c, err := s.Resources.Open(ctx, f)
	if err != nil {
		return s.broken(ctx, v, err)
	}
	if f.FileVersion != "" {
		why = f.FileVersion + ": " + why
	}
	v.answer = Answer{Content: c, Size: f.Size, ContentType: "application/octet-stream", ETag: `"` + string(f.Hash) + `"`, Modified: f.CreatedAt}
	if f.Kind == resource.Phonebook {
		v.answer.ContentType = "text/xml; charset=utf-8"
	}
	return v.say(Served, why)
}

// sawFetch updates the twin by a request that tells nothing of the next one.
func (s *Service) sawFetch(r Request, d device.Device, sight vendors.Sighting) {
	s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: s.DB.Now(), Address: r.Address.Unmap().String(), Door: string(r.Door),
		UserAgent: printable(r.UserAgent, limit.UserAgent), Firmware: sight.Firmware, Model: sight.Model, Reach: device.Online})
}
