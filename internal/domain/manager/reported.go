package manager

import (
	"context"
	"strings"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Word is what a phone told of one name, and when, in milliseconds.
type Word struct {
	Value string `json:"v"`
	Type  string `json:"t,omitempty"`
	At    int64  `json:"a"`
}

// Reported is what a phone told last, by name with its root.
type Reported struct {
	Words   map[string]Word
	ReadAt  int64 // when all that its state is shown by was read last, in milliseconds; 0 never
	TakenAt int64 // the time that words have that came just now; 0 where none did
}

// reported reads what a device told; the zero value where it told nothing.
func (s *Service) reported(ctx context.Context, deviceID string) (r Reported, err error) {
	err = s.DB.Read(ctx, func(q db.Q) error {
		r, err = findReported(ctx, q, deviceID)
		return err
	})
	return r, err
}

// told takes in what a phone answered to a command to tell values.
func (s *Service) told(ctx context.Context, tx *db.Tx, c command.Command, dict dictionary, values []command.Value) error {
	p, err := s.phoneIn(ctx, tx, c.DeviceID)
	if err != nil {
		return err
	}
	var names []string
	for _, v := range values {
		if v.Fault == "" {
			names = append(names, v.Name)
		}
	}
	if err := dropRefused(ctx, tx, p.kind(), names); err != nil {
		return err
	}
	r, err := s.note(ctx, tx, p.Device, dict, values, c.Args.For == command.ForDetails && len(names) > 0)
	if err != nil || r.TakenAt == 0 {
		return err
	}
	return s.judge(ctx, tx, p.Device, dict, r, c)
}

// phoneIn is Phone inside a transaction, with the device as it is.
func (s *Service) phoneIn(ctx context.Context, tx *db.Tx, deviceID string) (Phone, error) {
	d, err := s.Devices.GetIn(ctx, tx, deviceID)
	if err != nil {
		return Phone{}, err
	}
	p, err := find(ctx, tx, deviceID)
	p.Device = d
	return p, err
}

// note writes down the values that the phone's data model has; whole means that all
// that its state is shown by is among them.
func (s *Service) note(ctx context.Context, tx *db.Tx, d device.Device, dict dictionary, values []command.Value, whole bool) (Reported, error) {
	r, err := findReported(ctx, tx, d.ID)
	if err != nil {
		return r, err
	}
	now := s.DB.Now().UnixMilli()
	if r.take(dict, values, now) {
		r.TakenAt = now
	}
	if r.TakenAt == 0 && !whole {
		return r, nil
	}
	if whole {
		r.ReadAt = now
	}
	s.Devices.Changed(tx, d)
	if status := r.status(dict); status != "" && r.TakenAt != 0 {
		tx.AfterCommit(func() {
			s.Twins.Seen(device.Report{DeviceID: d.ID, TenantID: d.TenantID, OrgID: d.OrgID, MAC: d.MAC, At: s.DB.Now(), Door: string(vendors.CWMP), Status: status})
		})
	}
	return r, saveReported(ctx, tx, d, r, now)
}

// status sums up the accounts of a phone: registered where all are that are switched on,
// "" where it told of none.
func (r Reported) status(dict dictionary) (out device.Status) {
	for _, n := range dict.names {
		w, told := r.Words[dict.root+n.Path]
		if n.Shows != "account.status" || !told || w.Value == "" || strings.EqualFold(w.Value, "Disabled") || strings.EqualFold(w.Value, "Quiescent") {
			continue
		}
		if registration(w.Value) != Registered {
			return device.Unregistered
		}
		out = device.Registered
	}
	return out
}

// take puts values in, and reports whether there were any that are kept.
func (r *Reported) take(dict dictionary, values []command.Value, now int64) (some bool) {
	kept := make(map[string]bool, len(dict.names))
	for _, n := range dict.names {
		kept[dict.root+n.Path] = !n.Secret
	}
	for _, v := range values {
		if v.Fault != "" || !kept[v.Name] || len(v.Value) > limit.ReportedBytes {
			continue
		}
		r.Words[v.Name] = Word{Value: v.Value, Type: strings.TrimPrefix(v.Type, "xsd:"), At: now}
		some = true
	}
	return some
}

// Heard takes in values that a phone told by itself: those of its state that changed.
func (s *Service) Heard(ctx context.Context, p Phone, values []command.Value) error {
	ctx = scope.AsSystem(ctx, "manager.heard")
	dict, err := s.dictionary(ctx, p)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.note(ctx, tx, p.Device, dict, values, false)
		return err
	})
}

// Watched writes down that a phone tells changes of some values by itself from now on;
// mark says which, in the words of who set it up.
func (s *Service) Watched(ctx context.Context, deviceID, mark string) error {
	ctx = scope.AsSystem(ctx, "manager.watched")
	return s.DB.Write(ctx, func(tx *db.Tx) error { return setWatched(ctx, tx, deviceID, mark) })
}

// known is what a device told, in a form that asks for no error where it never reported.
func (s *Service) known(ctx context.Context, d device.Device) (p Phone, ok bool, err error) {
	p, err = s.Phone(ctx, d.ID)
	if fault.Is(err, fault.NotFound) {
		return Phone{}, false, nil
	}
	p.Device = d
	return p, err == nil, err
}
