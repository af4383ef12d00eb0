package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"bellwether/internal/api"
)

func TestConsole(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"index.html": {Data: []byte("the console")}}
	c := api.NewConsole(files, http.NotFoundHandler())
	for path, want := range map[string]struct {
		status int
		to     string
	}{
		"/":        {http.StatusOK, ""},
		"/phones":  {http.StatusOK, ""},
		"/ipp":     {http.StatusFound, "/"},
		"/ipp/":    {http.StatusFound, "/"},
		"/ipphone": {http.StatusOK, ""},
		"/api/v1/": {http.StatusNotFound, ""},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if got := w.Header().Get("Location"); w.Code != want.status || got != want.to {
				t.Errorf("%d %q, want %d %q", w.Code, got, want.status, want.to)
			}
		})
	}
}
