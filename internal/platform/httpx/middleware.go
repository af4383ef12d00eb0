package httpx

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"

	"bellwether/internal/platform/limit"
)

// RequestHeader carries the request's id in the answer.
const RequestHeader = "X-Request-Id"

type requestKey struct{}

// RequestID returns the id of the request with this context, or "". The id is
// ours: one that the peer sends is not taken over.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// wrap puts the shared parts around a handler.
func (s *Server) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := newID()
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		w.Header().Set(RequestHeader, id)
		rec := &Recorder{ResponseWriter: w}
		if conn := workerOf(r.Context()); conn != nil {
			conn.Work()
			defer conn.Rest()
		}
		start := s.cfg.Clock.Now()
		done := s.cfg.Metrics.begin(s.cfg.Name)
		defer func() { done(r, rec.Status(), s.cfg.Clock.Now().Sub(start)) }()
		defer s.recover(rec, r)
		if len(r.RequestURI) > limit.PathBytes {
			http.Error(rec, "the path is longer than "+fmt.Sprint(limit.PathBytes)+" bytes", http.StatusRequestURITooLong)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// worker is a connection that is told whether a request that came over it is being
// answered: who waits may be hung up on.
type worker interface {
	Work()
	Rest()
}

type workerKey struct{}

// withWorker notes the worker beneath a connection.
func withWorker(ctx context.Context, c net.Conn) context.Context {
	for {
		if w, ok := c.(worker); ok {
			return context.WithValue(ctx, workerKey{}, w)
		}
		above, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return ctx
		}
		c = above.NetConn()
	}
}

func workerOf(ctx context.Context) worker {
	w, _ := ctx.Value(workerKey{}).(worker)
	return w
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see its documentation
	return hex.EncodeToString(b[:])
}

// recover answers for a handler that panicked and logs where.
func (s *Server) recover(w *Recorder, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(v)
	}
	s.cfg.Metrics.panics.WithLabelValues(s.cfg.Name).Inc()
	s.cfg.Log.ErrorContext(r.Context(), "handler panicked", "listener", s.cfg.Name, "request", RequestID(r.Context()),
		"method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if w.Status() != 0 {
		// The answer is under way: only a broken connection tells the peer.
		panic(http.ErrAbortHandler)
	}
	s.cfg.Failed(w, r)
}

func plainFailed(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "something went wrong on the server; the log has the details under "+RequestID(r.Context()), http.StatusInternalServerError)
}

// Recorder passes an answer on and remembers what it was.
type Recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the connection.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader remembers the first final status.
func (r *Recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes that went out.
func (r *Recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Status returns the answer's status, 0 where nothing was written.
func (r *Recorder) Status() int { return r.status }

// Bytes returns how many bytes of the body went out.
func (r *Recorder) Bytes() int64 { return r.bytes }
