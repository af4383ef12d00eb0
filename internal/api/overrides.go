package api

import (
	"context"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/template"
)

// Overrides are a device's own values.
type Overrides struct {
	Items   []Item `json:"items"`
	Version int64  `json:"version"`
}

func (a *API) overrides() {
	register(a, op(http.MethodPut, "/orgs/{org}/devices/{device}/overrides", "set-overrides", "Save the device's own values as a whole; the phone learns of them by a push"), func(ctx context.Context, in *struct {
		DeviceRef
		IfMatch string `header:"If-Match" doc:"the ETag of the overrides; without it they must not exist yet, * takes whatever is there"`
		Body    struct {
			Items []Item `json:"items" maxItems:"2000"`
		}
	}) (*One[Overrides], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := a.overrideVersion(ctx, d, in.IfMatch)
		if err != nil {
			return nil, err
		}
		src, err := a.Templates.SetOverrides(ctx, d, itemsFrom(in.Body.Items), v)
		return one(Overrides{itemsOf(src.Draft), src.Version}, src.Version), err
	})
}

// overrideVersion reads the version that a change of overrides is made from: none
// yet, whatever is there, or a certain one.
func (a *API) overrideVersion(ctx context.Context, d device.Device, match string) (int64, error) {
	switch match {
	case "":
		return 0, nil
	case "*":
		cur, err := a.Templates.Overrides(ctx, d)
		return cur.Version, err
	}
	return (IfMatch{match}).version()
}

// TakenOverrides are a device's own values after others were taken over.
type TakenOverrides struct {
	Overrides
	Warnings []string `json:"warnings" doc:"what was not taken over, or will not reach the phone"`
}

func takenOverrides(s template.Source, warnings []string) *One[TakenOverrides] {
	return one(TakenOverrides{Overrides{itemsOf(s.Draft), s.Version}, append([]string{}, warnings...)}, s.Version)
}

func (a *API) ownValues() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/overrides/text", "download-overrides", "The device's own values as key=value lines, secrets blanked"), func(ctx context.Context, in *DeviceRef) (*Download, error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		f, err := a.Templates.ExportOverrides(ctx, d)
		return downloadOf(f.Name, f.ContentType, f.Body), err
	})
	register(a, op(http.MethodPut, "/orgs/{org}/devices/{device}/overrides/text", "upload-overrides", "Make key=value lines the device's own values as a whole; a key may also be an alias or a P-value"), func(ctx context.Context, in *struct {
		DeviceRef
		IfMatch string `header:"If-Match" doc:"as of the overrides"`
		RawBody []byte `contentType:"application/octet-stream"`
	}) (*One[TakenOverrides], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := a.overrideVersion(ctx, d, in.IfMatch)
		if err != nil {
			return nil, err
		}
		s, warnings, err := a.Templates.ImportOverrides(ctx, d, in.RawBody, v)
		return takenOverrides(s, warnings), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/overrides/defaults", "restore-defaults", "Write the known defaults of keys into the device's own values; the phone learns of them by a push"), func(ctx context.Context, in *struct {
		DeviceRef
		Body struct {
			Keys []param.Key `json:"keys" maxItems:"2000"`
		}
	}) (*One[TakenOverrides], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := a.overrideVersion(ctx, d, "*")
		if err != nil {
			return nil, err
		}
		s, unknown, err := a.Templates.DefaultOverrides(ctx, d, in.Body.Keys, v)
		return takenOverrides(s, told("no default is known of ", unknown)), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/overrides/copy-account", "copy-account-values", "Give other accounts the device's own values of one account; the phone learns of them by a push"), func(ctx context.Context, in *struct {
		DeviceRef
		Body struct {
			From int   `json:"from" minimum:"1" maximum:"64"`
			To   []int `json:"to" minItems:"1" maxItems:"64"`
		}
	}) (*One[TakenOverrides], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := a.overrideVersion(ctx, d, "*")
		if err != nil {
			return nil, err
		}
		s, left, err := a.Templates.CopyAccount(ctx, d, in.Body.From, in.Body.To, v)
		return takenOverrides(s, told("a secret is not copied: ", left)), err
	})
}

func told(what string, keys []param.Key) (out []string) {
	for _, k := range keys {
		out = append(out, what+string(k))
	}
	return out
}
