package api

import (
	"context"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/account"
	"bellwether/internal/domain/device"
)

// Line is an account on a line.
type Line struct {
	Line      int    `json:"line"`
	AccountID string `json:"account_id"`
	UserID    string `json:"user_id"`
	Name      string `json:"name"`
	Profile   int    `json:"profile" doc:"on a base for handsets, from 1; else 0"`
	Mode      string `json:"mode" doc:"on a base: which handsets ring; empty is the base's own default"`
}

// LineTable is every line that a device has, with or without an account, and what
// a base for handsets has beside them.
type LineTable struct {
	Lines        []LineSlot    `json:"lines"`
	Profiles     int           `json:"profiles" doc:"0 where the device is no base for handsets"`
	Handsets     int           `json:"handsets"`
	HandsetLines int           `json:"handset_lines" doc:"of each handset"`
	Modes        []string      `json:"modes" doc:"the first is meant where a line has none"`
	Table        []HandsetLine `json:"table" doc:"empty: the base's own"`
}

// LineSlot is a line with its account, or an empty one.
type LineSlot struct {
	Line
	ServerName    string `json:"server_name"`
	ServerAddress string `json:"server_address" doc:"0.0.0.0 of an empty line"`
}

// HandsetLine says which line of the base a handset's line uses.
type HandsetLine struct {
	Handset int `json:"handset" minimum:"1" maximum:"64"`
	Line    int `json:"line" minimum:"1" maximum:"64" doc:"of the handset"`
	Use     int `json:"use" minimum:"1" maximum:"64" doc:"line of the base"`
}

func lineOf(l account.Line) Line {
	return Line{Line: l.N, AccountID: l.Account.ID, UserID: l.Account.UserID, Name: l.Account.Name, Profile: l.Profile, Mode: l.Mode}
}

func (a *API) lines() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/lines", "get-lines", "All lines of a device, empty ones too, and a base's handset table"), func(ctx context.Context, in *DeviceRef) (*Plain[LineTable], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		return a.lineTable(ctx, d)
	})
	register(a, op(http.MethodPut, "/orgs/{org}/devices/{device}/lines/{line}", "set-line", "Put an account onto a line, or take it off; the phone learns of it by a push"), func(ctx context.Context, in *struct {
		DeviceRef
		Line int `path:"line" minimum:"1" maximum:"64"`
		Body struct {
			AccountID string `json:"account_id" maxLength:"64" doc:"empty takes the account off"`
			Profile   int    `json:"profile,omitempty" minimum:"0" maximum:"64" doc:"on a base for handsets; accounts of different SIP servers cannot share one; 0 chooses one that fits"`
			Mode      string `json:"mode,omitempty" maxLength:"64" doc:"on a base: which handsets ring; empty is the base's own default"`
		}
	}) (*One[Device], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		b := in.Body
		if err := a.Accounts.Assign(ctx, d, account.Assignment{Line: in.Line, AccountID: b.AccountID, Profile: b.Profile, Mode: b.Mode}, actor(ctx)); err != nil {
			return nil, err
		}
		return a.oneDevice(ctx, d)
	})
	register(a, op(http.MethodPut, "/orgs/{org}/devices/{device}/handsets", "set-handsets", "Replace a base's handset table; the base learns of it by a push"), func(ctx context.Context, in *struct {
		DeviceRef
		Body struct {
			Table []HandsetLine `json:"table" maxItems:"1000"`
		}
	}) (*Plain[LineTable], error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		table := make([]account.Cell, len(in.Body.Table))
		for i, h := range in.Body.Table {
			table[i] = account.Cell{HandsetLine: account.HandsetLine{Handset: h.Handset, Line: h.Line}, Use: h.Use}
		}
		if err := a.Accounts.SetHandsets(ctx, d, table); err != nil {
			return nil, err
		}
		return a.lineTable(ctx, d)
	})
}

func (a *API) lineTable(ctx context.Context, d device.Device) (*Plain[LineTable], error) {
	all, err := a.Accounts.Lines(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	_, m, _ := a.Vendors.ByModel(d.Model)
	out := LineTable{Lines: make([]LineSlot, m.Lines), Profiles: m.Base.Profiles, Handsets: m.Base.Handsets, HandsetLines: m.Base.HandsetLines, Modes: a.Accounts.Modes(d.Model), Table: []HandsetLine{}}
	if out.Modes == nil {
		out.Modes = []string{}
	}
	for i := range out.Lines {
		out.Lines[i] = LineSlot{Line: Line{Line: i + 1}, ServerAddress: "0.0.0.0"}
	}
	for _, l := range all[d.ID] {
		if l.N <= m.Lines {
			out.Lines[l.N-1] = LineSlot{Line: lineOf(l), ServerName: l.Account.ServerName, ServerAddress: l.Account.ServerAddress}
		}
	}
	for _, c := range account.Table(all[d.ID]) {
		out.Table = append(out.Table, HandsetLine{Handset: c.Handset, Line: c.Line, Use: c.Use})
	}
	return plain(out), nil
}
