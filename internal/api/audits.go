package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
)

// AuditRow is a row of the operation log.
type AuditRow struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	ActorKind   string    `json:"actor_kind"`
	ActorName   string    `json:"actor_name"`
	Address     string    `json:"address"`
	Action      string    `json:"action"`
	SubjectKind string    `json:"subject_kind"`
	SubjectID   string    `json:"subject_id"`
	SubjectName string    `json:"subject_name"`
	Before      any       `json:"before"`
	After       any       `json:"after"`
	Sealed      bool      `json:"sealed" doc:"chained and signed"`
}

func auditOf(r audit.Row) AuditRow {
	return AuditRow{ID: r.ID, At: r.At, ActorKind: string(r.ActorKind), ActorName: r.ActorName, Address: r.Address, Action: r.Action, SubjectKind: r.SubjectKind, SubjectID: r.SubjectID,
		SubjectName: r.SubjectName, Before: state(r.Before), After: state(r.After), Sealed: r.Sealed}
}

// state is a state as JSON has it, null for none.
func state(s string) any {
	var v any
	if s == "" || json.Unmarshal([]byte(s), &v) != nil {
		return nil
	}
	return v
}

func (a *API) audits() {
	register(a, op(http.MethodGet, "/orgs/{org}/audit", "list-audit", "Who did what, newest first"), func(ctx context.Context, in *struct {
		OrgRef
		Paging
		Q       string    `query:"q" maxLength:"256"`
		Action  string    `query:"action" maxLength:"64" doc:"device.create, or device for all of that noun"`
		Subject string    `query:"subject" maxLength:"64" doc:"id of what was changed"`
		From    time.Time `query:"from"`
		To      time.Time `query:"to"`
	}) (*List[AuditRow], error) {
		ctx, o, err := a.in(ctx, in.Org, access.AuditRead)
		if err != nil {
			return nil, err
		}
		// A row names no site: the log is for who may read all of it.
		if err := a.Access.Authorize(ctx, access.AuditRead, access.Where{TenantID: o.TenantID, OrgID: o.ID}); err != nil {
			return nil, err
		}
		f := audit.Filter{OrgID: o.ID, Query: in.Q, Action: in.Action, SubjectID: in.Subject, From: in.From, To: in.To}
		f.Page = in.page()
		s, err := a.Audit.List(ctx, f)
		return listOf(s, auditOf), err
	})
}
