package provision

import (
	"context"
	"strings"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

// Preview renders the file that a device gets, with its secrets blanked. A
// device without a revision gives NotFound.
func (s *Service) Preview(ctx context.Context, d device.Device) ([]byte, error) {
	rev, err := s.Revisions.Desired(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return s.Blanked(rev)
}

// Blanked renders a revision with its secrets blanked.
func (s *Service) Blanked(rev revision.Revision) ([]byte, error) {
	doc, err := rev.Document(func(secret.Ref) (secret.String, error) { return secret.NewString(secret.Redacted), nil })
	if err != nil {
		return nil, err
	}
	v, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return nil, fault.New(fault.Conflict, "the vendor %s is not known to this version", rev.Vendor)
	}
	return v.Render(s.ownAddress(rev, doc, own{secret.Redacted, secret.Redacted, s.managerAt(identity.Manager{User: rev.MAC.String(), Password: secret.NewString(secret.Redacted), Call: secret.NewString(secret.Redacted), Reports: secret.NewString(secret.Redacted)})}))
}

// PreviewShared renders the file that a device's own pulls in; NotFound where it
// pulls in none.
func (s *Service) PreviewShared(ctx context.Context, d device.Device) ([]byte, error) {
	rev, err := s.Revisions.Desired(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	if rev.GlobalFile() == "" {
		return nil, fault.New(fault.NotFound, "the device shares no file with others")
	}
	v, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return nil, fault.New(fault.Conflict, "the vendor %s is not known to this version", rev.Vendor)
	}
	return v.Render(rev.GlobalDocument())
}

// Address returns the device's own secret provisioning address and the state of
// its token. It is a reveal: the caller has the permission checked, and here it
// is audited.
func (s *Service) Address(ctx context.Context, d device.Device) (url, state string, err error) {
	var token secret.String
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		token, state, err = s.Identity.RevealToken(ctx, tx, d.ID)
		return err
	})
	if err != nil {
		return "", "", err
	}
	return s.AddressFor(token), state, nil
}

// AddressFor is the provisioning address that carries a path token.
func (s *Service) AddressFor(token secret.String) string {
	return strings.TrimSuffix(s.Config.BaseURL(), "/") + "/p/" + token.Reveal() + "/"
}
