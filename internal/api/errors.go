package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/platform/fault"
)

// Problem is how an error is told (RFC 9457).
type Problem struct {
	Type   string         `json:"type,omitempty"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Code   string         `json:"code,omitempty" doc:"stable machine word, such as stale_plan"`
	Errors []ProblemField `json:"errors,omitempty"`
	Retry  int            `json:"retry_after,omitempty" doc:"seconds"`
	Clash  *Clash         `json:"clash,omitempty" doc:"where the phone is whose MAC is taken, as far as the asker may see it"`
}

// ProblemField is one wrong input field.
type ProblemField struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem maps an error's kind to its HTTP form, once for all operations. An
// internal one is logged and told without its text.
func (a *API) problem(ctx context.Context, err error) error {
	var done *Problem
	if errors.As(err, &done) {
		return done
	}
	return a.asProblem(ctx, err)
}

func (a *API) asProblem(ctx context.Context, err error) *Problem {
	kind := fault.KindOf(err)
	status := statusOf(kind, fault.CodeOf(err))
	if kind == fault.Internal {
		a.Log.ErrorContext(ctx, "request failed", "error", err)
	}
	p := &Problem{Title: http.StatusText(status), Status: status, Detail: fault.Message(err), Code: fault.CodeOf(err)}
	var f *fault.Error
	if errors.As(err, &f) {
		for _, w := range f.Fields {
			p.Errors = append(p.Errors, ProblemField{Location: "body." + w.Path, Message: w.Message})
		}
	}
	return p
}

func statusOf(k fault.Kind, code string) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		if code == "version" {
			return http.StatusPreconditionFailed
		}
		return http.StatusConflict
	case fault.Denied:
		return http.StatusForbidden
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// plainProblem turns the framework's own errors into a Problem. They carry the
// wrong value, and with it whatever secret was in it.
func plainProblem(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Title: m.Title, Status: m.Status, Detail: m.Detail}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, ProblemField{Location: e.Location, Message: e.Message})
	}
	return p, nil
}

// writeProblem answers outside an operation, where huma is not yet at work.
func writeProblem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&Problem{Title: http.StatusText(status), Status: status, Detail: detail, Code: code})
}
