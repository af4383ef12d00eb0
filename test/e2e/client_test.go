package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answer is what the API answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send calls the API with the house's token. Status 0: nobody answered.
func (h *house) send(t testing.TB, method, path string, body any, headers ...string) answer {
	t.Helper()
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		payload = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, h.console+"/api/v1"+path, payload)
	if err != nil {
		t.Fatalf("make a request: %v", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if h.token != "" {
		r.Header.Set("Authorization", "Bearer "+h.token)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// call is send for what has to succeed.
func call[T any](t testing.TB, h *house, method, path string, body any, headers ...string) (out T) {
	t.Helper()
	a := h.send(t, method, path, body, headers...)
	if a.status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &out); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
		}
	}
	return out
}

// authorize makes an API token on the command line, beside the running server.
func (h *house) authorize(t testing.TB) {
	t.Helper()
	out, errs, code := run(t, "token", "create", "--data", h.dir, "--operator", "demo", "--org", "demo", "--ttl", "1h")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	h.token = lines[len(lines)-1]
	if code != 0 || !strings.HasPrefix(h.token, "bw_") {
		t.Fatalf("token create: %d\n%s%s", code, out, errs)
	}
}

type list[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`
}

type device struct {
	ID, MAC, Name string
	State         string `json:"config_state"`
	Desired       string `json:"desired_revision"`
	Delivered     string `json:"delivered_revision"`
	Reach         string
}

type plan struct {
	Hash    string
	Devices int
	Groups  []struct {
		Changes []struct{ Key, Kind, Old, New string }
	}
}

type task struct {
	ID, State string
	Counts    map[string]int
}

type item struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Layer string `json:"layer,omitempty"`
	State string `json:"state,omitempty"`
}

const org = "/orgs/demo"

func (h *house) device(t testing.TB, mac string) device {
	t.Helper()
	return call[device](t, h, http.MethodGet, org+"/devices/"+mac, nil)
}

func (h *house) devices(t testing.TB) []device {
	t.Helper()
	return call[list[device]](t, h, http.MethodGet, org+"/devices", nil).Items
}

// override saves a device's own values; nothing is pushed.
func (h *house) override(t testing.TB, mac string, items ...item) {
	t.Helper()
	if items == nil {
		items = []item{}
	}
	call[any](t, h, http.MethodPut, org+"/devices/"+mac+"/overrides", map[string]any{"items": items}, "If-Match: *")
}

func (h *house) plan(t testing.TB, macs ...string) plan {
	t.Helper()
	return call[plan](t, h, http.MethodPost, org+"/plans", map[string]any{"targets": map[string]any{"devices": macs}, "move": map[string]any{"overrides": true, "lines": true}})
}

func (h *house) push(t testing.TB, p plan) task {
	t.Helper()
	return call[task](t, h, http.MethodPost, org+"/plans/"+p.Hash+"/push", map[string]any{})
}

// done waits until a task has ended, and returns it.
func (h *house) done(t testing.TB, id string) (out task) {
	t.Helper()
	eventually(t, "the task has ended", func() bool {
		out = call[task](t, h, http.MethodGet, org+"/tasks/"+id, nil)
		return out.State != "running"
	})
	return out
}

// changes lists a plan's changes as key → kind.
func (p plan) changes() map[string]string {
	out := map[string]string{}
	for _, g := range p.Groups {
		for _, c := range g.Changes {
			out[c.Key] = c.Kind
		}
	}
	return out
}

// roomer is a further phone of the demo's hotel, that a test makes.
type roomer struct {
	device
	folder   string // its secret folder
	password string // of its line
}

// room adds a phone with a line of its own.
func (h *house) room(t testing.TB, mac, user, password string) roomer {
	t.Helper()
	servers := call[list[struct{ ID string }]](t, h, http.MethodGet, org+"/sip-servers", nil)
	if len(servers.Items) == 0 {
		t.Fatal("the demo has no SIP server")
	}
	account := call[struct{ ID string }](t, h, http.MethodPost, org+"/accounts", map[string]string{"server_id": servers.Items[0].ID, "user_id": user, "password": password})
	r := roomer{password: password}
	r.device = call[device](t, h, http.MethodPost, org+"/devices", map[string]string{"mac": mac, "model": "GHP621W", "name": "Room " + user})
	call[any](t, h, http.MethodPut, org+"/devices/"+mac+"/lines/1", map[string]string{"account_id": account.ID})
	r.folder = call[struct{ URL string }](t, h, http.MethodGet, org+"/devices/"+mac+"/provisioning", nil).URL
	return r
}
