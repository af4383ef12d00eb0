package task

import (
	"context"
	"fmt"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/rps"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
)

// Service is the exported face of the package. New makes one.
type Service struct {
	db        *db.DB
	access    *access.Service
	audit     *audit.Service
	orgs      *org.Service
	devices   *device.Service
	redirects *rps.Service
	revisions *revision.Service
	commands  *command.Service
	bus       bus.Bus
}

// Deps are what a Service needs.
type Deps struct {
	DB        *db.DB
	Access    *access.Service
	Audit     *audit.Service
	Orgs      *org.Service
	Devices   *device.Service
	Redirects *rps.Service
	Revisions *revision.Service
	Commands  *command.Service
	Bus       bus.Bus
}

// New returns a service.
func New(d Deps) *Service {
	return &Service{db: d.DB, access: d.Access, audit: d.Audit, orgs: d.Orgs, devices: d.Devices, redirects: d.Redirects, revisions: d.Revisions, commands: d.Commands, bus: d.Bus}
}

// Filter narrows a list of tasks.
type Filter struct {
	db.Page
	OrgID    string
	State    State
	DeviceID string
}

// List lists an organization's tasks, newest first.
func (s *Service) List(ctx context.Context, f Filter) (out db.Slice[Task], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listTasks(ctx, q, f)
		return err
	})
	return out, err
}

// Get returns one task with its counts, or NotFound.
func (s *Service) Get(ctx context.Context, id string) (t Task, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		t, err = findTask(ctx, q, id)
		return err
	})
	return t, err
}

// Runs lists a task's runs; of one state where state is not empty.
func (s *Service) Runs(ctx context.Context, taskID string, state RunState, p db.Page) (out db.Slice[Run], err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		out, err = listRuns(ctx, q, taskID, state, p)
		return err
	})
	return out, err
}

// Consent is what an operator agrees to besides the plan itself.
type Consent struct{ Undeliverable bool }

// Push makes a task of a plan: in one transaction the plan is confirmed and
// frozen, the runs are written, the audit row and the job that executes it.
func (s *Service) Push(ctx context.Context, o org.Org, hash string, c Consent) (Task, error) {
	t := Task{ID: s.db.NewID(), TenantID: o.TenantID, OrgID: o.ID, Kind: Push, State: Running, Plan: hash, Author: scope.From(ctx).Actor.Name, Version: 1}
	if err := s.access.Authorize(ctx, access.PlanPush, access.Where{TenantID: o.TenantID, OrgID: o.ID, Any: true}); err != nil {
		return Task{}, err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := s.revisions.Confirm(ctx, tx, o, hash, t.ID)
		if err != nil {
			return err
		}
		if p.Undeliverable() && !c.Undeliverable {
			return fault.New(fault.Conflict, "some values will not reach these phones; confirm that they may stay behind").WithCode("undeliverable")
		}
		if len(p.Frozen.Devices) == 0 {
			return fault.New(fault.Conflict, "the plan changes no phone").WithCode("empty_plan")
		}
		return s.write(ctx, tx, &t, p)
	})
	if err != nil {
		return Task{}, err
	}
	return s.Get(ctx, t.ID)
}

func (s *Service) write(ctx context.Context, tx *db.Tx, t *Task, p revision.Plan) error {
	now := s.db.Now()
	t.CreatedAt, t.StartedAt, t.Deadline = now, now, now.Add(StartWithin)
	t.Name = p.Frozen.Note
	if t.Name == "" {
		t.Name = fmt.Sprintf("Push to %d phones", len(p.Frozen.Devices))
	}
	if err := db.Insert(ctx, tx, newTaskRow(*t)); err != nil {
		return err
	}
	rows := make([]runRow, len(p.Frozen.Devices))
	for i, d := range p.Frozen.Devices {
		rows[i] = newRunRow(Run{ID: s.db.NewID(), TenantID: t.TenantID, OrgID: t.OrgID, TaskID: t.ID, DeviceID: d.ID, State: RunPending, From: d.Old, To: d.New, CreatedAt: now})
	}
	if err := db.Insert(ctx, tx, &rows); err != nil {
		return err
	}
	if err := tx.Enqueue(ctx, db.Job{Kind: JobPush, Payload: pushJob{TaskID: t.ID, OrgID: t.OrgID, TenantID: t.TenantID}}); err != nil {
		return err
	}
	s.hint(tx, *t)
	return s.audit.Record(ctx, tx, audit.Entry{TenantID: t.TenantID, OrgID: t.OrgID, Action: "task.push", SubjectKind: "task", SubjectID: t.ID, SubjectName: t.Name,
		After: map[string]any{"plan": p.Hash, "devices": len(rows), "move": p.Frozen.Move}})
}

// Cancel ends what has not reached its phone yet. A run whose revision is
// published stays published: the next fetch delivers it.
func (s *Service) Cancel(ctx context.Context, id string) (Task, error) {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := findTask(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.access.Authorize(ctx, access.TaskWrite, access.Where{TenantID: t.TenantID, OrgID: t.OrgID}); err != nil {
			return err
		}
		if t.State != Running {
			return fault.New(fault.Conflict, "the task has ended")
		}
		runs, err := runsIn(ctx, tx, id, maxRuns, RunPending)
		if err != nil {
			return err
		}
		for _, r := range runs {
			r.State, r.Reason, r.EndedAt = RunCancelled, "cancelled by "+scope.From(ctx).Actor.Name, s.db.Now()
			if err := saveRun(ctx, tx, r); err != nil {
				return err
			}
		}
		if err := s.audit.Record(ctx, tx, audit.Entry{TenantID: t.TenantID, OrgID: t.OrgID, Action: "task.cancel", SubjectKind: "task", SubjectID: t.ID, SubjectName: t.Name, After: map[string]any{"runs": len(runs)}}); err != nil {
			return err
		}
		return s.settle(ctx, tx, id)
	})
	if err != nil {
		return Task{}, err
	}
	return s.Get(ctx, id)
}

func (s *Service) hint(tx *db.Tx, t Task) {
	tx.AfterCommit(func() { bus.Announce(s.bus, t.OrgID, "tasks", t.ID) })
}
