package provision

import (
	"context"
	"slices"
	"strings"

	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// ownAddress adds to a document where its phone finds its own files: our HTTPS
// address with its permanent token. It is no part of a revision, since a token
// always resolves to its current version; what the revision itself sets stays.
func (s *Service) ownAddress(rev revision.Revision, doc vendors.Document, token string) vendors.Document {
	v, ok := s.Vendors.Get(rev.Vendor)
	if !ok {
		return doc
	}
	boot, ok := s.Vendors.AsBootstrapper(v)
	if !ok {
		return doc
	}
	set := map[string]bool{}
	for _, e := range rev.Entries {
		if e.Name != "" && e.State == "" {
			set[e.Name] = true
		}
	}
	base := strings.TrimSuffix(s.Config.BaseURL(), "/") + "/p/" + token + "/"
	for _, own := range boot.Bootstrap(rev.Target, vendors.Bootstrap{BaseURL: base, CA: s.Config.CA(), Issued: rev.CreatedAt}) {
		if set[own.Name] {
			continue
		}
		doc.Values = slices.DeleteFunc(doc.Values, func(have vendors.SpelledValue) bool { return have.Name == own.Name })
		doc.Values = append(doc.Values, own)
	}
	vendors.SortValues(doc.Values)
	return doc
}

// token opens the token that a proven device is to use from now on.
func (s *Service) token(ctx context.Context, q db.Q, who identity.AuthenticatedDevice) (string, error) {
	t, err := s.Identity.URLToken(ctx, q, who.DeviceID(), secret.ForDevice(who.DeviceID()))
	if err != nil {
		return "", err
	}
	return t.Reveal(), nil
}
