package revision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
	"bellwether/internal/vendors"
)

// Targets say whom a plan is for: the union of what is set.
type Targets struct {
	Devices  []string `json:"devices,omitempty"`  // ids
	Sites    []string `json:"sites,omitempty"`    // ids, with all below them
	Groups   []string `json:"groups,omitempty"`   // ids, with their members of now
	Bound    []string `json:"bound,omitempty"`    // templates' ids: the devices bound to them
	Accounts []string `json:"accounts,omitempty"` // ids: the devices whose lines carry them
	Servers  []string `json:"servers,omitempty"`  // ids of SIP servers: the devices with accounts there
	Profiles []string `json:"profiles,omitempty"` // ids of redirection profiles: the devices that they are for, or that have them still
	All      bool     `json:"all,omitempty"`      // the organization
}

// Move says what a push moves; nothing else does. The zero value is Latest.
type Move struct {
	Overrides    bool              `json:"overrides,omitempty"`
	Lines        bool              `json:"lines,omitempty"`
	Placeholders bool              `json:"placeholders,omitempty"`
	Templates    []TemplateVersion `json:"templates,omitempty"`
	ConfigFile   bool              `json:"config_file,omitempty"`
	Unbind       []string          `json:"unbind,omitempty"`      // templates to take away
	Renderer     bool              `json:"renderer,omitempty"`    // to the newest renderer and catalog
	Redirection  bool              `json:"redirection,omitempty"` // what the devices should have by their assignments
	Restore      string            `json:"restore,omitempty"`     // an earlier revision of the one device: its bindings and placeholders
	Latest       bool              `json:"latest,omitempty"`      // every bound source to its latest, and the device's own
}

// all reports whether the move names nothing, which means everything.
func (m Move) all() bool {
	return m.Latest || !m.Overrides && !m.Lines && !m.Placeholders && !m.ConfigFile && !m.Renderer && !m.Redirection && m.Restore == "" && len(m.Templates)+len(m.Unbind) == 0
}

// TemplateVersion names a version of a template; Version 0 is the latest.
type TemplateVersion struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Plan is what a push would do, device by device.
type Plan struct {
	Hash      string
	TenantID  string
	OrgID     string
	Author    string
	CreatedAt time.Time
	Frozen    Frozen
	Unchanged int
	Groups    []ChangeGroup
	Shadowed  []ChangeGroup // of devices that stay as they are, because a stronger layer hides all that moves
	Failed    []Failure
	Warnings  []Warning
}

// Frozen is the part of a plan that a push executes: the new bindings of each
// device, and from which revision to which they lead.
type Frozen struct {
	Targets Targets        `json:"targets"`
	Move    Move           `json:"move"`
	Note    string         `json:"note,omitempty"`
	Devices []FrozenDevice `json:"devices"`
}

// FrozenDevice is one device of a plan.
type FrozenDevice struct {
	ID           string            `json:"id"`
	OldSeq       int               `json:"old_seq"`
	Old          string            `json:"old"` // revision, "" for none
	New          string            `json:"new"`
	Epoch        int               `json:"epoch"`
	Firmware     string            `json:"firmware,omitempty"`
	Bindings     []binding         `json:"bindings"`
	Lines        []BoundLine       `json:"lines"`
	Placeholders map[string]string `json:"placeholders"`
	mac, name    string
	advice       []vendors.Advice
}

// Failure is a device that the plan leaves alone because its config does not
// compile.
type Failure struct{ DeviceID, MAC, Problem string }

// Warning is something to think of before pushing.
type Warning struct {
	Code    string // "undeliverable", "residue", "shadowed", or a vendor's advice
	Text    string
	Devices int
}

// Plan works out what moving would do to the targets and keeps it under its
// hash. It changes nothing else.
func (s *Service) Plan(ctx context.Context, o org.Org, t Targets, m Move, note string) (Plan, error) {
	if err := s.access.Authorize(ctx, access.PlanPush, access.Where{TenantID: o.TenantID, OrgID: o.ID, Any: true}); err != nil {
		return Plan{}, err
	}
	if len([]rune(note)) > limit.Description {
		return Plan{}, fault.InvalidFields("plan is not valid", fault.Field{Path: "note", Message: "at most 256 characters"})
	}
	var p Plan
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		p, err = s.draw(ctx, q, o, Frozen{Targets: t, Move: m, Note: note})
		return err
	})
	if err != nil {
		return Plan{}, err
	}
	p.Author, p.CreatedAt = scope.From(ctx).Actor.Name, s.db.Now()
	return p, s.db.Write(ctx, func(tx *db.Tx) error { return savePlan(ctx, tx, p) })
}

// Find returns a plan as it was frozen, and the task that executed it or "".
func (s *Service) Find(ctx context.Context, o org.Org, hash string) (p Plan, taskID string, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		p, taskID, err = findPlan(ctx, q, o.ID, hash)
		return err
	})
	return p, taskID, err
}

// Confirm checks in the transaction that everything a plan read is still so and
// takes it for a task. A plan that would come out otherwise now is a Conflict
// with code "stale_plan"; one that was pushed already, with code "plan_used".
func (s *Service) Confirm(ctx context.Context, tx *db.Tx, o org.Org, hash, taskID string) (Plan, error) {
	kept, _, err := findPlan(ctx, tx, o.ID, hash)
	if err != nil {
		return Plan{}, err
	}
	again, err := s.draw(ctx, tx, o, Frozen{Targets: kept.Frozen.Targets, Move: kept.Frozen.Move, Note: kept.Frozen.Note})
	if err != nil {
		return Plan{}, err
	}
	if again.Hash != hash {
		return Plan{}, fault.New(fault.Conflict, "something that this plan is made from has changed; look at the new plan").WithCode("stale_plan")
	}
	for _, d := range again.Frozen.Devices {
		if err := s.mayPush(ctx, tx, d.ID); err != nil {
			return Plan{}, err
		}
	}
	if err := takePlan(ctx, tx, o.ID, hash, taskID); err != nil {
		return Plan{}, err
	}
	again.Author, again.CreatedAt = kept.Author, kept.CreatedAt
	return again, nil
}

func (s *Service) mayPush(ctx context.Context, q db.Q, deviceID string) error {
	d, err := s.devices.GetIn(ctx, q, deviceID)
	if err != nil {
		return err
	}
	return s.access.Authorize(ctx, access.PlanPush, d.Where())
}

// draw works a plan out from its frozen input.
func (s *Service) draw(ctx context.Context, q db.Q, o org.Org, f Frozen) (Plan, error) {
	devices, err := s.targets(ctx, q, o, f.Targets)
	if err != nil {
		return Plan{}, err
	}
	if f.Move.Restore != "" && len(devices) != 1 {
		return Plan{}, fault.InvalidFields("plan is not valid", fault.Field{Path: "move.restore", Message: "an earlier revision belongs to one device; name that one alone"})
	}
	w, err := s.load(ctx, q, devices)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{TenantID: o.TenantID, OrgID: o.ID, Frozen: f}
	p.Frozen.Devices = []FrozenDevice{}
	groups, hidden := newGrouper(), newGrouper()
	for _, d := range devices {
		fd, changes, err := w.propose(ctx, q, d, f.Move)
		switch {
		case fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict):
			p.Failed = append(p.Failed, Failure{d.ID, d.MAC.String(), fault.Message(err)})
		case err != nil:
			return Plan{}, err
		case fd.New == fd.Old:
			p.Unchanged++
			groups.note(changes)
			if changes = onlyShadowed(changes); len(changes) > 0 {
				hidden.add(fd, changes)
			}
		default:
			p.Frozen.Devices = append(p.Frozen.Devices, fd)
			groups.add(fd, changes)
			groups.advised(fd.advice)
		}
	}
	p.Groups, p.Warnings = groups.result()
	p.Shadowed, _ = hidden.result()
	p.Hash, err = hashOf(o.ID, p.Frozen, p.Failed)
	return p, err
}

// targets resolves whom the plan is for. Only adopted devices are ever given a
// configuration.
func (s *Service) targets(ctx context.Context, q db.Q, o org.Org, t Targets) ([]device.Device, error) {
	found := map[string]device.Device{}
	take := func(f device.Filter) error {
		f.OrgID = o.ID
		ds, err := s.devices.AllIn(ctx, q, f)
		for _, d := range ds {
			found[d.ID] = d
		}
		return err
	}
	var err error
	switch {
	case t.All:
		err = take(device.Filter{})
	case len(t.Devices)+len(t.Sites)+len(t.Groups)+len(t.Bound)+len(t.Accounts)+len(t.Servers)+len(t.Profiles) == 0:
		err = fault.InvalidFields("plan is not valid", fault.Field{Path: "targets", Message: "name devices, sites, groups, templates, accounts, SIP servers or redirection profiles, or all"})
	default:
		if len(t.Devices) > 0 {
			err = take(device.Filter{IDs: t.Devices})
		}
		for _, site := range t.Sites {
			if err == nil {
				err = take(device.Filter{SiteID: site})
			}
		}
	}
	if err == nil {
		err = s.named(ctx, q, o, t, func(ids []string) error { return take(device.Filter{IDs: ids}) })
	}
	if err != nil {
		return nil, err
	}
	for _, id := range t.Devices {
		if _, ok := found[id]; !ok {
			return nil, fault.New(fault.NotFound, "device not found")
		}
	}
	return adopted(found)
}

// adopted are the devices that a plan may be for, sorted by id.
func adopted(found map[string]device.Device) ([]device.Device, error) {
	out := make([]device.Device, 0, len(found))
	for _, d := range found {
		if d.Life == device.Adopted {
			out = append(out, d)
		}
	}
	if len(out) > limit.PlanDevices {
		return nil, fault.New(fault.Invalid, "a plan is for at most %d devices; this one would be for %d", limit.PlanDevices, len(out))
	}
	slices.SortFunc(out, func(a, b device.Device) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// named takes the members of groups, the devices bound to templates, those whose
// lines carry accounts, and those with accounts of SIP servers.
func (s *Service) named(ctx context.Context, q db.Q, o org.Org, t Targets, take func(ids []string) error) error {
	profiled := func(ctx context.Context, q db.Q, id string) ([]string, error) {
		return s.redirects.AssociatedIn(ctx, q, o.ID, id)
	}
	for _, list := range []struct {
		ids  []string
		read func(context.Context, db.Q, string) ([]string, error)
	}{{t.Groups, s.groups.MembersIn}, {t.Bound, s.templates.BoundIn}, {t.Accounts, s.accounts.CarriedIn}, {t.Servers, s.accounts.ServedIn}, {t.Profiles, profiled}} {
		for _, id := range list.ids {
			members, err := list.read(ctx, q, id)
			if err != nil {
				return err
			}
			for chunk := range slices.Chunk(members, 500) {
				if err := take(chunk); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// propose moves a device's bindings and compares before and after.
func (w *world) propose(ctx context.Context, q db.Q, d device.Device, m Move) (FrozenDevice, []Change, error) {
	old := w.states[d.ID].of(d)
	next, err := w.move(ctx, q, d, old, m)
	if err != nil {
		return FrozenDevice{}, nil, err
	}
	was, err := w.compiled(ctx, q, d, old)
	if err != nil && old.isBound() {
		was = Effective{} // what was published came from a catalog that has changed since
	}
	will, err := w.compiled(ctx, q, d, next)
	if err != nil {
		return FrozenDevice{}, nil, err
	}
	if !old.isBound() {
		was = Effective{}
	}
	fd := FrozenDevice{ID: d.ID, OldSeq: old.Seq, Old: old.Desired, New: w.s.revisionID(d, next.Epoch, will), Epoch: next.Epoch, Firmware: next.Firmware, Bindings: next.bindings, Lines: next.lines, Placeholders: next.placeholders,
		mac: d.MAC.String(), name: d.Name}
	if v, ok := w.s.vendors.Get(d.Vendor); ok && old.isBound() {
		if a, ok := w.s.vendors.AsAdvisor(v); ok {
			fd.advice = a.Advise(was.settings(), will.settings())
		}
	}
	cat, _, err := w.catalog(ctx, q, d)
	if err != nil {
		return FrozenDevice{}, nil, err
	}
	fd.advice = append(fd.advice, w.s.sent(cat, was, will)...)
	shadowed, err := w.shadowed(ctx, q, d, old, next, will)
	if err != nil {
		return FrozenDevice{}, nil, err
	}
	changes := pulled(compare(cat, was, will), was, will)
	if old.isBound() && fd.New != fd.Old {
		more, err := w.drifted(ctx, q, d, old, next, was, will, changes)
		if err != nil {
			return FrozenDevice{}, nil, err
		}
		changes = append(changes, more...)
	}
	return fd, append(changes, shadowed...), nil
}

func (w *world) compiled(ctx context.Context, q db.Q, d device.Device, st state) (Effective, error) {
	stack, err := w.stack(ctx, q, d, st)
	if err != nil {
		return Effective{}, err
	}
	return Compile(stack)
}

func hashOf(orgID string, f Frozen, failed []Failure) (string, error) {
	for i := range f.Devices { // who pushed last is no part of what a plan does
		f.Devices[i].Bindings = slices.Clone(f.Devices[i].Bindings)
		for j := range f.Devices[i].Bindings {
			f.Devices[i].Bindings[j].Author = ""
		}
	}
	b, err := json.Marshal(struct {
		Org    string
		Frozen Frozen
		Failed []Failure
	}{orgID, f, failed})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}
