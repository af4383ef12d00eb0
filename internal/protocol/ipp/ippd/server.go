package ippd

import (
	"log/slog"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/limit"
)

// Config is what a server must be told.
type Config struct {
	House   House
	Manager Manager
	Clock   clock.Clock
	Log     *slog.Logger
	Metrics *httpx.Metrics
}

// Server takes reports on any number of listeners. New makes one.
type Server struct {
	Config
	arrivals          chan struct{}
	jsonType, noStore []string // fields of every answer, made once
}

// New returns a server without listeners.
func New(c Config) *Server {
	return &Server{Config: c, arrivals: make(chan struct{}, limit.IPPArrivals), jsonType: []string{plainJSON}, noStore: []string{"no-store"}}
}

// Listener serves one address. Each listener needs its own.
func (s *Server) Listener(name string) *httpx.Server {
	return httpx.New(httpx.Config{Name: name, Handler: s, Log: s.Log, Metrics: s.Metrics, Clock: s.Clock, Failed: failed})
}
