package api

import (
	"context"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/secret"
)

// Label is what stands on a phone's label besides its serial number. It is never
// shown again.
type Label struct {
	Sticker *string `json:"sticker_secret,omitempty" maxLength:"256" doc:"the default password that is printed on the phone: with it the phone, or somebody on site, proves a claim"`
}

// sticker is the step that writes a sticker secret down, nil where none is given.
func (a *API) sticker(l Label) device.Creation {
	if l.Sticker == nil {
		return nil
	}
	return a.Identity.Sticker(secret.NewString(*l.Sticker))
}

func (a *API) proofs() {
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/claims/{id}/prove", "prove-claim", "Approve a request by what stands on the phone's label: every word that is given must be the record's; ten wrong ones a day, and a wrong serial number quarantines the phone"), func(ctx context.Context, in *struct {
		DeviceRef
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Serial string `json:"serial,omitempty" maxLength:"64"`
			Label
		}
	}) (*One[Device], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err == nil {
			err = a.Access.Authorize(ctx, access.ClaimProve, d.Where())
		}
		if err != nil {
			return nil, err
		}
		said := identity.Label{Serial: in.Body.Serial, Sticker: secret.NewString(text(in.Body.Sticker))}
		if err := a.Identity.Prove(ctx, d, in.ID, said); err != nil {
			return nil, err
		}
		return a.oneDevice(ctx, d)
	})
}
