package api

import (
	"context"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/revision"
	"bellwether/internal/vendors"
)

// Fit is what becomes of a phone's configuration on other hardware of its maker.
type Fit struct {
	Was           FitModel     `json:"was"`
	Becomes       FitModel     `json:"becomes"`
	Undeliverable []Unfit      `json:"undeliverable" doc:"settings that do not reach the new hardware, by key; they stay bound and reach a later one that knows them. Those of lines_beyond stand there"`
	LinesBeyond   []LineBeyond `json:"lines_beyond" doc:"accounts on lines that the new hardware does not have"`
	Back          []FitKey     `json:"delivered_again" doc:"settings that reach the new hardware and not the present one"`
	Defaults      []FitDefault `json:"other_defaults" doc:"what nobody set and the two hold otherwise out of the box, as far as both are known"`
	Delivered     int          `json:"delivered" doc:"settings that reach the new hardware"`
	Respelled     int          `json:"respelled" doc:"of them, those that its file writes otherwise"`
	Kept          int          `json:"kept_by_old" doc:"settings that the present phone keeps though nobody says them any more; the new one comes without them"`
	Firmware      string       `json:"firmware" doc:"of the present phone; that of the new one is not known until it asks, and its values are spelled as for its newest. Empty: not known"`
	Notes         []FitNote    `json:"notes"`
	Problem       string       `json:"problem" doc:"why nothing can be published for the new hardware; it gets no configuration until that is put right. Empty: it can"`
}

// FitModel is a model as far as a configuration depends on it.
type FitModel struct {
	Model   string `json:"model"`
	Family  string `json:"family"`
	Dialect string `json:"dialect" doc:"how its file is written"`
	Lines   int    `json:"lines"`
}

// FitKey is a setting and where it comes from.
type FitKey struct {
	Key           string `json:"key"`
	Label         string `json:"label"`
	Value         string `json:"value" doc:"a secret is masked"`
	Layer         string `json:"layer" enum:"redirection_left,redirection,model,site,group,config_file,override,line"`
	Source        string `json:"source"`
	SourceID      string `json:"source_id"`
	SourceVersion int    `json:"source_version"`
}

// Unfit is a setting that does not reach the new hardware.
type Unfit struct {
	FitKey
	Why     string `json:"why"`
	Already bool   `json:"already" doc:"nor does it reach the present phone"`
}

// LineBeyond is an account on a line that the new hardware does not have.
type LineBeyond struct {
	Line      int      `json:"line"`
	AccountID string   `json:"account_id"`
	UserID    string   `json:"user_id"`
	Name      string   `json:"name"`
	Keys      []string `json:"keys" doc:"what the line says, and stays behind"`
}

// FitDefault is a setting that the two hardwares hold otherwise out of the box.
type FitDefault struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Was   string `json:"was"`
	Will  string `json:"becomes"`
}

// FitNote is something else to know before.
type FitNote struct {
	Code string `json:"code" enum:"template_of_old_model,template_of_new_model,servers_share_profile,model_unverified"`
	Name string `json:"name" doc:"of the template that it speaks of"`
	Text string `json:"text"`
}

// Replaced is a phone with its new hardware, and what became of its configuration.
type Replaced struct {
	Device
	Fit Fit `json:"fit"`
}

// Updated is a phone after a change.
type Updated struct {
	Device
	Fit *Fit `json:"fit,omitempty" doc:"where the model was changed: what of its configuration the new one does not take"`
}

// updated answers a change of a phone.
func (a *API) updated(ctx context.Context, was, now device.Device) (*One[Updated], error) {
	got, err := a.oneDevice(ctx, now)
	if err != nil {
		return nil, err
	}
	out := &One[Updated]{ETag: got.ETag, Body: Updated{Device: got.Body}}
	if was.Model == now.Model {
		return out, nil
	}
	f, err := a.Revisions.Fit(ctx, was, now)
	if err != nil {
		return nil, err
	}
	fit := fitOf(f)
	out.Body.Fit = &fit
	return out, nil
}

// Hardware is what takes a phone's place.
type Hardware struct {
	Serial string `json:"serial,omitempty" maxLength:"256"`
	Model  string `json:"model,omitempty" maxLength:"64" doc:"left out: the same model. What the phone has is published anew for another one"`
	Label
}

func fitOf(f revision.Fit) Fit {
	out := Fit{Was: fitModel(f.Was), Becomes: fitModel(f.Will), Undeliverable: make([]Unfit, len(f.Unfit)), LinesBeyond: []LineBeyond{}, Back: []FitKey{}, Defaults: []FitDefault{},
		Delivered: f.Delivered, Respelled: f.Respelled, Kept: f.Kept, Firmware: f.Firmware, Notes: []FitNote{}, Problem: f.Problem}
	for i, u := range f.Unfit {
		out.Undeliverable[i] = Unfit{FitKey: fitKey(u.FitKey), Why: u.Why, Already: u.Already}
	}
	for _, b := range f.Beyond {
		l := LineBeyond{Line: b.Line, AccountID: b.AccountID, UserID: b.UserID, Name: b.Name, Keys: []string{}}
		for _, k := range b.Keys {
			l.Keys = append(l.Keys, string(k))
		}
		out.LinesBeyond = append(out.LinesBeyond, l)
	}
	for _, v := range f.Back {
		out.Back = append(out.Back, fitKey(v))
	}
	for _, d := range f.Defaults {
		out.Defaults = append(out.Defaults, FitDefault{string(d.Key), d.Label, d.Was, d.Will})
	}
	for _, n := range f.Notes {
		out.Notes = append(out.Notes, FitNote{n.Code, n.Name, n.Text})
	}
	return out
}

func fitKey(k revision.FitKey) FitKey {
	return FitKey{Key: string(k.Key), Label: k.Label, Value: k.Shown(), Layer: string(k.Layer), Source: k.Source, SourceID: k.SourceID, SourceVersion: k.SourceVersion}
}

func fitModel(m vendors.Model) FitModel {
	return FitModel{Model: m.Name, Family: m.Family, Dialect: m.Dialect, Lines: m.Lines}
}

func (a *API) replacement() {
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/replace", "replace-device", "Put other hardware of the same maker in a phone's place: name, site, lines, own settings and history stay; what the old hardware could show ends at once, and its MAC is free. The answer says what of its configuration the new hardware does not get"), func(ctx context.Context, in *struct {
		DeviceRef
		IfMatch
		Body struct {
			MAC string `json:"mac" maxLength:"64"`
			Hardware
		}
	}) (*One[Replaced], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		v, err := in.version()
		if err != nil {
			return nil, err
		}
		return a.replace(ctx, d, in.Body.MAC, in.Body.Hardware, v)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/replace/dry-run", "try-replacement", "What of a phone's configuration other hardware of the same maker would not get, and why; nothing changes"), func(ctx context.Context, in *struct {
		DeviceRef
		Body struct {
			MAC string `json:"mac,omitempty" maxLength:"64" doc:"left out: the model alone is asked about"`
			Hardware
		}
	}) (*Plain[Fit], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		o, err := a.Orgs.Org(ctx, d.OrgID)
		if err != nil {
			return nil, err
		}
		b := in.Body
		will, err := a.Devices.Try(ctx, o, d.ID, device.Replacement{MAC: b.MAC, Serial: b.Serial, Model: b.Model})
		if err != nil {
			return nil, a.clashing(ctx, o, b.MAC, err)
		}
		f, err := a.Revisions.Fit(ctx, d, will)
		return plain(fitOf(f)), err
	})
}

func (a *API) replace(ctx context.Context, d device.Device, mac string, h Hardware, version int64) (*One[Replaced], error) {
	o, err := a.Orgs.Org(ctx, d.OrgID)
	if err != nil {
		return nil, err
	}
	var fit revision.Fit
	noted := map[string]any{}
	in := device.Replacement{MAC: mac, Serial: h.Serial, Model: h.Model, Then: []device.Creation{a.Identity.Replaced}, Change: a.Revisions.Replacing(&fit, noted), Noted: noted}
	if s := a.sticker(h.Label); s != nil {
		in.Then = append(in.Then, s)
	}
	if d, err = a.Devices.Replace(ctx, o, d.ID, in, version); err != nil {
		return nil, a.clashing(ctx, o, mac, err)
	}
	got, err := a.oneDevice(ctx, d)
	if err != nil {
		return nil, err
	}
	return &One[Replaced]{ETag: got.ETag, Body: Replaced{Device: got.Body, Fit: fitOf(fit)}}, nil
}
