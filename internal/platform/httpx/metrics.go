package httpx

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts the requests of all listeners. New ones are registered once per
// registry.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	panics   *prometheus.CounterVec
}

// NewMetrics registers the metrics of HTTP servers.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bellwether_http_requests_total", Help: "Answered HTTP requests by listener, route, method and status.",
		}, []string{"listener", "route", "method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bellwether_http_request_seconds", Help: "Time to answer an HTTP request.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"listener"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "bellwether_http_requests_in_flight", Help: "HTTP requests being answered.",
		}, []string{"listener"}),
		panics: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bellwether_http_panics_total", Help: "HTTP requests whose handler panicked.",
		}, []string{"listener"}),
	}
	reg.MustRegister(m.requests, m.seconds, m.inFlight, m.panics)
	return m
}

// begin counts a request in; what it returns counts it out.
func (m *Metrics) begin(listener string) func(r *http.Request, status int, took time.Duration) {
	gauge := m.inFlight.WithLabelValues(listener)
	gauge.Inc()
	return func(r *http.Request, status int, took time.Duration) {
		gauge.Dec()
		if status == 0 {
			status = http.StatusOK
		}
		// A route is a pattern of our own, so that strangers cannot make labels.
		m.requests.WithLabelValues(listener, r.Pattern, method(r.Method), strconv.Itoa(status)).Inc()
		m.seconds.WithLabelValues(listener).Observe(took.Seconds())
	}
}

func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
