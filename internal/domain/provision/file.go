package provision

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// caller is a proven device with what it said of itself.
type caller struct {
	who   identity.AuthenticatedDevice
	sight vendors.Sighting
	why   string // identity's reason
}

// ownFile answers with the device's own file, under the name and in the form
// that its phone takes now: what it holds was decided by its last delivery, not
// by the revision that it gets.
func (s *Service) ownFile(ctx context.Context, r Request, v verdict, c caller, rev revision.Revision) verdict {
	holds, err := s.Revisions.Holds(ctx, v.device)
	if err != nil {
		return s.broken(ctx, v, err)
	}
	if why := wrongName(holds, c.sight); len(why) > 0 {
		v.entry.Findings = append(v.entry.Findings, why...)
		return v.say(Refused, why[0].Text)
	}
	if why := s.tellsPassword(r, c, holds, rev); why != "" {
		return v.refuse(Refused, identity.ClearPassword1, why)
	}
	body, err := s.render(ctx, c.who, rev, r.Door)
	how := ""
	if err == nil && holds.Password != "" {
		how = "; sealed with the password for files that the phone took last (version " + strconv.Itoa(holds.Password.Version()) + ")"
		body, err = s.seal(ctx, c.who, rev, holds.Password, body)
	}
	if err != nil {
		return s.broken(ctx, v, err)
	}
	v.entry.Revision, v.own = rev.ID, true
	v.answer = Answer{Body: body, ContentType: contentType(body), ETag: etag(body), Modified: rev.CreatedAt}
	return v.say(Served, servedBecause(c, v.device, rev)+how)
}

// wrongName says why a name is not that of the device's own file: its phone puts
// something around the names, and takes only a file of such a name. Where no
// delivery said what that is, anything may be.
func wrongName(h revision.Holds, s vendors.Sighting) (out []identity.Finding) {
	for _, part := range []struct {
		code      identity.Reason
		what, has string
		want      *string
	}{{identity.WrongPrefix, "prefix", s.Prefix, h.Prefix}, {identity.WrongPostfix, "postfix", s.Postfix, h.Postfix}} {
		if part.want != nil && !strings.EqualFold(*part.want, part.has) {
			out = append(out, identity.Finding{Reason: part.code, Text: fmt.Sprintf("by its last delivery the phone has the %s %q for the names of its files; this name has %q", part.what, *part.want, part.has)})
		}
	}
	return out
}

// tellsPassword says why a file may not go out: it would tell the password for
// files to somebody who listens, or who proved nothing but a name.
func (s *Service) tellsPassword(r Request, c caller, h revision.Holds, rev revision.Revision) string {
	ref, said := s.Revisions.FilePassword(rev)
	if !said || ref == "" || h.Password != "" || !r.Door.Clear() && slices.Contains([]identity.Proof{identity.PathToken, identity.Password, identity.Claimed}, c.who.Proof()) {
		return ""
	}
	return "the file holds the phone's first password for files, which goes out over HTTPS with the device's own token alone"
}

// seal packs a file with a password that the phone holds. Equal files under one
// version of a password are equal bytes.
func (s *Service) seal(ctx context.Context, who identity.AuthenticatedDevice, rev revision.Revision, ref secret.Ref, body []byte) ([]byte, error) {
	v, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return nil, fault.New(fault.Internal, "no vendor %s", rev.Vendor)
	}
	e, ok := s.Vendors.AsEncoder(v)
	if !ok {
		return nil, fault.New(fault.Internal, "files for %s are not sealed", rev.Vendor)
	}
	var password secret.String
	err := s.DB.Read(ctx, func(q db.Q) (err error) {
		password, err = s.Vault.Open(ctx, q, ref, secret.ForDevice(who.DeviceID()))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the password for files: %w", err)
	}
	how := vendors.Delivery{Encoding: vendors.Sealed, MAC: rev.MAC, Password: password.Reveal()}
	sum, err := hex.DecodeString(s.Vault.MAC("delivery salt", rev.OrgID, string(ref), string(body)))
	if err != nil {
		return nil, fmt.Errorf("make a salt: %w", err)
	}
	copy(how.Salt[:], sum)
	return e.Encode(how, body)
}

// shared answers with the file that several phones pull into their own: one that
// the device's desired revision names, or the one that it took last.
func (s *Service) shared(ctx context.Context, r Request, v verdict, rev revision.Revision) verdict {
	if !strings.EqualFold(rev.GlobalFile(), r.Name) && v.device.Config.Delivered != "" {
		last, err := s.Revisions.Revision(ctx, v.device.ID, v.device.Config.Delivered)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return s.broken(ctx, v, err)
		}
		rev = last
	}
	if !strings.EqualFold(rev.GlobalFile(), r.Name) {
		return v.refuse(Refused, identity.NoSuchFile, "no configuration that this device has or should have pulls in a file of this name")
	}
	known, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return s.broken(ctx, v, fault.New(fault.Internal, "no vendor %s", rev.Vendor))
	}
	body, err := known.Render(rev.GlobalDocument())
	if err != nil {
		return s.broken(ctx, v, err)
	}
	v.entry.Revision = rev.ID
	v.answer = Answer{Body: body, ContentType: contentType(body), ETag: etag(body), Modified: rev.CreatedAt}
	return v.say(Served, "the shared file that revision "+strconv.Itoa(rev.Seq)+" pulls in; the revision counts as delivered by the device's own file alone")
}

// render writes a revision's bytes with its secrets in. It takes a proven
// device, so that nobody else's request can come here.
func (s *Service) render(ctx context.Context, who identity.AuthenticatedDevice, rev revision.Revision, door vendors.Door) ([]byte, error) {
	var doc vendors.Document
	err := s.DB.Read(ctx, func(q db.Q) (err error) {
		doc, err = rev.Document(func(ref secret.Ref) (secret.String, error) {
			return s.Vault.Open(ctx, q, ref, secret.ForDevice(who.DeviceID()))
		})
		if err != nil || door.Clear() { // in clear nobody is told the permanent token
			return err
		}
		o, err := s.own(ctx, q, who)
		if err == nil {
			doc = s.ownAddress(rev, doc, o)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	v, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return nil, fault.New(fault.Internal, "no vendor %s", rev.Vendor)
	}
	return v.Render(doc)
}
