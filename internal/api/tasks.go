package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/task"
	"bellwether/internal/platform/fault"
)

// Task is an operator's intent over many devices.
type Task struct {
	ID        string         `json:"id"`
	Kind      string         `json:"kind" enum:"push"`
	Name      string         `json:"name"`
	State     string         `json:"state" enum:"scheduled,running,paused,success,failed,timeout,cancelled,ended"`
	Plan      string         `json:"plan"`
	Author    string         `json:"author"`
	CreatedAt time.Time      `json:"created_at"`
	StartedAt *time.Time     `json:"started_at"`
	EndedAt   *time.Time     `json:"ended_at"`
	Deadline  *time.Time     `json:"deadline" doc:"phones that have not begun by then are timeouts"`
	Counts    map[string]int `json:"counts" doc:"runs by state"`
	Version   int64          `json:"version"`
}

// Run is one device's part of a task.
type Run struct {
	ID         string     `json:"id"`
	DeviceID   string     `json:"device_id"`
	MAC        string     `json:"mac"`
	DeviceName string     `json:"device_name"`
	State      string     `json:"state" enum:"pending,running,success,failed,timeout,success_late,cancelled,ended,superseded"`
	Reason     string     `json:"reason"`
	From       string     `json:"from_revision"`
	To         string     `json:"to_revision"`
	StartedAt  *time.Time `json:"started_at"`
	EndedAt    *time.Time `json:"ended_at"`
}

func taskOf(t task.Task) Task {
	out := Task{ID: t.ID, Kind: string(t.Kind), Name: t.Name, State: string(t.State), Plan: t.Plan, Author: t.Author, CreatedAt: t.CreatedAt, StartedAt: optional(t.StartedAt),
		EndedAt: optional(t.EndedAt), Deadline: optional(t.Deadline), Counts: map[string]int{}, Version: t.Version}
	for _, s := range task.RunStates() {
		out.Counts[string(s)] = t.Counts[s]
	}
	return out
}

func runOf(r task.Run) Run {
	return Run{ID: r.ID, DeviceID: r.DeviceID, MAC: r.MAC, DeviceName: r.DeviceName, State: string(r.State), Reason: r.Reason, From: r.From, To: r.To, StartedAt: optional(r.StartedAt), EndedAt: optional(r.EndedAt)}
}

// TaskRef is a task in a path.
type TaskRef struct {
	OrgRef
	ID string `path:"id" maxLength:"64"`
}

func (a *API) tasks() {
	register(a, op(http.MethodGet, "/orgs/{org}/tasks", "list-tasks", "The tasks of an organization, newest first"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		State  string `query:"state" maxLength:"16"`
		Device string `query:"device" maxLength:"64" doc:"tasks that concern this device"`
	}) (*List[Task], error) {
		ctx, o, err := a.in(ctx, in.Org, access.TaskRead)
		if err != nil {
			return nil, err
		}
		f := task.Filter{OrgID: o.ID, State: task.State(in.State)}
		f.Page = in.page()
		if in.Device != "" {
			d, err := a.Devices.Get(ctx, in.Device)
			if err != nil {
				return nil, err
			}
			f.DeviceID = d.ID
		}
		s, err := a.Tasks.List(ctx, f)
		return listOf(s, taskOf), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/tasks/{id}", "get-task", "One task"), func(ctx context.Context, in *TaskRef) (*One[Task], error) {
		_, t, err := a.task(ctx, in)
		return one(taskOf(t), t.Version), err
	})
	register(a, op(http.MethodGet, "/orgs/{org}/tasks/{id}/runs", "list-runs", "A task's runs, device by device"), func(ctx context.Context, in *struct {
		TaskRef
		Paging
		State string `query:"state" maxLength:"16"`
	}) (*List[Run], error) {
		ctx, t, err := a.task(ctx, &in.TaskRef)
		if err != nil {
			return nil, err
		}
		s, err := a.Tasks.Runs(ctx, t.ID, task.RunState(in.State), in.page())
		return listOf(s, runOf), err
	})
	register(a, op(http.MethodPost, "/orgs/{org}/tasks/{id}/cancel", "cancel-task", "End what has not reached its phone yet"), func(ctx context.Context, in *TaskRef) (*One[Task], error) {
		ctx, t, err := a.task(ctx, in)
		if err != nil {
			return nil, err
		}
		t, err = a.Tasks.Cancel(ctx, t.ID)
		return one(taskOf(t), t.Version), err
	})
}

func (a *API) task(ctx context.Context, in *TaskRef) (context.Context, task.Task, error) {
	ctx, o, err := a.in(ctx, in.Org, access.TaskRead)
	if err != nil {
		return ctx, task.Task{}, err
	}
	t, err := a.Tasks.Get(ctx, in.ID)
	if err == nil && t.OrgID != o.ID {
		err = fault.New(fault.NotFound, "task not found")
	}
	return ctx, t, err
}
