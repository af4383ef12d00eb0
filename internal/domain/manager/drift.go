package manager

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Finding is a key of which a phone told another value than it should have.
type Finding struct {
	Key               param.Key
	Desired, Reported string // canonical
	Revision          string // that says what it should have
	FoundAt, SeenAt   time.Time
	EnforcedAt        time.Time // when the phone was told once more, zero for not
	Policy            Policy
}

// Delivered is called in the transaction that records that a phone took a revision: one
// that can be read is asked for its values once it had time to take them in.
func (s *Service) Delivered(ctx context.Context, tx *db.Tx, d device.Device, _ string) error {
	p, err := find(ctx, tx, d.ID)
	if fault.Is(err, fault.NotFound) || err == nil && p.Protocol != CWMP {
		return nil
	}
	if err != nil {
		return err
	}
	return s.readBack(ctx, tx, d)
}

// readBack asks a phone for the values of its settings, in place of a question that waits
// already.
func (s *Service) readBack(ctx context.Context, tx *db.Tx, d device.Device) error {
	if d.Life != device.Adopted {
		return nil
	}
	ctx = scope.AsSystem(ctx, "read back")
	if err := s.Commands.Drop(ctx, tx, d.ID, command.ForReadBack, "the phone took something newer"); err != nil {
		return err
	}
	_, err := s.Commands.Enqueue(ctx, tx, d, command.Order{Kind: command.GetValues, Args: command.Args{For: command.ForReadBack}, NotBefore: s.DB.Now().Add(s.Settle), Within: limit.ReadBackWithin})
	if fault.Is(err, fault.Conflict) {
		return nil // so much waits for the phone that it is not asked for this too
	}
	return err
}

// verdict is how what a phone told compares with what it should have.
type verdict struct {
	agree  []param.Key
	differ map[param.Key]Finding
}

// compare holds what a phone told at a moment against a revision. Secrets read empty, and
// what a phone is told of where to find us is no setting of the revision's.
func compare(dict dictionary, rev revision.Revision, r Reported, at int64) verdict {
	names := map[param.Key]vendors.ModelName{}
	for _, n := range dict.names {
		if n.Key != "" && !n.Secret && !ours(dict.cat, n.Key) {
			names[n.Key] = n
		}
	}
	v := verdict{differ: map[param.Key]Finding{}}
	for _, e := range rev.Entries {
		n, readable := names[e.Key]
		if !readable || e.Name == "" || e.Secret != "" || e.State == revision.Residue {
			continue
		}
		w, told := r.Words[dict.root+n.Path]
		if !told || w.At != at {
			continue
		}
		p, _, _ := dict.cat.On(e.Key, dict.to)
		_, want, ok := dict.cat.Unspell(e.Name, e.Value, rev.Target)
		if !ok {
			want = e.Value
		}
		have := dict.read(n, w.Value)
		if p.Same(want, have) {
			v.agree = append(v.agree, e.Key)
			continue
		}
		v.differ[e.Key] = Finding{Key: e.Key, Desired: want, Reported: have, Revision: rev.ID}
	}
	return v
}

// ours reports whether a phone is told a key of by us, whatever its revision says.
func ours(c *param.Catalog, k param.Key) bool {
	for _, r := range []param.Role{param.ConfigPath, param.ConfigProtocol, param.ConfigUser} {
		if own, ok := c.ByRole(r, 0); ok && own == k {
			return true
		}
	}
	return strings.HasPrefix(string(k), "tr069.")
}

// judge compares what a phone told just now with the revision that it has, confirms that
// or writes down what differs, and has the phone told once more what is to be enforced.
// since is when the phone was asked.
func (s *Service) judge(ctx context.Context, tx *db.Tx, d device.Device, dict dictionary, r Reported, c command.Command) error {
	rev, st, err := s.Revisions.Standing(ctx, tx, d.ID)
	if err != nil || rev.ID == "" || st.Delivered != rev.ID || c.SentAt.Before(st.DeliveredAt) {
		return err // it has not got it yet, or was asked before
	}
	now := s.DB.Now()
	v := compare(dict, rev, r, r.TakenAt)
	if len(v.differ) > 0 && c.SentAt.Before(st.DeliveredAt.Add(s.Settle)) {
		return nil // it may still be taking it in; it is asked again
	}
	if len(v.differ) == 0 && len(v.agree) > 0 && c.Args.For == command.ForReadBack && st.Confirmed != rev.ID {
		if err := s.Revisions.Agrees(ctx, tx, d, rev.ID); err != nil {
			return err
		}
		if err := s.Commands.Confirm(ctx, tx, d.ID, rev.ID); err != nil {
			return err
		}
	}
	return s.find(ctx, tx, d, rev, v, now)
}

// find writes down what differs, forgets what agrees, and enforces.
func (s *Service) find(ctx context.Context, tx *db.Tx, d device.Device, rev revision.Revision, v verdict, now time.Time) error {
	before, err := findings(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	own, err := listRules(ctx, tx, d.OrgID, d.ID)
	if err != nil {
		return err
	}
	org, err := listRules(ctx, tx, d.OrgID, "")
	if err != nil {
		return err
	}
	holds := map[param.Key]bool{}
	for _, e := range rev.Entries {
		holds[e.Key] = true
	}
	var agreed []param.Key
	for k := range before {
		if _, still := v.differ[k]; !still && !holds[k] {
			agreed = append(agreed, k)
		}
	}
	agreed = append(agreed, v.agree...)
	var enforced []param.Key
	var rows []Finding
	for k, f := range v.differ {
		f.FoundAt, f.SeenAt = now, now
		if old, was := before[k]; was {
			f.FoundAt, f.EnforcedAt = old.FoundAt, old.EnforcedAt
		}
		if f.EnforcedAt.IsZero() && policyOf(string(k), own, org) == Enforce {
			f.EnforcedAt = now
			enforced = append(enforced, k)
		}
		rows = append(rows, f)
	}
	if err := saveFindings(ctx, tx, d, rows, agreed); err != nil || len(enforced) == 0 {
		return err
	}
	ctx = scope.AsSystem(ctx, "drift")
	if _, err := s.Commands.Deliver(ctx, tx, d, rev.ID, "", now.Add(command.DefaultWithin)); err != nil {
		return fmt.Errorf("enforce what a phone should have: %w", err)
	}
	return s.Audit.Record(ctx, tx, audit.Entry{TenantID: d.TenantID, OrgID: d.OrgID, Action: "drift.enforce", SubjectKind: "device", SubjectID: d.ID, SubjectName: d.MAC.Colons(), After: map[string]any{"keys": enforced, "revision": rev.ID}})
}

// Drift lists where a device told another value than it should have, by key, with what
// holds for each. The caller has checked that the actor may see the device.
func (s *Service) Drift(ctx context.Context, d device.Device) (out []Finding, err error) {
	ctx = scope.AsSystem(ctx, "manager.drift")
	err = s.DB.Read(ctx, func(q db.Q) error {
		found, err := findings(ctx, q, d.ID)
		if err != nil {
			return err
		}
		own, err := listRules(ctx, q, d.OrgID, d.ID)
		if err != nil {
			return err
		}
		org, err := listRules(ctx, q, d.OrgID, "")
		if err != nil {
			return err
		}
		for _, k := range slices.Sorted(maps.Keys(found)) {
			f := found[k]
			f.Policy = policyOf(string(k), own, org)
			out = append(out, f)
		}
		return nil
	})
	return out, err
}

// Told is what a device told of its settings last, by key and in the catalog's words.
// The caller has checked that the actor may see the device.
func (s *Service) Told(ctx context.Context, d device.Device) (map[param.Key]string, error) {
	ctx = scope.AsSystem(ctx, "manager.told")
	p, ok, err := s.known(ctx, d)
	if err != nil || !ok {
		return nil, err
	}
	r, err := s.reported(ctx, d.ID)
	if err != nil || len(r.Words) == 0 {
		return nil, err
	}
	dict, err := s.dictionary(ctx, p)
	if err != nil {
		return nil, err
	}
	return dict.told(r), nil
}

func (dict dictionary) told(r Reported) map[param.Key]string {
	out := map[param.Key]string{}
	for _, n := range dict.names {
		if w, ok := r.Words[dict.root+n.Path]; ok && n.Key != "" && !n.Secret {
			out[n.Key] = dict.read(n, w.Value)
		}
	}
	return out
}

// read is what a phone told of a setting in the catalog's words. Some tell the words of
// their files.
func (dict dictionary) read(n vendors.ModelName, told string) string {
	p, _, _ := dict.cat.On(n.Key, dict.to)
	have := n.Canonical(p, told)
	if _, err := p.Normalize(have); err == nil {
		return have
	}
	name, _, _ := dict.cat.Spell(n.Key, have, dict.to)
	if _, written, ok := dict.cat.Unspell(name, told, dict.to); ok {
		return written
	}
	return have
}
