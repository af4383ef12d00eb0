package api

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// nonceMark stands in index.html where each answer gets its own nonce.
const nonceMark = "__CSP_NONCE__"

// oldManager is where AudioCodes' own manager of IP phones has its pages
// ("IP Phone Management Server" §2.4): who is used to it finds the console there too.
const oldManager = "ipp"

// Console serves the web console beside the API. Every path that is no file of
// the build is a page of the console and answers its index.
type Console struct {
	files fs.FS
	index []byte
	api   http.Handler
}

// NewConsole returns the handler of the admin listener. Without files (a build
// without the web console) only the API answers.
func NewConsole(files fs.FS, api http.Handler) *Console {
	c := &Console{files: files, api: api}
	if files != nil {
		if b, err := fs.ReadFile(files, "index.html"); err == nil {
			c.index = b
		}
	}
	return c
}

// ServeHTTP answers the API, a file of the console, or its index.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		c.api.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == oldManager {
		http.Redirect(w, r, "/", http.StatusFound)
		return
	}
	if c.files != nil && name != "" && name != "index.html" {
		if st, err := fs.Stat(c.files, name); err == nil && !st.IsDir() {
			secure(w, "")
			if strings.HasPrefix(name, "assets/") { // their names change with their content
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			http.ServeFileFS(w, r, c.files, name)
			return
		}
	}
	c.page(w, r)
}

func (c *Console) page(w http.ResponseWriter, r *http.Request) {
	if c.index == nil {
		http.Error(w, "this program was built without its web console; the API is at /api/docs", http.StatusNotFound)
		return
	}
	b := make([]byte, 18)
	_, _ = rand.Read(b)
	nonce := base64.StdEncoding.EncodeToString(b)
	secure(w, nonce)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(bytes.ReplaceAll(c.index, []byte(nonceMark), []byte(nonce)))
}

// secure sets what keeps a stranger's text from running in the console. Styles
// carry the nonce because the component library writes them at run time.
func secure(w http.ResponseWriter, nonce string) {
	style := "'self'"
	if nonce != "" {
		style += " 'nonce-" + nonce + "'"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src "+style+"; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}
