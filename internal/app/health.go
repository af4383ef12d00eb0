package app

import (
	"context"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

// readyWithin is how long the database may take to answer a readiness check.
const readyWithin = 2 * time.Second

// health is the handler of the metrics listener: Prometheus, liveness,
// readiness, profiles.
func (a *App) health(reg *prometheus.Registry) http.Handler {
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// Writable reports why nothing can be written to the database; nil where it can.
func (a *App) Writable(ctx context.Context) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.NewDelete().Table("leases").Where("1 = 0").Exec(ctx)
		return err
	})
}

func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(scope.AsSystem(r.Context(), "ready"), readyWithin)
	defer cancel()
	if err := a.DB.Read(ctx, func(q db.Q) error { _, err := q.NewSelect().Table("tenants").Exists(ctx); return err }); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}
