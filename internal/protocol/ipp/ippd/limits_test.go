package ippd_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/ipp"
	"bellwether/internal/testkit"
)

// TestServer_refused: what is no report is refused in the protocol's own form, which
// is JSON.
func TestServer_refused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	at := a.reports + "rest/v1/" + string(ipp.KeepAlive)
	for name, tc := range map[string]struct {
		url, text, header string
		want              int
	}{
		"no JSON":     {at, "status=registered", "", http.StatusBadRequest},
		"nothing":     {at, "", "", http.StatusBadRequest},
		"deep":        {at, strings.Repeat(`{"a":`, 1000), "", http.StatusBadRequest},
		"alarms":      {a.reports + "rest/v1/" + string(ipp.Alert), "[]", "", http.StatusBadRequest},
		"too long":    {at, `{"mac":"` + strings.Repeat(" ", limit.IPPBytes) + `"}`, "", http.StatusRequestEntityTooLarge},
		"packed":      {at, string(message(a.MAC)), "Content-Encoding: gzip", http.StatusUnsupportedMediaType},
		"a form":      {at, string(message(a.MAC)), "Content-Type: multipart/form-data; boundary=x", http.StatusUnsupportedMediaType},
		"elsewhere":   {a.reports + "rest/v1/ipphoneMgrStatus/multi-keep-alive", "{}", "", http.StatusNotFound},
		"a file":      {a.reports + a.MAC.String() + ".cfg", "{}", "", http.StatusNotFound},
		"text, plain": {at, string(message(a.MAC)), "Content-Type: text/plain", http.StatusOK},
	} {
		status, body := d.post(t, tc.url, []byte(tc.text), headers(tc.header)...)
		if status != tc.want || !strings.HasPrefix(body, "{") || !strings.HasSuffix(body, "}") || status != http.StatusOK && !strings.HasPrefix(body, `{"error":"`) {
			t.Errorf("%s is answered with %d %s", name, status, body)
		}
	}
	if body := d.get(t, at); !strings.HasPrefix(body, `{"error":"`) {
		t.Errorf("a GET is answered with %s", body)
	}
}

// TestServer_slow: phones that send their report slowly, or leave in the middle, take
// nobody's turn.
func TestServer_slow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	addr := d.Addr(t, "ipp")
	var dialer net.Dialer
	for i := range limit.IPPArrivals + 8 {
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		c, err := dialer.DialContext(ctx, "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() }) // half of the request is out
		if _, err := fmt.Fprintf(c, "POST /rest/v1/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"mac\":", ipp.KeepAlive); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	d.alive(t, a, "status=registered")
	if h := d.now(t, a.ID).Hot; h.Status != device.Registered {
		t.Errorf("the twin holds %+v", h)
	}
}

// TestServer_interval: how often a phone reports is its configuration's word, where it
// reports stays ours, and it is expected by that.
func TestServer_interval(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.phone(t, "00908f0000a1", d.w.Org, device.Adopted)
	c := d.API(t, access.RoleOperator)
	org := "/orgs/" + d.w.Org.Slug
	testkit.Call[any](t, c, http.MethodPut, org+"/devices/"+a.MAC.String()+"/overrides", map[string]any{"items": []map[string]any{{"key": "manager.keepalive", "value": "60"}}}, "If-Match: *")
	plan := testkit.Call[struct{ Hash string }](t, c, http.MethodPost, org+"/plans", map[string]any{"targets": map[string]any{"devices": []string{a.ID}}, "move": map[string]any{"overrides": true}})
	testkit.Call[any](t, c, http.MethodPost, org+"/plans/"+plan.Hash+"/push", map[string]any{})
	var file string
	testkit.Wait(t, "the file has the interval", func() bool {
		file = d.get(t, a.folder+a.MAC.String()+".cfg")
		return strings.Contains(file, "ems_server/keep_alive_period=60\n")
	})
	if got := d.reports(t, a); got != a.reports {
		t.Errorf("the file has it report at %q, and it was %q", got, a.reports)
	}
	d.alive(t, a, "status=registered")
	if h := d.now(t, a.ID).Hot; h.ExpectedBy.Sub(h.ReachAt).Minutes() != 121 {
		t.Errorf("its next report is expected after %v", h.ExpectedBy.Sub(h.ReachAt))
	}
	for query, n := range map[string]int{"status=registered": 1, "status=unregistered": 0, "status=registered&reach=online": 1, "status=registered&reach=offline": 0} {
		if got := testkit.Call[testkit.List[map[string]any]](t, c, http.MethodGet, org+"/devices?"+query, nil); len(got.Items) != n {
			t.Errorf("%s finds %d", query, len(got.Items))
		}
	}
	shown := testkit.Call[map[string]any](t, c, http.MethodGet, org+"/devices/"+a.ID+"/management", nil)
	for name, want := range map[string]any{"protocol": "ipp", "status": "registered", "user": "Alan Roberts", "agent": agentUC, "model": "430HD", "vlan": "213", "software": "UC_2.0.7.70", "sip_proxy": "sip.example.org", "location": "Ground floor", "subnet": "255.255.255.0", "every_seconds": float64(3600)} {
		if shown[name] != want {
			t.Errorf("%s is %v", name, shown[name])
		}
	}
}

func headers(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}
