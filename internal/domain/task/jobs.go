package task

import (
	"context"
	"encoding/json"
	"fmt"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/bus"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// The kinds of job that app registers handlers for.
const (
	JobPush  = "task.push"
	JobSweep = "task.sweep"
)

const (
	pushChunk = 50 // devices published in one transaction
	maxRuns   = limit.PlanDevices
)

type pushJob struct{ TaskID, OrgID, TenantID string }

// HandlePush executes a push task: chunk by chunk it publishes what the plan
// froze and queues the deliveries. Running it again after a crash goes on where
// it stopped, because a published run is no longer pending.
func (s *Service) HandlePush(ctx context.Context, payload json.RawMessage) error {
	var j pushJob
	if err := json.Unmarshal(payload, &j); err != nil {
		return fmt.Errorf("read the push job: %w", err)
	}
	t, err := s.Get(ctx, j.TaskID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p, _, err := s.revisions.Find(ctx, org.Org{ID: t.OrgID, TenantID: t.TenantID}, t.Plan)
	if err != nil {
		return fmt.Errorf("load the plan of task %s: %w", t.ID, err)
	}
	frozen := make(map[string]revision.FrozenDevice, len(p.Frozen.Devices))
	for _, d := range p.Frozen.Devices {
		frozen[d.ID] = d
	}
	ctx = scope.With(ctx, scope.Scope{Actor: scope.Actor{Kind: scope.System, ID: t.ID, Name: t.Author}, Platform: true})
	for {
		n, err := s.pushSome(ctx, t, p, frozen)
		if err != nil || n == 0 {
			return err
		}
	}
}

// HandleFollow pushes a template's new version to the devices that are bound to
// it. A device whose config would not compile is left alone, as in any plan.
func (s *Service) HandleFollow(ctx context.Context, payload json.RawMessage) error {
	var f template.Follow
	if err := json.Unmarshal(payload, &f); err != nil {
		return fmt.Errorf("read the job of a followed template: %w", err)
	}
	ctx = scope.With(ctx, scope.Scope{Actor: scope.Actor{Kind: scope.System, ID: f.SourceID, Name: f.Author}, Platform: true})
	o := org.Org{ID: f.OrgID, TenantID: f.TenantID}
	move := revision.Move{Templates: []revision.TemplateVersion{{ID: f.SourceID, Version: f.Number}}}
	p, err := s.revisions.Plan(ctx, o, revision.Targets{Bound: []string{f.SourceID}}, move, fmt.Sprintf("Follows version %d of a template", f.Number))
	if fault.Is(err, fault.NotFound) || err == nil && len(p.Frozen.Devices) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.Push(ctx, o, p.Hash, Consent{Undeliverable: true})
	if code := fault.CodeOf(err); code == "plan_used" {
		return nil // an earlier try of this job pushed it
	}
	return err
}

// pushSome publishes the next chunk and returns how many runs it moved.
func (s *Service) pushSome(ctx context.Context, t Task, p revision.Plan, frozen map[string]revision.FrozenDevice) (n int, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		runs, err := runsIn(ctx, tx, t.ID, pushChunk, RunPending)
		if err != nil || len(runs) == 0 {
			return err
		}
		n = len(runs)
		for _, r := range runs {
			if err := s.pushOne(ctx, tx, p, frozen[r.DeviceID], r); err != nil {
				return err
			}
		}
		return s.settle(ctx, tx, t.ID)
	})
	return n, err
}

func (s *Service) pushOne(ctx context.Context, tx *db.Tx, p revision.Plan, fd revision.FrozenDevice, r Run) error {
	now := s.db.Now()
	r.StartedAt = now
	rev, err := s.revisions.Execute(ctx, tx, p, fd)
	switch {
	case err == nil:
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.Invalid), fault.Is(err, fault.NotFound):
		r.State, r.Reason, r.EndedAt = RunFailed, fault.Message(err), now
		if fault.CodeOf(err) == "superseded" {
			r.State = RunSuperseded
		}
		return saveRun(ctx, tx, r)
	default:
		return err
	}
	d, err := s.devices.GetIn(ctx, tx, fd.ID)
	if err != nil {
		return err
	}
	if _, err := s.commands.Deliver(ctx, tx, d, rev.ID, r.ID, now.Add(deliverWithin)); err != nil {
		return err
	}
	r.State, r.Reason = RunRunning, "published; waiting for the phone to fetch it"
	tx.AfterCommit(func() { bus.Announce(s.bus, d.OrgID, "devices", d.ID) })
	return saveRun(ctx, tx, r)
}

// OnCommand moves the run that a command belongs to; app makes it a listener of
// the queue. A late success moves the run, never the command.
func (s *Service) OnCommand(ctx context.Context, tx *db.Tx, c command.Command) error {
	if c.RunID == "" {
		return nil
	}
	r, err := findRun(ctx, tx, c.RunID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	next, reason := runAfter(r.State, c)
	if next == r.State {
		return nil
	}
	r.State, r.Reason, r.EndedAt = next, reason, s.db.Now()
	if err := saveRun(ctx, tx, r); err != nil {
		return err
	}
	return s.settle(ctx, tx, r.TaskID)
}

func runAfter(now RunState, c command.Command) (RunState, string) {
	switch c.State {
	case command.Delivered, command.Confirmed, command.Done:
		switch now {
		case RunRunning:
			return RunSuccess, "delivered"
		case RunTimeout:
			return RunSuccessLate, "delivered late"
		}
	case command.Cancelled:
		if now == RunRunning || now == RunTimeout {
			return RunSuperseded, c.Reason
		}
	case command.Failed, command.Unknown:
		if c.Late.Good() && (now == RunTimeout || now == RunFailed) {
			return RunSuccessLate, "the phone said later that it was done"
		}
		if now == RunRunning {
			return RunFailed, c.Reason
		}
	case command.Expired:
		if c.Late.Good() && now == RunTimeout {
			return RunSuccessLate, "the phone said later that it was done"
		}
	}
	return now, ""
}

// settle writes a task's state after its runs moved.
func (s *Service) settle(ctx context.Context, tx *db.Tx, id string) error {
	t, err := findTask(ctx, tx, id)
	if err != nil {
		return err
	}
	state, final := settled(t.Counts)
	s.hint(tx, t)
	if state == t.State {
		return nil
	}
	t.State = state
	t.Version++
	if final {
		t.EndedAt = s.db.Now()
	}
	return saveTask(ctx, tx, t)
}

// Sweep closes immediate tasks whose start deadline has passed: what has not
// reached its phone is a timeout, and may still become a late success.
func (s *Service) Sweep(ctx context.Context, _ json.RawMessage) error {
	var late []string
	err := s.db.Read(ctx, func(q db.Q) (err error) {
		late, err = overdue(ctx, q, s.db.Now().UnixMilli())
		return err
	})
	for _, id := range late {
		if err == nil {
			err = s.db.Write(ctx, func(tx *db.Tx) error { return s.timeOut(ctx, tx, id) })
		}
	}
	return err
}

func (s *Service) timeOut(ctx context.Context, tx *db.Tx, id string) error {
	runs, err := runsIn(ctx, tx, id, maxRuns, RunPending, RunRunning)
	if err != nil {
		return err
	}
	for _, r := range runs {
		r.State, r.EndedAt = RunTimeout, s.db.Now()
		r.Reason = "the phone did not fetch it within 5 minutes; it gets it at its next fetch"
		if err := saveRun(ctx, tx, r); err != nil {
			return err
		}
	}
	return s.settle(ctx, tx, id)
}
