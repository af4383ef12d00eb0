package revision

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"bellwether/internal/domain/device"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// publication is what a new revision is published for.
type publication struct{ author, reason, plan string }

// Execute publishes one device's part of a confirmed plan in the transaction.
// Where the device is no longer at the plan's old revision the answer is a
// Conflict with code "superseded"; where it would come out otherwise than the
// plan said, a Conflict with code "stale_plan".
func (s *Service) Execute(ctx context.Context, tx *db.Tx, p Plan, fd FrozenDevice) (Revision, error) {
	d, err := s.devices.GetIn(ctx, tx, fd.ID)
	if err != nil {
		return Revision{}, err
	}
	w, err := s.load(ctx, tx, []device.Device{d})
	if err != nil {
		return Revision{}, err
	}
	st := w.states[d.ID].of(d)
	if st.Desired != fd.Old || st.Seq != fd.OldSeq {
		return Revision{}, fault.New(fault.Conflict, "another push came first").WithCode("superseded")
	}
	st.bindings, st.lines, st.placeholders, st.Epoch, st.Firmware = fd.Bindings, fd.Lines, fd.Placeholders, fd.Epoch, fd.Firmware
	r, err := s.publish(ctx, tx, w, d, st, publication{author: p.Author, reason: p.Frozen.Note, plan: p.Hash})
	if err != nil {
		return Revision{}, err
	}
	if r.ID != fd.New {
		return Revision{}, fault.New(fault.Conflict, "it would come out otherwise than the plan showed").WithCode("stale_plan")
	}
	return r, s.audit.Record(ctx, tx, published(d, r))
}

// publish compiles a state and makes the result the device's desired revision.
func (s *Service) publish(ctx context.Context, tx *db.Tx, w *world, d device.Device, st state, pub publication) (Revision, error) {
	eff, err := w.compiled(ctx, tx, d, st)
	if err != nil {
		return Revision{}, err
	}
	r, err := s.drafted(d, st, eff)
	if err != nil {
		return Revision{}, err
	}
	now := s.db.Now()
	st.Seq = r.Seq
	r.Author, r.Reason, r.Plan, r.CreatedAt = pub.author, pub.reason, pub.plan, now
	row, part, err := s.rows(d, eff, st, r)
	if err != nil {
		return Revision{}, err
	}
	if err := insertRevision(ctx, tx, row, part); err != nil {
		return Revision{}, err
	}
	st.Desired, st.Problem = r.ID, ""
	if err := saveState(ctx, tx, st, now.UnixMilli()); err != nil {
		return Revision{}, err
	}
	return r, prune(ctx, tx, st)
}

// drafted is the next revision of a device in a state, as it can be published:
// one that does not read back is Invalid.
func (s *Service) drafted(d device.Device, st state, eff Effective) (Revision, error) {
	target, err := s.target(d)
	if err != nil {
		return Revision{}, err
	}
	target.Firmware = st.Firmware
	r := Revision{ID: s.revisionID(d, st.Epoch, eff), DeviceID: d.ID, OrgID: d.OrgID, MAC: d.MAC, Vendor: d.Vendor, Seq: st.Seq + 1, Epoch: st.Epoch, Target: target, Entries: eff.Entries(), Kept: true}
	return r, s.verify(r)
}

// rows splits a revision into the half that devices share and its own.
func (s *Service) rows(d device.Device, eff Effective, st state, r Revision) (*revisionRow, partRow, error) {
	shared, own := eff.halves(r.Entries)
	a, err := json.Marshal(shared)
	if err != nil {
		return nil, partRow{}, err
	}
	b, err := json.Marshal(own)
	if err != nil {
		return nil, partRow{}, err
	}
	bound, err := json.Marshal(st.bindings)
	if err != nil {
		return nil, partRow{}, err
	}
	held, err := text(st.placeholders)
	if err != nil {
		return nil, partRow{}, err
	}
	part := partRow{TenantID: d.TenantID, OrgID: d.OrgID, Content: string(a)}
	if len(shared) > 0 {
		part.ID = s.vault.MAC("revision part", d.OrgID, part.Content)[:32]
	}
	if len(own) == 0 {
		b = []byte("[]")
	}
	return &revisionRow{DeviceID: d.ID, Seq: r.Seq, ID: r.ID, TenantID: d.TenantID, OrgID: d.OrgID, Epoch: r.Epoch, Dialect: r.Target.Dialect, Family: r.Target.Family,
		Firmware: r.Target.Firmware, SharedID: part.ID, Content: string(b), Bindings: string(bound), Placeholders: held, Kept: 1, Plan: r.Plan, Author: r.Author, Reason: r.Reason, CreatedAt: r.CreatedAt.UnixMilli()}, part, nil
}

// revisionID is an HMAC over the canonical form: equal effective configs of a
// device have equal ids, and nobody can guess a value from one.
func (s *Service) revisionID(d device.Device, epoch int, eff Effective) string {
	t, err := s.target(d)
	if err != nil {
		return ""
	}
	b, err := json.Marshal(eff.Entries())
	if err != nil {
		return ""
	}
	return s.vault.MAC("revision", d.OrgID, d.ID, t.Dialect, t.Family, strconv.Itoa(epoch), string(b))[:32]
}

// epoch is the renderer epoch that a vendor's new revisions get.
func (s *Service) epoch(vendor string) int {
	v, ok := s.vendors.Get(vendor)
	if !ok {
		return 1
	}
	return s.vendors.Epoch(v)
}

// verify renders a revision with its secrets blanked and reads it back: what
// does not survive that is never published.
func (s *Service) verify(r Revision) error {
	doc, err := r.Document(func(secret.Ref) (secret.String, error) { return secret.NewString("secret"), nil })
	if err != nil {
		return err
	}
	if err := s.verifyFile(r, doc); err != nil || r.GlobalFile() == "" {
		return err
	}
	return s.verifyFile(r, r.GlobalDocument())
}

func (s *Service) verifyFile(r Revision, doc vendors.Document) error {
	v, ok := s.vendors.Get(r.Vendor)
	if !ok {
		return fault.New(fault.Conflict, "the vendor %s is not known to this version", r.Vendor)
	}
	b, err := v.Render(doc)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "render the configuration of %s", r.MAC.Colons())
	}
	back, err := v.Parse(doc.Kind, b)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "read back the configuration of %s", r.MAC.Colons())
	}
	if len(back.Values) != len(doc.Values) {
		return fault.New(fault.Invalid, "the configuration of %s does not read back: %d values of %d", r.MAC.Colons(), len(back.Values), len(doc.Values))
	}
	for i, v := range back.Values {
		if v != doc.Values[i] {
			return fault.New(fault.Invalid, "the configuration of %s does not read back: %s differs", r.MAC.Colons(), doc.Values[i].Name)
		}
	}
	return nil
}

// Document is the device's own file as its vendor renders it; open reads a
// secret.
func (r Revision) Document(open func(secret.Ref) (secret.String, error)) (vendors.Document, error) {
	doc := vendors.Document{Kind: vendors.Config, MAC: r.MAC, Target: r.Target, Epoch: r.Epoch}
	for _, e := range r.Entries {
		if e.Name == "" || e.State == Residue || e.Global {
			continue
		}
		v := vendors.SpelledValue{Name: e.Name, Value: e.Value}
		if e.Secret != "" {
			clear, err := open(e.Secret)
			if err != nil {
				return vendors.Document{}, fmt.Errorf("open the secret for %s: %w", e.Key, err)
			}
			v.Value = clear.Reveal()
		}
		doc.Values = append(doc.Values, v)
	}
	vendors.SortValues(doc.Values)
	return doc, nil
}
