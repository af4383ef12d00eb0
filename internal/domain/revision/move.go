package revision

import (
	"context"
	"slices"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// move applies what a push names to a device's state.
func (w *world) move(ctx context.Context, q db.Q, d device.Device, st state, m Move) (state, error) {
	if !st.isBound() {
		var err error
		if st, err = w.firstContact(ctx, q, d); err != nil {
			return state{}, err
		}
	}
	author := scope.From(ctx).Actor.Name
	st.bindings = slices.Clone(st.bindings)
	if m.Restore != "" {
		if err := w.restore(ctx, q, d, &st, m.Restore); err != nil {
			return state{}, err
		}
	}
	if m.all() {
		if err := w.moveLatest(ctx, q, &st, author); err != nil {
			return state{}, err
		}
	}
	if d.Firmware != "" { // no source that a push would have to name: the phone changed it
		st.Firmware = d.Firmware
	}
	if now := w.s.epoch(d.Vendor); m.all() || m.Renderer || st.Epoch < now-1 { // the last two are kept
		st.Epoch = now
	}
	for _, t := range m.Templates {
		if err := w.moveTemplate(ctx, q, d, &st, t, author); err != nil {
			return state{}, err
		}
	}
	st.bindings = slices.DeleteFunc(st.bindings, func(b binding) bool { return slices.Contains(m.Unbind, b.SourceID) && !b.Layer.redirects() })
	if m.all() || m.Redirection {
		if err := w.moveRedirection(ctx, q, d, &st, author); err != nil {
			return state{}, err
		}
	}
	return st, w.moveRest(ctx, q, d, &st, m, author)
}

// moveRest moves what is the device's own, and puts the layers in order.
func (w *world) moveRest(ctx context.Context, q db.Q, d device.Device, st *state, m Move, author string) error {
	if m.all() || m.ConfigFile {
		if err := w.moveOwn(ctx, q, d, st, ConfigFile, author); err != nil {
			return err
		}
	}
	if m.all() || m.Overrides {
		if err := w.moveOwn(ctx, q, d, st, Override, author); err != nil {
			return err
		}
	}
	if m.all() || m.Lines {
		w.moveLines(d, st)
	}
	if m.all() || m.Placeholders {
		var err error
		if st.placeholders, err = w.placeholders(ctx, q, d); err != nil {
			return err
		}
	}
	return w.order(ctx, q, d, st)
}

// moveLatest moves every template that is bound to its latest version.
func (w *world) moveLatest(ctx context.Context, q db.Q, st *state, author string) error {
	for i, b := range st.bindings {
		if b.Layer.redirects() {
			continue
		}
		src, err := w.source(ctx, q, b.SourceID)
		if err != nil {
			return err
		}
		if src.Kind.IsTemplate() && b.Number != src.Latest {
			st.bindings[i].Number, st.bindings[i].Author = src.Latest, author
		}
	}
	return nil
}

// restore brings back the bindings and the placeholders of an earlier revision.
// Lines stay as they are now: an old password would only lock the phone out.
func (w *world) restore(ctx context.Context, q db.Q, d device.Device, st *state, id string) error {
	old, err := findBindings(ctx, q, d.ID, id)
	if err != nil {
		return err
	}
	for _, b := range old.bindings {
		if b.Layer.redirects() {
			continue // a deleted profile's versions stay
		}
		if _, err := w.source(ctx, q, b.SourceID); fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "a template of that revision has been deleted since")
		} else if err != nil {
			return err
		}
	}
	st.bindings, st.placeholders = old.bindings, old.placeholders
	return nil
}

// makeRoom takes the bindings away whose place a template takes.
func (w *world) makeRoom(ctx context.Context, q db.Q, st *state, src template.Source) error {
	for _, b := range slices.Clone(st.bindings) {
		if b.Layer.redirects() {
			continue
		}
		other, err := w.source(ctx, q, b.SourceID)
		if err != nil {
			return err
		}
		if src.Replaces(other) {
			st.bindings = slices.DeleteFunc(st.bindings, func(o binding) bool { return o.SourceID == b.SourceID })
		}
	}
	return nil
}

func (w *world) moveTemplate(ctx context.Context, q db.Q, d device.Device, st *state, t TemplateVersion, author string) error {
	src, err := w.source(ctx, q, t.ID)
	if err != nil {
		return err
	}
	if src.OrgID != d.OrgID || src.Kind == template.Override {
		return fault.New(fault.NotFound, "template not found")
	}
	if t.Version == 0 {
		t.Version = src.Latest
	}
	if t.Version == 0 {
		return fault.New(fault.Conflict, "the template %q has no saved version yet", src.Name)
	}
	if _, err := w.version(ctx, q, t.ID, t.Version); err != nil {
		return err
	}
	if i := slices.IndexFunc(st.bindings, func(b binding) bool { return b.SourceID == t.ID }); i >= 0 {
		st.bindings[i].Number, st.bindings[i].Author = t.Version, author
		return nil
	}
	if err := w.makeRoom(ctx, q, st, src); err != nil {
		return err
	}
	st.bindings = append(st.bindings, binding{SourceID: t.ID, Number: t.Version, Layer: Layer(src.Kind), Author: author})
	return nil
}
