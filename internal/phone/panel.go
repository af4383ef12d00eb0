package phone

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Paneler is a persona whose phones' web pages answer programs too.
type Paneler interface {
	Panel(Device) (Panel, bool)
}

// Panel is what such a page answers.
type Panel struct {
	// Hashed pages want a hash of the password with a token that they gave before,
	// and have settings as JSON; the others want the password, and a form.
	Hashed   bool
	Settings map[string]PanelSetting // by number
}

// PanelSetting is a setting as files spell it.
type PanelSetting struct {
	Name   string
	Words  map[string]string // what files say for a value of the page; nil for the same
	Secret bool              // the page does not show it
}

// tokens that a page remembers at once.
const keptTokens = 8

// cgi answers programs. Whoever does not come from the page itself, as browsers
// tell it by two headers, is refused; one of them is known to be needed, both are
// asked for (pessimistic).
func (g *pages) cgi(w http.ResponseWriter, r *http.Request, s WebService) {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	if r.Header.Get("Origin") != scheme+r.Host || !strings.HasPrefix(r.Header.Get("Referer"), scheme+r.Host+"/") {
		forbidden(w, http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	path := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
	switch {
	case r.Method == http.MethodPost && path == "dologin" && g.panel.Hashed:
		g.signIn(w, r, s, func(password string) bool { return g.hashed(r.PostFormValue("password"), password) })
	case r.Method == http.MethodPost && path == "dologin":
		given := r.PostFormValue("password")
		if given == "" {
			given = r.PostFormValue("P2")
		}
		g.signIn(w, r, s, func(password string) bool {
			return subtle.ConstantTimeCompare([]byte(given), []byte(password)) == 1
		})
	case r.Method == http.MethodPost && path == "access" && g.panel.Hashed:
		g.access(w, r)
	case r.Method == http.MethodGet && path == "metaconfig_get" && g.panel.Hashed: // to anybody, as reported
		say(w, g.names())
	case r.Method == http.MethodPost && path == "api-sys_operation" && r.PostFormValue("request") == "REBOOT" && g.inside(r, s):
		success(w, "REBOOT")
		g.forget()
		g.phone.Reboot()
	case r.Method == http.MethodPost && path == "dologout":
		g.forget()
		success(w, "logout")
	case g.panel.Hashed:
		g.json(w, r, s, path)
	default:
		g.form(w, r, s, path)
	}
}

// json is what pages of the hashed kind have for settings.
func (g *pages) json(w http.ResponseWriter, r *http.Request, s WebService, path string) {
	switch {
	case r.Method == http.MethodGet && path == "config_get" && !g.inside(r, s):
		say(w, map[string]string{"response": "error", "body": "session-expired"})
	case r.Method == http.MethodGet && path == "config_get":
		type config struct {
			Alias  string `json:"alias"`
			PValue string `json:"pvalue"`
			Value  string `json:"value"`
		}
		out := []config{}
		for n := range strings.SplitSeq(r.URL.Query().Get("pvalues"), ",") {
			if v, ok := g.value(n); ok {
				out = append(out, config{PValue: n, Value: v})
			}
		}
		say(w, map[string]any{"configs": out})
	case r.Method == http.MethodPut && path == "config_update" && !g.inside(r, s):
		forbidden(w, http.StatusUnauthorized)
	case r.Method == http.MethodPut && path == "config_update":
		var in struct {
			PValue map[string]string `json:"pvalue"`
		}
		if json.NewDecoder(r.Body).Decode(&in) != nil {
			forbidden(w, http.StatusBadRequest)
			return
		}
		g.set(in.PValue)
		success(w, map[string]string{"status": "right"})
	default:
		http.NotFound(w, r)
	}
}

// form is what the others have.
func (g *pages) form(w http.ResponseWriter, r *http.Request, s WebService, path string) {
	switch {
	case r.Method != http.MethodPost || path != "api.values.get" && path != "api.values.post":
		http.NotFound(w, r)
	case !g.inside(r, s):
		say(w, map[string]string{"response": "error", "body": "session-expired"})
	case path == "api.values.get":
		out := map[string]string{}
		for name := range strings.SplitSeq(r.PostFormValue("request"), ":") {
			if v, ok := g.value(strings.TrimPrefix(name, "P")); ok {
				out[name] = v
			}
			if name == "P67" {
				out[name] = g.phone.MAC().Colons()
			}
			if name == "phone_model" {
				out[name] = g.phone.Model()
			}
		}
		success(w, out)
	default:
		in := map[string]string{}
		for name, v := range r.PostForm {
			if n, ok := strings.CutPrefix(name, "P"); ok && len(v) > 0 {
				in[n] = v[0]
			}
		}
		g.set(in)
		success(w, map[string]string{"status": "right"})
	}
}

// access gives a token that is good for one sign-in.
func (g *pages) access(w http.ResponseWriter, r *http.Request) {
	name := sha256.Sum256([]byte(admin))
	if r.PostFormValue("access") != hex.EncodeToString(name[:]) {
		say(w, map[string]string{"response": "error", "body": "no such user"})
		return
	}
	token := rand.Text()
	g.mu.Lock()
	g.tokens = append(g.tokens, token)
	g.tokens = g.tokens[max(0, len(g.tokens)-keptTokens):]
	g.mu.Unlock()
	success(w, token)
}

// hashed reports whether a hash is that of the password and a token that was not
// used yet, and uses that up. The caller holds mu.
func (g *pages) hashed(given, password string) bool {
	for i, token := range g.tokens {
		sum := sha256.Sum256([]byte(password + token))
		if given == hex.EncodeToString(sum[:]) {
			g.tokens = slices.Delete(g.tokens, i, i+1)
			return true
		}
	}
	return false
}

func (g *pages) signIn(w http.ResponseWriter, r *http.Request, s WebService, right func(password string) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.phone.cfg.Clock.Now()
	if now.Before(g.locked) {
		say(w, map[string]string{"response": "error", "body": "locked"})
		return
	}
	if r.PostFormValue("username") != admin || s.Password == "" || !right(s.Password) {
		g.mistake(r, s)
		say(w, map[string]string{"response": "error", "body": "wrong"})
		return
	}
	g.wrong = 0
	id := rand.Text()
	g.sessions[id] = now
	http.SetCookie(w, &http.Cookie{Name: "session-identity", Value: id, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	body := map[string]string{"sid": id, "role": "admin"}
	if g.panel.Hashed {
		body["mac"] = g.phone.MAC().Colons()
	}
	success(w, body)
}

// inside reports whether a request names its session twice: in a cookie and with
// the rest (pessimistic).
func (g *pages) inside(r *http.Request, s WebService) bool {
	c, err := r.Cookie("session-identity")
	return err == nil && r.FormValue("sid") == c.Value && g.fresh(c.Value, s)
}

// forget ends every session.
func (g *pages) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.sessions)
}

// names lists the settings that the page has, with their numbers.
func (g *pages) names() []map[string]string {
	out := make([]map[string]string, 0, len(g.panel.Settings))
	for n, s := range g.panel.Settings {
		out = append(out, map[string]string{"pvalue": n, "alias": s.Name})
	}
	return out
}

// value is what the page shows of a setting.
func (g *pages) value(number string) (string, bool) {
	setting, ok := g.panel.Settings[number]
	if !ok || setting.Secret {
		return "", ok
	}
	held := g.phone.Settings()[setting.Name]
	for shown, w := range setting.Words {
		if w == held {
			return shown, true
		}
	}
	return held, true
}

// set takes values over, as if somebody had typed them. What the page does not
// have it passes over, and says nothing.
func (g *pages) set(values map[string]string) {
	typed := map[string]string{}
	for n, v := range values {
		setting, ok := g.panel.Settings[n]
		if !ok {
			continue
		}
		if w, ok := setting.Words[v]; ok {
			v = w
		}
		typed[setting.Name] = v
	}
	g.phone.typeAll(typed)
}

// typeAll changes settings on the phone itself. One that is emptied is as it was
// out of the box, where it was empty there.
func (p *Phone) typeAll(values map[string]string) {
	fresh := p.cfg.Persona.Factory(p.device(), seeded(p.cfg.MAC))
	p.mu.Lock()
	for name, v := range values {
		p.settings[name], p.typed[name] = v, true
		if v == "" && fresh[name] == "" {
			delete(p.settings, name)
		}
	}
	p.mu.Unlock()
	p.nudge()
}

func success(w io.Writer, body any) { say(w, map[string]any{"response": "success", "body": body}) }

func say(w io.Writer, answer any) { _ = json.NewEncoder(w).Encode(answer) }

func forbidden(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<html><body><h1>"+http.StatusText(status)+"</h1></body></html>")
}
