package manager

import (
	"context"
	"slices"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// Setting is a setting of which a phone told something, in the catalog's words.
type Setting struct {
	Key     param.Key
	Account int // 0 for none
	Value   string
}

// Settings are the settings among the values that a phone told: no secrets, and nothing
// that it is told of us. The caller has checked that the actor may see the device.
func (s *Service) Settings(ctx context.Context, d device.Device, values []command.Value) (out []Setting, err error) {
	ctx = scope.AsSystem(ctx, "manager.settings")
	p, ok, err := s.known(ctx, d)
	if err != nil || !ok {
		return nil, err
	}
	dict, err := s.dictionary(ctx, p)
	if err != nil {
		return nil, err
	}
	told := map[string]string{}
	for _, v := range values {
		if v.Fault == "" {
			told[v.Name] = v.Value
		}
	}
	for _, n := range dict.names {
		if v, ok := told[dict.root+n.Path]; ok && n.Key != "" && !n.Secret && !ours(dict.cat, n.Key) {
			out = append(out, Setting{n.Key, n.Account, dict.read(n, v)})
		}
	}
	return out, nil
}

// AskAll has a phone tell all of its settings, on behalf of an operator. It fails with
// Conflict where the phone cannot be asked now.
func (s *Service) AskAll(ctx context.Context, d device.Device) (c command.Command, err error) {
	if err := s.Access.Authorize(ctx, access.DeviceWrite, d.Where()); err != nil {
		return c, err
	}
	options, err := s.Commands.Options(ctx, d)
	if err != nil {
		return c, err
	}
	o := options[slices.IndexFunc(options, func(o command.Option) bool { return o.Kind == command.GetValues })]
	switch {
	case d.Life != device.Adopted:
		return c, fault.New(fault.Conflict, "the device is %s, and only an adopted device is asked", d.Life)
	case o.Channel == "":
		return c, fault.New(fault.Conflict, "%s", o.Why).WithCode("no_channel")
	case d.Hot.Reach == device.Offline:
		return c, fault.New(fault.Conflict, "the phone is offline, and only one that is there can be asked what it holds").WithCode("offline")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Commands.Drop(ctx, tx, d.ID, command.ForSync, "it was asked anew"); err != nil {
			return err
		}
		c, err = s.Commands.Enqueue(ctx, tx, d, command.Order{Kind: command.GetValues, Args: command.Args{For: command.ForSync}, Within: limit.SyncWithin})
		return err
	})
	return c, err
}
