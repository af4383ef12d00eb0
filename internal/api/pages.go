package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/onboard"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/secret"
)

// PageKey opens a phone's own web page. The password is shown to the phone once
// and kept nowhere.
type PageKey struct {
	Address  string `json:"address,omitempty" maxLength:"64" doc:"one at which a door saw the phone, in the subnets of its site; left out: where it proved itself, else the only one"`
	Port     int    `json:"port,omitempty" minimum:"0" maximum:"65535" doc:"of its web page; left out: the usual ones"`
	User     string `json:"user,omitempty" maxLength:"64" doc:"left out: the administrator"`
	Password string `json:"password" maxLength:"256" doc:"the one that opens the phone's web page, as on its label; a wrong one is tried once an hour at most"`
	Clear    bool   `json:"clear,omitempty" doc:"without encryption too, where the phone's page has none: others on the network can then read the password"`
}

// LanClaim is a phone to claim through its own web page.
type LanClaim struct {
	Device string `json:"device" maxLength:"64" doc:"MAC in any form, or a record's id: a stranger that was seen, or a phone of the record"`
	SiteID string `json:"site_id,omitempty" maxLength:"64" doc:"this and the next two are for a stranger, as in an approval"`
	Model  string `json:"model,omitempty" maxLength:"64"`
	Name   string `json:"name,omitempty" maxLength:"256"`
	PageKey
}

// Led is a phone that was led here through its web page.
type Led struct {
	Device    Device   `json:"device"`
	Address   string   `json:"address" doc:"where the phone is, and from where it is awaited"`
	Set       []string `json:"set" doc:"names of the settings that were set"`
	Restarted bool     `json:"restarted" doc:"false: it did not take the order to restart, so somebody has to switch it off and on"`
}

// AsItWas is how a phone was before it was claimed through its web page.
type AsItWas struct {
	Kept     bool         `json:"kept" doc:"false: it was not claimed so, and nobody knows how it was"`
	Way      string       `json:"way" enum:"page,by_hand" doc:"page: its web page answers programs, as far as is known of its model"`
	At       *time.Time   `json:"at"`
	Author   string       `json:"author"`
	Address  string       `json:"address"`
	Port     int          `json:"port" doc:"0: the usual one"`
	Done     bool         `json:"done" doc:"it is known that the phone took what was set"`
	Settings []WasSetting `json:"settings" doc:"what goes back: what was set through its page, and what its files have told it since"`
	Stay     []string     `json:"stay" doc:"settings that its files told it, of which nobody knows what they were: only a reset to factory settings takes them away"`
}

// WasSetting is one setting of a phone as it was.
type WasSetting struct {
	Name   string `json:"name"`
	Value  string `json:"value" doc:"empty for a secret"`
	Secret bool   `json:"secret"`
	Untold bool   `json:"untold" doc:"the phone did not show it: it will be empty"`
}

// Given is a phone that was given back.
type Given struct {
	Device    Device   `json:"device"`
	Set       []string `json:"set"`
	Emptied   []string `json:"emptied" doc:"of those, secrets that the phone had not shown"`
	Stay      []string `json:"stay"`
	Restarted bool     `json:"restarted"`
}

func (k PageKey) visit() onboard.Visit {
	return onboard.Visit{Address: k.Address, Port: k.Port, User: k.User, Password: secret.NewString(k.Password), Clear: k.Clear}
}

func (a *API) pages() {
	register(a, op(http.MethodPost, "/orgs/{org}/devices/claim-over-lan", "claim-over-lan", "Claim a phone through its own web page: it must tell the MAC that is meant; how it was is kept, and it is told our address"), func(ctx context.Context, in *struct {
		OrgRef
		Body LanClaim
	}) (*Plain[Led], error) {
		ctx, o, err := a.in(ctx, in.Org, access.DeviceRead)
		if err == nil {
			err = a.Access.Authorize(ctx, access.DeviceWrite, access.Where{TenantID: o.TenantID, OrgID: o.ID, Any: true})
		}
		if err != nil {
			return nil, err
		}
		v := in.Body.visit()
		v.Device, v.SiteID, v.Model, v.Name = in.Body.Device, in.Body.SiteID, in.Body.Model, in.Body.Name
		led, err := a.Onboard.ClaimOverLAN(ctx, o, v)
		if err != nil {
			return nil, err
		}
		lines, err := a.Accounts.Lines(ctx, led.Device.ID)
		return plain(Led{a.deviceOf(led.Device, lines[led.Device.ID]), led.Address, texts(led.Set), led.Restarted}), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/as-it-was", "get-as-it-was", "How a phone was before it was claimed through its web page: what giving it back sets"), func(ctx context.Context, in *DeviceRef) (*Plain[AsItWas], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		was, err := a.Onboard.AsItWas(ctx, d)
		out := AsItWas{Kept: was.Kept, Way: a.pageWay(d.Model), At: optional(was.At), Author: was.Author, Address: cmp.Or(was.Address, d.Hot.Address), Port: was.Port, Done: was.Done, Settings: []WasSetting{}, Stay: texts(was.Stay)}
		for _, s := range was.Settings {
			out.Settings = append(out.Settings, WasSetting(s))
		}
		return plain(out), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/devices/{device}/give-back", "give-device-back", "Give a phone back as it was: what was changed is set back through its web page; then its credentials end and it goes out of service"), func(ctx context.Context, in *struct {
		DeviceRef
		Body PageKey
	}) (*Plain[Given], error) {
		ctx, d, err := a.deviceToChange(ctx, &in.DeviceRef)
		var o org.Org
		if err == nil {
			o, err = a.Orgs.Org(ctx, d.OrgID)
		}
		if err != nil {
			return nil, err
		}
		g, err := a.Onboard.GiveBack(ctx, o, d, in.Body.visit())
		if err != nil {
			return nil, err
		}
		lines, err := a.Accounts.Lines(ctx, d.ID)
		return plain(Given{a.deviceOf(g.Device, lines[d.ID]), texts(g.Set), texts(g.Emptied), texts(g.Stay), g.Restarted}), err
	})
}

// pageWay is whether programs get a model's phones here through their web page.
func (a *API) pageWay(model string) string {
	if v, m, ok := a.Vendors.ByModel(model); ok {
		if l, ok := a.Vendors.AsLeader(v); ok {
			if _, ok := l.Lead(m, "https://phones.invalid/"); ok {
				return "page"
			}
		}
	}
	return "by_hand"
}

func texts(list []string) []string { return append([]string{}, list...) }
