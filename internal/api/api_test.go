package api_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/domain/access"
	"bellwether/internal/testkit"
)

// place is an organization's path.
func place(h *testkit.House, t testing.TB) string { return "/orgs/" + h.World(t).Org.Slug }

// problem decodes an error and checks its form.
func problem(t testing.TB, a testkit.Answer, status int) api.Problem {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("content type %q", ct)
	}
	var p api.Problem
	if err := json.Unmarshal(a.Body, &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != status || p.Detail == "" {
		t.Fatalf("problem %+v", p)
	}
	return p
}

func TestDevices_list(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w, c := h.World(t), h.API(t, access.RoleOperator)
	list := func(query string) testkit.List[api.Device] {
		return testkit.Call[testkit.List[api.Device]](t, c, http.MethodGet, place(h, t)+"/devices?"+query, nil)
	}
	t.Run("parts join without gap or repeat", func(t *testing.T) {
		seen := map[string]bool{}
		total, cursor := 0, ""
		for {
			l := list("limit=2&sort=-mac&cursor=" + cursor)
			total = l.Total
			for _, d := range l.Items {
				if seen[d.MAC] {
					t.Fatalf("%s came twice", d.MAC)
				}
				seen[d.MAC] = true
			}
			if cursor = l.NextCursor; cursor == "" {
				break
			}
		}
		if len(seen) != total || total != len(w.Phones)+1 {
			t.Fatalf("saw %d of %d", len(seen), total)
		}
	})
	mac := w.Phones[0].MAC
	for name, tc := range map[string]struct {
		query string
		want  int
	}{
		"by a MAC with colons":          {"q=" + strings.ToUpper(mac.Colons()), 1},
		"by the end of a MAC":           {"q=" + mac.String()[6:], 1},
		"by the extension":              {"q=201", 1},
		"by a site and what lies below": {"site=" + w.Hotel.ID, len(w.Phones) + 1},
		"by one floor":                  {"site=" + w.Floor2.ID, 2},
		"by life":                       {"life=waiting", 1},
		"by a wildcard taken literally": {"q=%25", 0},
		"by nothing that there is":      {"q=nobody", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if l := list(tc.query); l.Total != tc.want || len(l.Items) != tc.want {
				t.Fatalf("found %d, want %d", l.Total, tc.want)
			}
		})
	}
	for _, bad := range []string{"sort=password", "cursor=nonsense", "limit=100000"} {
		t.Run("refuses "+bad, func(t *testing.T) {
			problem(t, c.Do(t, http.MethodGet, place(h, t)+"/devices?"+bad, nil), http.StatusUnprocessableEntity)
		})
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	c, path := h.API(t, access.RoleOperator), place(h, t)+"/devices/"+h.World(t).Phones[0].MAC.Colons()
	first := c.Do(t, http.MethodGet, path, nil)
	etag := first.Header.Get("ETag")
	rename := map[string]string{"name": "Reception"}
	problem(t, c.Do(t, http.MethodPatch, path, rename), http.StatusPreconditionRequired)
	problem(t, c.Do(t, http.MethodPatch, path, rename, `If-Match: "nonsense"`), http.StatusPreconditionFailed)
	got := testkit.Call[api.Device](t, c, http.MethodPatch, path, rename, "If-Match: "+etag)
	if got.Name != "Reception" {
		t.Fatalf("name %q", got.Name)
	}
	if p := problem(t, c.Do(t, http.MethodPatch, path, rename, "If-Match: "+etag), http.StatusPreconditionFailed); p.Code != "version" {
		t.Fatalf("code %q", p.Code)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	c, path := h.API(t, access.RoleOperator), place(h, t)+"/devices"
	body := map[string]string{"mac": "02:00:00:bb:00:01", "model": "GHP621W"}
	const key = "Idempotency-Key: 7c1f"
	first := c.Do(t, http.MethodPost, path, body, key)
	again := c.Do(t, http.MethodPost, path, body, key)
	if first.Status != http.StatusOK || again.Status != first.Status || string(again.Body) != string(first.Body) || again.Header.Get("ETag") != first.Header.Get("ETag") {
		t.Fatalf("first %d %s\nagain %d %s", first.Status, first.Body, again.Status, again.Body)
	}
	problem(t, c.Do(t, http.MethodPost, path, body), http.StatusConflict)
	body["name"] = "other"
	problem(t, c.Do(t, http.MethodPost, path, body, key), http.StatusUnprocessableEntity)
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	c, org := h.API(t, access.RoleOperator), place(h, t)
	t.Run("each wrong field is named", func(t *testing.T) {
		p := problem(t, c.Do(t, http.MethodPost, org+"/devices", map[string]string{"mac": "not a mac", "model": "GXP9999"}), http.StatusUnprocessableEntity)
		var at []string
		for _, e := range p.Errors {
			at = append(at, e.Location)
		}
		if got := strings.Join(at, " "); !strings.Contains(got, "body.mac") || !strings.Contains(got, "body.model") {
			t.Fatalf("errors at %q", got)
		}
	})
	t.Run("a secret is never echoed", func(t *testing.T) {
		a := c.Do(t, http.MethodPost, org+"/accounts", map[string]any{"user_id": "2 01", "server_id": "x", "password": "canary-4711", "unknown": true})
		if a.Status < 400 || strings.Contains(string(a.Body), "canary-4711") {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("a body that is no JSON", func(t *testing.T) {
		a := c.Do(t, http.MethodPost, org+"/devices", json.RawMessage(`"`+strings.Repeat("[", 5000)+`"`))
		problem(t, a, http.StatusUnprocessableEntity)
	})
	t.Run("a body that is too large", func(t *testing.T) {
		a := c.Do(t, http.MethodPost, org+"/devices", map[string]string{"mac": strings.Repeat("0", 2<<20), "model": "GHP621W"})
		problem(t, a, http.StatusRequestEntityTooLarge)
	})
	t.Run("another tenant's MAC says nothing of it", func(t *testing.T) {
		p := problem(t, c.Do(t, http.MethodPost, org+"/devices", map[string]string{"mac": h.World(t).ForeignPhone.MAC.String(), "model": "GHP621W"}), http.StatusConflict)
		if !strings.Contains(p.Detail, "belongs to someone else") || strings.Contains(p.Detail, "Elsewhere") {
			t.Fatalf("detail %q", p.Detail)
		}
	})
	t.Run("a MAC of a sister organization says where", func(t *testing.T) {
		p := problem(t, c.Do(t, http.MethodPost, org+"/devices", map[string]string{"mac": h.World(t).SisterPhone.MAC.String(), "model": "GHP621W"}), http.StatusConflict)
		if !strings.Contains(p.Detail, "Mountain") {
			t.Fatalf("detail %q", p.Detail)
		}
	})
	t.Run("a request from another site's page", func(t *testing.T) {
		a := c.Do(t, http.MethodPost, org+"/devices", map[string]string{"mac": "020000bb0002", "model": "GHP621W"}, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example.org")
		if a.Status != http.StatusForbidden {
			t.Fatalf("status %d", a.Status)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		if p := problem(t, h.API(t, "").Do(t, http.MethodGet, org+"/devices", nil), http.StatusUnauthorized); p.Code != access.CodeNotSignedIn {
			t.Fatalf("code %q", p.Code)
		}
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	c := h.API(t, access.RoleOperator)
	resp := c.Stream(t, place(h, t)+"/events")
	lines := bufio.NewScanner(resp)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return ""
	}
	if got := next(); got != "{}" {
		t.Fatalf("the stream begins with %q", got)
	}
	d := testkit.Call[api.Device](t, c, http.MethodPost, place(h, t)+"/devices", map[string]string{"mac": "020000bb0003", "model": "GHP621W"})
	for {
		var change struct{ Collection, ID string }
		if err := json.Unmarshal([]byte(next()), &change); err != nil {
			t.Fatal(err)
		}
		if change.Collection == "devices" && change.ID == d.ID {
			return
		}
	}
}

func TestConfig_why_each_value(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w, c := h.World(t), h.API(t, access.RoleOperator)
	path := place(h, t) + "/devices/" + w.Phones[2].MAC.String()
	cfg := testkit.Call[api.Config](t, c, http.MethodGet, path+"/config", nil)
	var ring, password api.ConfigItem
	for _, it := range cfg.Items {
		switch it.Key {
		case "audio.volume.ring":
			ring = it
		case "account.1.sip.subscriber.password":
			password = it
		}
	}
	if ring.Value != "2" || ring.Layer != "site" || ring.Source != "Quiet floor" || len(ring.Shadowed) == 0 || ring.Shadowed[0].Value != "4" || ring.Shadowed[0].Layer != "model" {
		t.Fatalf("ring volume %+v", ring)
	}
	if !password.Secret || password.Layer != "line" || strings.Contains(password.Value, w.Phones[2].Password) {
		t.Fatalf("password %+v", password)
	}
	body, err := json.Marshal(cfg)
	if err != nil || strings.Contains(string(body), w.Phones[2].Password) {
		t.Fatal("the answer holds the password")
	}
}
