package cwmpd_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/testkit"
)

const (
	overTLS = "cwmp_https"
	inClear = "cwmp_http"
)

// house is a house with both doors of TR-069.
func house(t *testing.T) (*testkit.House, *testkit.World) {
	t.Helper()
	h := testkit.New(t, testkit.WithDoors(overTLS, inClear))
	return h, h.World(t)
}

func address(t testing.TB, h *testkit.House, door string) string {
	t.Helper()
	scheme := "https://"
	if door == inClear {
		scheme = "http://"
	}
	return scheme + h.Addr(t, door) + "/acs"
}

// settled is a phone that has fetched its file and reports by what it was told
// there.
func settled(t testing.TB, h *testkit.House, p testkit.Phone, door string) *cpe {
	t.Helper()
	v := h.Virtual(t, p)
	testkit.SwitchOn(t, v)
	told := v.Settings()
	c := newCPE(t, h, address(t, h, door), p.MAC)
	c.user, c.password = told["tr069.username"], told["tr069.password"]
	if url := told["tr069.url"]; c.user == "" || len(c.password) < 32 || !strings.HasSuffix(url, "/acs") || told["tr069.enable"] != "Yes" {
		t.Fatalf("the phone was told %q, %q, a password of %d", url, c.user, len(c.password))
	}
	return c
}

func TestServer_bare(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	p := w.Phones[0]
	c := settled(t, h, p, overTLS)
	if s := c.inform("1 BOOT"); s != http.StatusOK {
		t.Fatalf("the Inform gets %d", s)
	}
	c.ends(nil)
	c.ends(nil) // phones before Amendment 1 ask once more
	if err := h.Twins.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	d, err := h.Devices.Get(testkit.System(), p.ID)
	if err != nil || d.Hot.Reach != device.Online || d.Hot.Firmware != "1.0.1.54" || d.Hot.Door != "cwmp" || d.Hot.ExpectedBy.IsZero() {
		t.Errorf("the twin: %+v, %v", d.Hot, err)
	}
	wrong := newCPE(t, h, address(t, h, overTLS), p.MAC)
	wrong.user, wrong.password = c.user, strings.Repeat("0", 32)
	if s := wrong.inform("1 BOOT"); s != http.StatusUnauthorized {
		t.Errorf("a wrong password gets %d", s)
	}
	other := newCPE(t, h, address(t, h, overTLS), w.Phones[1].MAC)
	other.user, other.password = c.user, c.password
	if s := other.inform("1 BOOT"); s != http.StatusUnauthorized {
		t.Errorf("another phone with this one's password gets %d", s)
	}
}

// commanded asks for a command on behalf of an operator.
func commanded(t *testing.T, h *testkit.House, id string, o command.Order) command.Command {
	t.Helper()
	d, err := h.Devices.Get(testkit.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Commands.Ask(testkit.System(), d, o)
	if err != nil {
		t.Fatalf("ask for %s: %v", o.Kind, err)
	}
	return c
}

func state(t *testing.T, h *testkit.House, id string) command.Command {
	t.Helper()
	c, err := h.Commands.Get(testkit.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestServer_reboot(t *testing.T) {
	t.Parallel()
	for _, door := range []string{overTLS, inClear} {
		t.Run(door, func(t *testing.T) {
			t.Parallel()
			h, w := house(t)
			c := settled(t, h, w.Phones[0], door)
			if s := c.inform("1 BOOT"); s != http.StatusOK {
				t.Fatalf("the Inform gets %d", s)
			}
			moved := cwmp.Message(nil)
			if door == inClear { // it is sent to the other door, and told nothing secret
				set := want[*cwmp.SetParameterValues](c, nil)
				if len(set.Parameters) != 1 || set.Parameters[0].Name != "Device.ManagementServer.URL" || set.Parameters[0].Value != address(t, h, overTLS) {
					t.Fatalf("in clear it is told %+v", set.Parameters)
				}
				moved = &cwmp.SetParameterValuesResponse{}
			}
			c.ends(moved)
			get := commanded(t, h, w.Phones[0].ID, command.Order{Kind: command.Reboot})
			c.inform("6 CONNECTION REQUEST")
			if door == inClear {
				want[*cwmp.SetParameterValues](c, nil)
			}
			ask := want[*cwmp.Reboot](c, moved)
			if ask.Key != get.Key() {
				t.Errorf("the key is %q, the command's %q", ask.Key, get.Key())
			}
			c.ends(&cwmp.RebootResponse{})
			if s := state(t, h, get.ID); s.State != command.Delivered {
				t.Errorf("after its answer it is %s: %s", s.State, s.Reason)
			}
			c.inform("1 BOOT", "M Reboot|"+ask.Key)
			if s := state(t, h, get.ID); s.State != command.Confirmed {
				t.Errorf("after the restart it is %s: %s", s.State, s.Reason)
			}
		})
	}
}

// TestServer_superseded: a phone that begins anew takes the place of its own
// session, and what was under way is never handed out again.
func TestServer_superseded(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	c := settled(t, h, w.Phones[0], overTLS)
	c.inform("1 BOOT")
	c.ends(nil)
	reset := commanded(t, h, w.Phones[0].ID, command.Order{Kind: command.FactoryReset})
	read := commanded(t, h, w.Phones[0].ID, command.Order{Kind: command.GetValues, Args: command.Args{Keys: []string{"Device.DeviceInfo.UpTime"}}})
	c.inform("2 PERIODIC")
	want[*cwmp.FactoryReset](c, nil)
	c.inform("1 BOOT")
	if s := state(t, h, reset.ID); s.State != command.Unknown {
		t.Errorf("a reset whose answer never came is %s", s.State)
	}
	got := want[*cwmp.GetParameterValues](c, nil)
	if len(got.Names) != 1 || got.Names[0] != "Device.DeviceInfo.UpTime" {
		t.Errorf("it asks for %v", got.Names)
	}
	c.ends(&cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: "Device.DeviceInfo.UpTime", Value: "12", Type: cwmp.UnsignedInt}}})
	if s := state(t, h, read.ID); s.State != command.Confirmed || len(s.Result.Values) != 1 || s.Result.Values[0].Value != "12" {
		t.Errorf("the values: %s %+v", s.State, s.Result)
	}
}

// TestServer_claimed is a phone that has nothing but our address: it is asked for a
// password some times, told where to come back, waits there, and is given its own
// credential once an operator said that it is the one.
func TestServer_claimed(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	for _, who := range []struct {
		what string
		mac  mac.Address
	}{{"known", w.Phones[0].MAC}, {"unknown", "02005e0053fe"}} {
		c := newCPE(t, h, address(t, h, overTLS), who.mac)
		for i := range 5 {
			c.retry = i
			if s := c.inform("0 BOOTSTRAP"); s == http.StatusOK {
				break
			} else if s != http.StatusUnauthorized || i == 4 {
				t.Fatalf("%s: try %d gets %d", who.what, i, s)
			}
		}
		set := want[*cwmp.SetParameterValues](c, nil)
		if len(set.Parameters) != 1 || !strings.HasPrefix(set.Parameters[0].Value, address(t, h, overTLS)+"/1s") {
			t.Fatalf("%s: it is told %+v", who.what, set.Parameters)
		}
		c.ends(&cwmp.SetParameterValuesResponse{})
		c.url = set.Parameters[0].Value
		if s := c.inform("0 BOOTSTRAP"); s != http.StatusOK {
			t.Fatalf("%s: with the token it gets %d", who.what, s)
		}
		c.ends(nil)
		if who.what == "unknown" {
			continue
		}
		if err := h.Identity.FlushClaims(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, err := h.Identity.Claims(testkit.System(), w.Org.ID, w.Phones[0].ID)
		if err != nil || len(list) != 1 || list[0].State != identity.ClaimOpen {
			t.Fatalf("the claims: %+v, %v", list, err)
		}
		if err := h.Identity.Approve(testkit.System(), w.Phones[0].Device, list[0].ID); err != nil {
			t.Fatal(err)
		}
		c.inform("2 PERIODIC")
		set = want[*cwmp.SetParameterValues](c, nil)
		told := map[string]string{}
		for _, p := range set.Parameters {
			told[strings.TrimPrefix(p.Name, "Device.ManagementServer.")] = p.Value
		}
		if told["Username"] != who.mac.String() || len(told["Password"]) != 32 || told["URL"] != address(t, h, overTLS) {
			t.Fatalf("it is told %+v", told)
		}
		file := want[*cwmp.Download](c, &cwmp.SetParameterValuesResponse{})
		if !strings.HasPrefix(file.URL, "https://") || !strings.HasSuffix(file.URL, w.Phones[0].File()) || file.FileType != cwmp.FileConfig {
			t.Errorf("it is to fetch %s", file.URL)
		}
		c.ends(&cwmp.DownloadResponse{Status: cwmp.Committed})
		c.url, c.user, c.password, c.retry = told["URL"], told["Username"], told["Password"], 0
		if s := c.inform("2 PERIODIC"); s != http.StatusOK {
			t.Errorf("with its own credential it gets %d", s)
		}
		c.ends(nil)
	}
}
