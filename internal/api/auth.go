package api

import (
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// cookieName is the session cookie's. Over HTTPS the prefix keeps it from being
// set by anyone else (RFC 6265bis §4.1.3.2).
func cookieName(secure bool) string {
	if secure {
		return "__Host-bellwether_session"
	}
	return "bellwether_session"
}

// open lists what may be called without signing in.
func open(r *http.Request) bool {
	p := r.URL.Path
	return !strings.HasPrefix(p, Base+"/") || p == Base+"/session" && r.Method == http.MethodPost || strings.HasPrefix(p, Base+"/setup/")
}

// authenticated puts the principal of a token or a session into the context. A
// request without one goes on to open operations only.
func (a *API) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := credential(r, a.Secure)
		if open(r) {
			next.ServeHTTP(w, r)
			return
		}
		if token.IsZero() {
			unauthorized(w)
			return
		}
		p, err := a.Access.Authenticate(r.Context(), token, address(r))
		switch {
		case err == nil:
			next.ServeHTTP(w, r.WithContext(access.With(r.Context(), p)))
		case fault.Is(err, fault.Denied):
			unauthorized(w)
		default:
			a.Log.ErrorContext(r.Context(), "sign-in not checked", "error", err)
			writeProblem(w, statusOf(fault.KindOf(err), ""), "", fault.Message(err))
		}
	})
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="bellwether"`)
	writeProblem(w, http.StatusUnauthorized, access.CodeNotSignedIn, "sign in first")
}

// credential reads the bearer token, or else the session cookie.
func credential(r *http.Request, secure bool) secret.String {
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return secret.NewString(strings.TrimSpace(t))
	}
	if c, err := r.Cookie(cookieName(secure)); err == nil {
		return secret.NewString(c.Value)
	}
	return secret.String{}
}

// Client is the peer of a request, for operations that write it down.
type Client struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	address   string
}

// Resolve reads the peer's address off the connection.
func (c *Client) Resolve(ctx huma.Context) []error {
	c.address = hostOf(ctx.RemoteAddr())
	if len(c.UserAgent) > limit.UserAgent {
		c.UserAgent = c.UserAgent[:limit.UserAgent]
	}
	return nil
}

// address is the peer's IP.
func address(r *http.Request) string { return hostOf(r.RemoteAddr) }

func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}

// cookie is the session cookie that signs a browser in, or out where the token
// is empty. It is the only place that shows a session's token to anybody.
func (a *API) cookie(token secret.String) string {
	c := http.Cookie{Name: cookieName(a.Secure), Value: token.Reveal(), Path: "/", HttpOnly: true, Secure: a.Secure, SameSite: http.SameSiteStrictMode}
	if token.IsZero() {
		c.MaxAge = -1
	}
	return c.String()
}
