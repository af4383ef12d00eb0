// Package task is an operator's intent over many devices: it has targets and
// one run per device. The only kind so far is the immediate push of a plan.
//
// Start at Service.Push; jobs.go executes what it wrote.
package task

import "time"

// Kind is what a task does.
type Kind string

// Push publishes and delivers a confirmed plan.
const Push Kind = "push"

// State is where a task is.
type State string

// The states of a task.
const (
	Running   State = "running"
	Success   State = "success"
	Failed    State = "failed"
	Timeout   State = "timeout"
	Cancelled State = "cancelled"
)

// RunState is where one device's part of a task is.
type RunState string

// The states of a run. Of these pending and running may still move; a timeout
// may become success_late.
const (
	RunPending     RunState = "pending"
	RunRunning     RunState = "running"
	RunSuccess     RunState = "success"
	RunFailed      RunState = "failed"
	RunTimeout     RunState = "timeout"
	RunSuccessLate RunState = "success_late"
	RunCancelled   RunState = "cancelled"
	RunEnded       RunState = "ended"
	RunSuperseded  RunState = "superseded"
)

// RunStates lists the states of a run in the order of their life.
func RunStates() []RunState {
	return []RunState{RunPending, RunRunning, RunSuccess, RunFailed, RunTimeout, RunSuccessLate, RunCancelled, RunEnded, RunSuperseded}
}

// StartWithin is how long an immediate task waits for a device to begin
// (ruling 3: an immediate task that has not run closes after 5 minutes).
const StartWithin = 5 * time.Minute

// deliverWithin is how long the delivery of a pushed revision stays open: a
// phone that was off takes it when it comes back.
const deliverWithin = 30 * 24 * time.Hour

// Task is one task.
type Task struct {
	ID, TenantID, OrgID string
	Kind                Kind
	Name                string
	State               State
	Plan                string
	Author              string
	CreatedAt           time.Time
	StartedAt           time.Time
	EndedAt             time.Time
	Deadline            time.Time
	Version             int64
	Counts              map[RunState]int
}

// Run is one device's part.
type Run struct {
	ID, TenantID, OrgID string
	TaskID, DeviceID    string
	MAC, DeviceName     string
	State               RunState
	Reason              string
	From, To            string // revisions
	CreatedAt           time.Time
	StartedAt           time.Time
	EndedAt             time.Time
}

// settled is the state of a task whose runs are counted so, and whether all of
// them are final.
func settled(c map[RunState]int) (State, bool) {
	if c[RunPending]+c[RunRunning] > 0 {
		return Running, false
	}
	switch {
	case c[RunFailed]+c[RunSuperseded] > 0:
		return Failed, true
	case c[RunTimeout] > 0:
		return Timeout, true
	case c[RunCancelled] > 0 && c[RunSuccess]+c[RunSuccessLate] == 0:
		return Cancelled, true
	}
	return Success, true
}
