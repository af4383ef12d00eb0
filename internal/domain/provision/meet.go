package provision

import (
	"context"
	"crypto/tls"
	"net/netip"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// ActionName stands in the ledger where other requests have a file's name, for those
// by which phones tell of events (domain/report): never the key, and no event, so
// that an hour's reports of a phone are one row.
const ActionName = "action URL"

// Printable is a stranger's text, cut to n bytes and without what could disturb a
// reader.
func Printable(s string, n int) string { return printable(s, n) }

// Visit is a phone that reports at a door and fetches nothing. MAC, Model and
// Firmware are what it calls itself.
type Visit struct {
	Door      vendors.Door
	Name      string // stands in the ledger where other doors have a file's name
	MAC       mac.Address
	Model     string
	Firmware  string
	UserAgent string
	Token     string // out of the path, "" for none
	User      string // "" for none
	Password  secret.String
	Digest    *Digest // instead of Password
	Address   netip.Addr
	TLS       *tls.ConnectionState
}

// Meeting is a judged visit. Said is OK where the device may be given secrets;
// Who is known where its own credential came, if only in clear.
type Meeting struct {
	Who  identity.Reporter
	Said identity.Verdict
	v    verdict
	s    *Service
}

// Meet judges a visit. Note must be called once with what was answered.
func (s *Service) Meet(ctx context.Context, r Visit) Meeting {
	v := verdict{peer: r.Address, entry: Entry{At: s.DB.Now(), Door: r.Door, Address: r.Address.Unmap().String(), MAC: r.MAC.String(), Name: printable(r.Name, limit.FileName), UserAgent: printable(r.UserAgent, limit.UserAgent)}}
	known, sight, ok := s.makerAt(r.Door, Seeker{MAC: r.MAC, Model: r.Model, Firmware: r.Firmware, UserAgent: r.UserAgent})
	v.sight = sight
	agent := mac.Address("")
	if r.Door == vendors.IPP { // where the token names the device, all that is told has to speak of it
		agent = sight.AgentMAC
	}
	who, said := s.Identity.Recognize(ctx, identity.Evidence{Door: r.Door, Token: r.Token, MACInName: r.MAC, AgentMAC: agent, Agent: v.entry.UserAgent, User: r.User, Password: r.Password, Digest: (*identity.Digest)(r.Digest), Address: r.Address, TLS: r.TLS})
	v.entry.Findings = said.Findings
	a, _ := who.Authenticated()
	v.entry.Shown = shown(a, said)
	if d := who.Device(); who.Known() {
		v.device = d
		v.entry.DeviceID, v.entry.TenantID, v.entry.OrgID, v.entry.MAC = d.ID, d.TenantID, d.OrgID, d.MAC.String()
	} else if ok && r.MAC != "" {
		v = v.maybeStranger(known, sight, said.Subject)
	}
	return Meeting{who, said, v, s}
}

// Note writes the visit into the ledger: with what was answered, in words, and the
// status and the bytes in the door's own numbers.
func (m Meeting) Note(answered string, status, bytes int) {
	v := Reported
	switch {
	case m.Said.Err != nil:
		v = Broken
	case !m.Who.Known() && m.v.entry.Door == vendors.IPP && !m.Said.Bootstrap:
		v = Refused
	case !m.Who.Known() && m.v.entry.Door != vendors.IPP:
		v = Bootstrap
	}
	e := m.v.say(v, strings.TrimPrefix(m.Said.Reason+": "+answered, ": ")).entry
	e.Status, e.Bytes, e.Took = status, int64(bytes), m.s.DB.Now().Sub(e.At)
	if !m.Who.Known() {
		e.more = m.s.more(m.v)
	}
	m.s.Ledger.Note(e)
}

// OwnURL is where a proven device finds its own file: our HTTPS address with its
// permanent token and the name that its phone asks for.
func (s *Service) OwnURL(ctx context.Context, who identity.AuthenticatedDevice) (string, error) {
	ctx = scope.AsSystem(ctx, "provision.url")
	d, err := s.Devices.Get(ctx, who.DeviceID())
	if err != nil {
		return "", err
	}
	v, ok := s.Vendors.Get(d.Vendor)
	if !ok {
		return "", fault.New(fault.NotFound, "no vendor %s", d.Vendor)
	}
	holds, err := s.Revisions.Holds(ctx, d)
	if err != nil {
		return "", err
	}
	return s.fileURL(ctx, who, v, d, holds.Prefix, holds.Postfix)
}

func (s *Service) fileURL(ctx context.Context, who identity.AuthenticatedDevice, v vendors.Vendor, d device.Device, prefix, postfix *string) (string, error) {
	at := vendors.Device{MAC: d.MAC, Model: d.Model, Firmware: d.Firmware}
	if _, m, ok := s.Vendors.ByModel(d.Model); ok {
		at.Family = m.Family
	}
	if prefix != nil {
		at.Prefix = *prefix
	}
	if postfix != nil {
		at.Postfix = *postfix
	}
	for _, f := range v.Files(at) {
		if f.Kind != vendors.Config {
			continue
		}
		base, err := s.ownFolder(ctx, who)
		return base + f.Name, err
	}
	return "", fault.New(fault.NotFound, "phones of this make ask for no file of their own")
}

// Bootstrap is where a party that showed nothing is to report: at the door that
// others cannot hear, with a token that says only that it asked here. "" where
// there is no such door, or the party told no MAC.
func (s *Service) Bootstrap(m Meeting) string {
	base := ""
	if s.Config.Doors != nil {
		base = s.Config.Doors().CWMP
	}
	if base == "" || m.v.entry.MAC == "" {
		return ""
	}
	return strings.TrimRight(base, "/") + "/" + s.Identity.Bootstrap(mac.Address(m.v.entry.MAC), vendors.CWMP, m.v.peer)
}

// Image is where a device finds an image.
type Image struct {
	URL     string
	Name    string
	Version string
	Size    int64
}

// ImageURL is where a proven device finds an image of its organization; Conflict
// where another one answers to its names.
func (s *Service) ImageURL(ctx context.Context, who identity.AuthenticatedDevice, id string) (Image, error) {
	ctx = scope.AsSystem(ctx, "provision.url")
	d, err := s.Devices.Get(ctx, who.DeviceID())
	if err != nil {
		return Image{}, err
	}
	i, err := s.ImageFor(ctx, d, id)
	if err != nil {
		return Image{}, err
	}
	base, err := s.ownFolder(ctx, who)
	i.URL = base + i.Name
	return i, err
}

// ImageFor is ImageURL for who is told the name alone, without an address.
func (s *Service) ImageFor(ctx context.Context, d device.Device, id string) (Image, error) {
	ctx = scope.AsSystem(ctx, "provision.image")
	want, err := s.Resources.Get(ctx, id)
	if err != nil {
		return Image{}, err
	}
	for _, name := range want.Names {
		r, err := s.Resources.ForDevice(ctx, d.OrgID, d.Model, name, true)
		if err != nil || r.ID != id {
			continue
		}
		return Image{Name: name, Version: r.FileVersion, Size: r.Size}, nil
	}
	return Image{}, fault.New(fault.Conflict, "the phone would get another image by every name of %s", want.Name)
}
