package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/domain/access"
)

// SystemInfo tells what is running.
type SystemInfo struct {
	Version   string    `json:"version"`
	Database  string    `json:"database"`
	Bus       string    `json:"bus"`
	Node      string    `json:"node"`
	StartedAt time.Time `json:"started_at"`
}

func (a *API) system() {
	register(a, op(http.MethodGet, "/system", "get-system", "What is running; the platform owner's"), func(ctx context.Context, _ *struct{}) (*Plain[SystemInfo], error) {
		if err := a.Access.Authorize(ctx, access.SystemRead, access.Where{}); err != nil {
			return nil, err
		}
		return plain(SystemInfo(a.System)), nil
	})
}
