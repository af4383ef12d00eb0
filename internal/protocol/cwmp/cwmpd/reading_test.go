package cwmpd_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/domain/command"
	"bellwether/internal/phone"
	"bellwether/internal/protocol/cwmp"
	"bellwether/internal/testkit"
)

// answers is a phone that is read: it answers each request by a function until the
// session is over, and returns what it was asked.
func (c *cpe) answers(how func(*cwmp.GetParameterValues) cwmp.Message) (asked []*cwmp.GetParameterValues) {
	c.t.Helper()
	var answer cwmp.Message
	for {
		status, m, _ := c.post(answer, "")
		ask, ok := m.(*cwmp.GetParameterValues)
		if !ok {
			if status != 204 {
				c.t.Fatalf("after %d requests the server answers %d, %T", len(asked), status, m)
			}
			return asked
		}
		if asked = append(asked, ask); len(asked) > 100 {
			c.t.Fatal("it is asked for ever")
		}
		answer = how(ask)
	}
}

// tells answers a request whole.
func tells(names ...string) *cwmp.GetParameterValuesResponse {
	out := &cwmp.GetParameterValuesResponse{}
	for _, n := range names {
		out.Parameters = append(out.Parameters, cwmp.ParameterValue{Name: n, Value: "v", Type: cwmp.String})
	}
	return out
}

func reading(t *testing.T, h *testkit.House, id string, forced bool, keys ...string) command.Command {
	t.Helper()
	return commanded(t, h, id, command.Order{Kind: command.GetValues, Args: command.Args{Keys: keys, Forced: forced}})
}

func faults(c command.Command) map[string]string {
	out := map[string]string{}
	for _, v := range c.Result.Values {
		if v.Fault != "" {
			out[v.Name] = v.Fault
		}
	}
	return out
}

// TestReading_refused_names: a name that a phone cannot tell is not asked again of any
// phone of its tenant that has the same model and firmware, unless the operator insists
// or the firmware changes; one that is told after all is asked again.
func TestReading_refused_names(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	const good, bad = "Device.X.Good", "Device.X.Bad"
	how := func(refuses bool) func(*cwmp.GetParameterValues) cwmp.Message {
		return func(ask *cwmp.GetParameterValues) cwmp.Message {
			if refuses && slices.Contains(ask.Names, bad) {
				return &cwmp.Fault{Code: cwmp.FaultName}
			}
			return tells(ask.Names...)
		}
	}
	asks := func(c *cpe, id string, forced, refuses bool) (string, command.Command) {
		t.Helper()
		cmd := reading(t, h, id, forced, good, bad)
		c.inform("2 PERIODIC")
		var names []string
		for _, a := range c.answers(how(refuses)) {
			names = append(names, strings.Join(a.Names, "+"))
		}
		return strings.ReplaceAll(strings.Join(names, " "), "Device.X.", ""), state(t, h, cmd.ID)
	}
	one, other := settled(t, h, w.Phones[0], overTLS), settled(t, h, w.Phones[1], overTLS)
	foreign := settled(t, h, w.ForeignPhone, overTLS)
	for _, c := range []*cpe{one, other, foreign} {
		c.inform("1 BOOT")
		c.ends(nil)
	}
	for _, step := range []struct {
		what            string
		c               *cpe
		id, software    string
		forced, refuses bool
		want            string
		fault           string
	}{
		{"for the first time", one, w.Phones[0].ID, "1.0.1.54", false, true, "Good+Bad Good Bad", "9005"},
		{"once more", one, w.Phones[0].ID, "1.0.1.54", false, true, "Good", "not asked"},
		{"another phone of the kind", other, w.Phones[1].ID, "1.0.1.54", false, true, "Good", "not asked"},
		{"another tenant's phone", foreign, w.ForeignPhone.ID, "1.0.1.54", false, false, "Good+Bad", ""},
		{"another firmware", other, w.Phones[1].ID, "1.0.1.60", false, true, "Good+Bad Good Bad", "9005"},
		{"by force", one, w.Phones[0].ID, "1.0.1.54", true, false, "Good+Bad", ""},
		{"since it was told", one, w.Phones[0].ID, "1.0.1.54", false, false, "Good+Bad", ""},
	} {
		step.c.software = step.software
		got, cmd := asks(step.c, step.id, step.forced, step.refuses)
		if f := faults(cmd)[bad]; got != step.want || !strings.Contains(f, step.fault) || step.fault == "" && f != "" || cmd.State != command.Confirmed {
			t.Errorf("%s: it is asked for %q and the command is %s (%s), %q", step.what, got, cmd.State, cmd.Reason, f)
		}
	}
	d, err := h.Devices.Get(testkit.System(), w.Phones[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := h.Manager.Refusals(testkit.System(), d); err != nil || len(list) != 1 || list[0].Name != bad || list[0].Code != cwmp.FaultName {
		t.Errorf("of the other firmware: %+v, %v", list, err)
	}
}

// TestReading_odd_answers: what a phone leaves out is asked for once more and then
// said to be missing, what nobody asked for is passed over and said to be, and an
// answer that is none is no reason to give names up.
func TestReading_odd_answers(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	id := w.Phones[0].ID
	c := settled(t, h, w.Phones[0], overTLS)
	c.inform("1 BOOT")
	c.ends(nil)
	const a, b = "Device.X.A", "Device.X.B"
	for _, tc := range []struct {
		what  string
		how   func(*cwmp.GetParameterValues) cwmp.Message
		want  []string // asked, request by request
		state command.State
		fault string // of b
		text  string
	}{
		{"all is told", func(*cwmp.GetParameterValues) cwmp.Message { return tells(a, b) }, []string{a + " " + b}, command.Confirmed, "", ""},
		{"one is left out once", func(ask *cwmp.GetParameterValues) cwmp.Message { return tells(ask.Names[0]) }, []string{a + " " + b, b}, command.Confirmed, "", ""},
		{"one is never told", func(*cwmp.GetParameterValues) cwmp.Message { return tells(a) }, []string{a + " " + b, b}, command.Confirmed, "left it out", ""},
		{"others are told", func(*cwmp.GetParameterValues) cwmp.Message { return tells(a, b, "Device.X.C") }, []string{a + " " + b}, command.Confirmed, "", "1 values that nobody asked for"},
		{"others alone", func(*cwmp.GetParameterValues) cwmp.Message { return tells("Device.X.C") }, []string{a + " " + b, a + " " + b}, command.Failed, "left it out", "2 values"},
		{"nothing", func(*cwmp.GetParameterValues) cwmp.Message { return nil }, []string{a + " " + b}, command.Failed, "empty message", ""},
		{"the answer to something else", func(*cwmp.GetParameterValues) cwmp.Message { return &cwmp.RebootResponse{} }, []string{a + " " + b}, command.Failed, "RebootResponse", ""},
		{"it may not", func(*cwmp.GetParameterValues) cwmp.Message { return &cwmp.Fault{Code: cwmp.FaultDenied} }, []string{a + " " + b}, command.Failed, "9001", ""},
		{"all again", func(*cwmp.GetParameterValues) cwmp.Message { return tells(a, b) }, []string{a + " " + b}, command.Confirmed, "", ""},
	} {
		cmd := reading(t, h, id, false, a, b)
		c.inform("2 PERIODIC")
		var asked []string
		for _, ask := range c.answers(tc.how) {
			asked = append(asked, strings.Join(ask.Names, " "))
		}
		got := state(t, h, cmd.ID)
		f := faults(got)[b]
		if !slices.Equal(asked, tc.want) || got.State != tc.state || !strings.Contains(f, tc.fault) || tc.fault == "" && f != "" || !strings.Contains(got.Result.Text, tc.text) || tc.text == "" && got.Result.Text != "" {
			t.Errorf("%s: asked %q; %s (%s), fault %q, %q", tc.what, asked, got.State, got.Reason, f, got.Result.Text)
		}
	}
}

// Pitfall 16: a phone that tells no object as a whole is asked for the names below it,
// and then for each; objects in that list have no dot, or the list has itself in it.
func TestReading_objects(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	c := settled(t, h, w.Phones[0], overTLS)
	c.inform("1 BOOT")
	c.ends(nil)
	cmd := reading(t, h, w.Phones[0].ID, false, "Device.X.")
	c.inform("2 PERIODIC")
	want[*cwmp.GetParameterValues](c, nil)
	ask := want[*cwmp.GetParameterNames](c, &cwmp.Fault{Code: cwmp.FaultName})
	if ask.Path != "Device.X." || ask.NextLevel {
		t.Fatalf("it is asked for the names of %q, next level %t", ask.Path, ask.NextLevel)
	}
	list := &cwmp.GetParameterNamesResponse{}
	for _, n := range []string{"Device.X", "Device.X.", "Device.X.A", "Device.X.B", "Device.X.B.1.", "Device.X.B.1.C", "Device.X.A", "Device.Y.Z"} {
		list.Parameters = append(list.Parameters, cwmp.ParameterInfo{Name: n})
	}
	get := want[*cwmp.GetParameterValues](c, list)
	if !slices.Equal(get.Names, []string{"Device.X.A", "Device.X.B.1.C"}) {
		t.Errorf("it is asked for %q", get.Names)
	}
	c.ends(tells(get.Names...))
	if got := state(t, h, cmd.ID); got.State != command.Confirmed || len(got.Result.Values) != 2 {
		t.Errorf("it is %s with %+v", got.State, got.Result.Values)
	}
}

// TestReading_virtual: phones that cannot tell some names, that leave out some, or take
// few at a time tell all else, by the keys of the catalog too.
func TestReading_virtual(t *testing.T) {
	t.Parallel()
	h, w := house(t)
	keys := []string{"account.1.sip.userid", "account.1.enable", "account.1.sip.subscriber.password", "phone.lock.nothing", "audio.volume.ring", "Device.DeviceInfo.UpTime", "Device.Time.CurrentLocalTime",
		"Device.DeviceInfo.ModelName", "Device.DeviceInfo.SerialNumber", "Device.LAN.MACAddress", "Device.LAN."}
	for i, word := range []string{"", "faulty-names", "few-names", "few-at-once", "no-partial-paths"} {
		t.Run("quirk "+word, func(t *testing.T) {
			q, err := phone.QuirksOf(strings.Fields(word))
			if err != nil {
				t.Fatal(err)
			}
			p := w.Phones[0]
			v := managedBy(t, h, p, phone.CWMP{Address: netip.AddrFrom4([4]byte{127, 0, 0, byte(70 + i)}), Quirks: q})
			c := asked(t, h, p, command.Order{Kind: command.GetValues, Args: command.Args{Keys: keys, Forced: true}})
			told := map[string]string{}
			for _, val := range c.Result.Values {
				if val.Fault == "" {
					told[val.Name] = val.Key + "=" + val.Value
				}
			}
			wrong := faults(c)
			const line = "Device.Services.VoiceService.1.VoiceProfile.1."
			if c.State != command.Confirmed || told[line+"Line.1.DirectoryNumber"] != "account.1.sip.userid="+v.Settings()["account.1.sip.userid"] || told["Device.DeviceInfo.ModelName"] != "="+testkit.Model ||
				told[line+"Line.1.SIP.AuthPassword"] != "account.1.sip.subscriber.password=" || told["Device.LAN.IPAddress"] != fmt.Sprintf("=127.0.0.%d", 70+i) {
				t.Errorf("%s (%s): it tells %v", c.State, c.Reason, told)
			}
			faulty := 2 // a key that the catalog lacks, and one without a name
			if word == "faulty-names" {
				faulty += 2
			}
			if len(wrong) != faulty || !strings.Contains(wrong["audio.volume.ring"], "no name is known") || !strings.Contains(wrong["phone.lock.nothing"], "9005") {
				t.Errorf("of the others it is said: %v", wrong)
			}
		})
	}
}
