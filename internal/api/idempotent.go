package api

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/idem"
	"bellwether/internal/platform/limit"
)

// secretAnswers lists the operations whose answers hold a secret: they are never
// remembered.
func secretAnswers(path string) bool {
	p := strings.TrimPrefix(path, Base)
	return p == "/tokens" || p == "/session" || strings.HasPrefix(p, "/setup/") || strings.HasSuffix(p, "/setup-link")
}

// idempotent answers a POST that comes again with the same Idempotency-Key as it
// was answered the first time.
func (a *API) idempotent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		p, signedIn := access.From(r.Context())
		if key == "" || r.Method != http.MethodPost || !signedIn || secretAnswers(r.URL.Path) || isUpload(r) {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > limit.IdempotencyKey {
			writeProblem(w, http.StatusUnprocessableEntity, "idempotency_key", "the Idempotency-Key is too long")
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			tooLarge(w, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		// A keyed hash: a body may hold a password, and a plain one could be guessed.
		past, done, err := a.Idem.Begin(r.Context(), p.OperatorID, key, a.Vault.MAC("idempotency", r.URL.RequestURI(), string(body)))
		switch {
		case err != nil:
			k := fault.KindOf(err)
			writeProblem(w, statusOf(k, fault.CodeOf(err)), fault.CodeOf(err), fault.Message(err))
		case done:
			replay(w, past)
		default:
			a.remember(w, r, next, p.OperatorID, key)
		}
	})
}

func tooLarge(w http.ResponseWriter, err error) {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		writeProblem(w, http.StatusRequestEntityTooLarge, "", "the body is larger than an operation takes")
		return
	}
	writeProblem(w, http.StatusBadRequest, "", "the body did not come whole")
}

func replay(w http.ResponseWriter, a idem.Answer) {
	for k, v := range a.Header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

func (a *API) remember(w http.ResponseWriter, r *http.Request, next http.Handler, owner, key string) {
	t := &tee{ResponseWriter: w}
	finished := false
	defer func() {
		if !finished || t.status >= 500 || t.status == 0 {
			if err := a.Idem.Forget(r.Context(), owner, key); err != nil {
				a.Log.ErrorContext(r.Context(), "idempotency key not given back", "error", err)
			}
		}
	}()
	next.ServeHTTP(t, r)
	finished = true
	if t.status == 0 || t.status >= 500 {
		return
	}
	kept := map[string]string{}
	for _, h := range []string{"Content-Type", "ETag"} {
		if v := w.Header().Get(h); v != "" {
			maps.Copy(kept, map[string]string{h: v})
		}
	}
	if err := a.Idem.End(r.Context(), owner, key, idem.Answer{Status: t.status, Header: kept, Body: t.body.Bytes()}); err != nil {
		a.Log.ErrorContext(r.Context(), "answer not remembered", "error", err)
	}
}

// tee writes an answer and keeps a copy.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (t *tee) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

// Write keeps a copy.
func (t *tee) Write(p []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	t.body.Write(p)
	return t.ResponseWriter.Write(p)
}
