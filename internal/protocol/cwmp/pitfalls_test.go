package cwmp_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
)

// foreign reads a message that was built by hand in the manner of foreign phones.
func foreign(t *testing.T, name string) cwmp.Envelope {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "foreign", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := cwmp.Decode(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return e
}

func same(t *testing.T, name string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s reads otherwise (-want +got):\n%s", name, diff)
	}
}

func periodic(kind string) *cwmp.Inform {
	return &cwmp.Inform{
		Device: cwmp.DeviceID{Manufacturer: "Example", OUI: "020000", ProductClass: "X100", SerialNumber: "020000000001"},
		Events: []cwmp.Event{{Code: cwmp.EventPeriodic}}, MaxEnvelopes: 1, CurrentTime: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC),
		Parameters: []cwmp.ParameterValue{{Name: "Device.DeviceInfo.SoftwareVersion", Value: "1.0.0", Type: kind}},
	}
}

func TestPitfall1_prefixes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]cwmp.Envelope{
		"01-prefixes":          {Namespace: cwmp.Namespace10, ID: "7", HasID: true, Body: periodic(cwmp.String)},
		"01-default-namespace": {Namespace: cwmp.Namespace12, ID: "7", HasID: true, Body: periodic("")},
		"01-prefix-on-method":  {Namespace: "urn:dslforum-org:cwmp-1-4", ID: "7", HasID: true, Body: periodic("")},
	} {
		same(t, name, want, foreign(t, name))
	}
}

func TestPitfall2_schema_of_1999(t *testing.T) {
	t.Parallel()
	same(t, "02", &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{
		{Name: "Device.DeviceInfo.UpTime", Value: "42", Type: cwmp.UnsignedInt}, {Name: "Device.ManagementServer.PeriodicInformEnable", Value: "true", Type: cwmp.Boolean},
	}}, foreign(t, "02-schema-1999").Body)
}

func TestPitfall3_types(t *testing.T) {
	t.Parallel()
	same(t, "everywhere", cwmp.Envelope{Namespace: cwmp.Namespace10, ID: "7", HasID: true, Body: periodic(cwmp.String)}, foreign(t, "03-types-everywhere"))
	same(t, "of no use", &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{
		{Name: "Device.A", Value: "a", Type: cwmp.String}, {Name: "Device.B", Value: "b"}, {Name: "Device.C", Value: "Enabled", Type: cwmp.Boolean},
		{Name: "Device.D", Value: "d"}, {Name: "Device.E", Value: "QQ==", Type: cwmp.Base64}, {Name: "Device.F", Value: "5", Type: cwmp.UnsignedInt},
	}}, foreign(t, "03-types-of-no-use").Body)
}

func TestPitfall4_counts_lie(t *testing.T) {
	t.Parallel()
	m := foreign(t, "04-counts").Body.(*cwmp.Inform)
	same(t, "events", []cwmp.Event{{Code: cwmp.EventBoot}, {Code: cwmp.EventValueChange}}, m.Events)
	same(t, "parameters", []cwmp.ParameterValue{{Name: "Device.A", Value: "1"}, {Name: "Device.B", Value: "2"}, {Name: "Device.C", Value: "3"}}, m.Parameters)
}

func TestPitfall5_order_and_times(t *testing.T) {
	t.Parallel()
	e := foreign(t, "05-order")
	same(t, "05", cwmp.Envelope{Namespace: cwmp.Namespace10, ID: "9", HasID: true, Body: &cwmp.TransferComplete{
		Key: "k1", Failure: cwmp.Failure{Code: cwmp.FaultAccess, String: "file not found"}, Complete: time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC),
	}}, e)
	for in, want := range map[string]time.Time{
		"2026-11-26T08:00:00Z": time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), " 2026-11-26T08:00:00 ": time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC),
		"2026-11-26T08:00:00.5+02:00": time.Date(2026, 11, 26, 6, 0, 0, 500_000_000, time.UTC), "2026-11-26T08:00:00+0200": time.Date(2026, 11, 26, 6, 0, 0, 0, time.UTC),
		"2026-11-26T08:00:00.123": time.Date(2026, 11, 26, 8, 0, 0, 123_000_000, time.UTC), "2026-11-26": time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
		"0001-01-01T00:00:00Z": {}, "1970-01-01T00:03:20Z": {}, "2000-01-01T00:00:00": {}, "": {}, "now": {}, "2026-13-01T00:00:00Z": {},
	} {
		if got := cwmp.ParseTime(in); got != want {
			t.Errorf("ParseTime(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestPitfall6_white_space(t *testing.T) {
	t.Parallel()
	e := foreign(t, "06-pretty")
	same(t, "06", cwmp.Envelope{Namespace: cwmp.Namespace10, ID: "42", HasID: true, Body: &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{
		{Name: "Device.A", Value: "spread over lines", Type: cwmp.String}, {Name: "Device.B", Value: " kept as it is ", Type: cwmp.String},
		{Name: "Device.C", Type: cwmp.String}, {Name: "Device.D", Value: "17", Type: cwmp.Int},
	}}}, e)
}

func TestPitfall7_bytes(t *testing.T) {
	t.Parallel()
	values := func(name string) map[string]string {
		all := map[string]string{}
		for _, p := range foreign(t, name).Body.(*cwmp.GetParameterValuesResponse).Parameters {
			all[strings.TrimPrefix(p.Name, "Device.")] = p.Value
		}
		return all
	}
	same(t, "bytes", map[string]string{"Bell": "ring", "Null": "abc", "CDATA": "a<b>&amp;c", "Umlaut": "Müller", "Comment": "ab", "Lines": "a\nb\nc\rd"}, values("07-bytes"))
	same(t, "latin", map[string]string{"Umlaut": "Müller"}, values("07-latin"))
	same(t, "gbk", map[string]string{"Name": "a\ufffdb"}, values("07-gbk"))
}

func TestPitfall8_faults(t *testing.T) {
	t.Parallel()
	plain := &cwmp.Fault{Code: cwmp.FaultName, String: "Invalid parameter name"}
	for name, want := range map[string]*cwmp.Fault{
		"08-detail-in-string": plain, "08-no-inner-fault": plain, "08-unprefixed": plain,
		"08-parameters": {Code: cwmp.FaultArguments, String: "Invalid arguments", Set: []cwmp.ParameterFault{
			{Name: "Device.A", Code: cwmp.FaultValue, String: "too large"}, {Name: "Device.B", Code: cwmp.FaultNotWritable},
		}},
		"08-soap-alone":    {String: "GPV handler error (code -1)"},
		"08-code-in-words": {Code: cwmp.FaultInternal, String: "failed"},
	} {
		same(t, name, want, foreign(t, name).Body)
	}
}

func TestPitfall9_status_is_a_fault(t *testing.T) {
	t.Parallel()
	same(t, "add", &cwmp.Fault{Code: cwmp.FaultName, String: "invalid parameter name"}, foreign(t, "09-add-object").Body)
	same(t, "delete", &cwmp.Fault{Code: cwmp.FaultArguments, String: "invalid arguments"}, foreign(t, "09-delete-object").Body)
}

// TestPitfall15_cut: a length that was counted in characters costs the last bytes.
// Where that is more than closing tags, the message is refused.
func TestPitfall15_cut(t *testing.T) {
	t.Parallel()
	want := cwmp.Envelope{Namespace: cwmp.Namespace10, ID: "7", HasID: true, Body: &cwmp.Kicked{Command: "c", Referer: "r", Arg: "ü", Next: "n"}}
	same(t, "in the envelope's end", want, foreign(t, "15-cut"))
	same(t, "in the message's end", want, foreign(t, "15-cut-earlier"))
	whole := cwmp.Append(nil, want, cwmp.Options{})
	last := strings.LastIndex(string(whole), "</cwmp:Kicked")
	for n := range whole {
		e, err := cwmp.Decode(whole[:n])
		switch {
		case n < last+2 && err == nil, n > 0 && errors.Is(err, cwmp.ErrEmpty):
			t.Fatalf("%d bytes read as %+v, %v", n, e, err)
		case n >= last+2:
			same(t, "cut", want, e)
		}
	}
}

func TestPitfall16_names(t *testing.T) {
	t.Parallel()
	same(t, "16", &cwmp.GetParameterNamesResponse{Parameters: []cwmp.ParameterInfo{{Name: "Device.LAN."}, {Name: "Device.LAN.IPAddress", Writable: true}, {Name: "Device.LAN.Stats"}}}, foreign(t, "16-names").Body)
}

// TestPitfall18_values_read_back: what a phone made of a value is compared by its
// type.
func TestPitfall18_values_read_back(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wrote, told cwmp.ParameterValue
		same        bool
	}{
		"boolean":              {cwmp.ParameterValue{Value: "1", Type: cwmp.Boolean}, cwmp.ParameterValue{Value: "True", Type: cwmp.Boolean}, true},
		"another boolean":      {cwmp.ParameterValue{Value: "1", Type: cwmp.Boolean}, cwmp.ParameterValue{Value: "false"}, false},
		"typed by the phone":   {cwmp.ParameterValue{Value: "0"}, cwmp.ParameterValue{Value: "false", Type: cwmp.Boolean}, true},
		"a text is no boolean": {cwmp.ParameterValue{Value: "1"}, cwmp.ParameterValue{Value: "true"}, false},
		"no boolean at all":    {cwmp.ParameterValue{Value: "Enabled", Type: cwmp.Boolean}, cwmp.ParameterValue{Value: "Disabled", Type: cwmp.Boolean}, false},
		"trimmed":              {cwmp.ParameterValue{Value: " a b ", Type: cwmp.String}, cwmp.ParameterValue{Value: "a b", Type: cwmp.String}, true},
		"case counts":          {cwmp.ParameterValue{Value: "Ab"}, cwmp.ParameterValue{Value: "aB"}, false},
		"number":               {cwmp.ParameterValue{Value: "060", Type: cwmp.UnsignedInt}, cwmp.ParameterValue{Value: "60"}, true},
		"large number":         {cwmp.ParameterValue{Value: "18446744073709551615", Type: cwmp.UnsignedLong}, cwmp.ParameterValue{Value: "018446744073709551615"}, true},
		"another number":       {cwmp.ParameterValue{Value: "60", Type: cwmp.Int}, cwmp.ParameterValue{Value: "61"}, false},
		"no number":            {cwmp.ParameterValue{Value: "a", Type: cwmp.Int}, cwmp.ParameterValue{Value: "b"}, false},
		"time":                 {cwmp.ParameterValue{Value: "2026-11-26T08:00:00Z", Type: cwmp.DateTime}, cwmp.ParameterValue{Value: "2026-11-26T09:00:00+01:00"}, true},
		"unknown time":         {cwmp.ParameterValue{Value: "0001-01-01T00:00:00Z", Type: cwmp.DateTime}, cwmp.ParameterValue{Value: ""}, true},
		"no time":              {cwmp.ParameterValue{Value: "soon", Type: cwmp.DateTime}, cwmp.ParameterValue{Value: "late"}, false},
		"hex":                  {cwmp.ParameterValue{Value: "0AFF", Type: cwmp.HexBinary}, cwmp.ParameterValue{Value: "0aff"}, true},
	} {
		if got := c.wrote.Same(c.told); got != c.same {
			t.Errorf("%s: %v, want %v", name, got, c.same)
		}
	}
}

func TestPitfall20_transfers(t *testing.T) {
	t.Parallel()
	same(t, "nothing known", &cwmp.TransferComplete{}, foreign(t, "20-transfer").Body)
	same(t, "in words", &cwmp.TransferComplete{Key: "bw-0123456789abcdef0123456789abcd", Failure: cwmp.Failure{Code: cwmp.FaultInternal, String: "Download failed"}}, foreign(t, "20-transfer-words").Body)
}

func TestPitfall22_events(t *testing.T) {
	t.Parallel()
	m := foreign(t, "22-events").Body.(*cwmp.Inform)
	same(t, "22", []cwmp.Event{
		{Code: cwmp.EventPeriodic}, {Code: cwmp.EventConnectionRequest}, {Code: cwmp.EventBoot}, {Code: cwmp.EventMReboot}, {Code: cwmp.EventValueChange}, {Code: "X 020000 Something"},
	}, m.Events)
	if !m.Has(cwmp.EventBoot) || m.Has(cwmp.EventBootstrap) || m.Root() != "" {
		t.Error("the events are there and are not found")
	}
	for in, want := range map[string]string{"10AUTONOMOUS TRANSFER COMPLETE": cwmp.EventAutonomousTransfer, "1": cwmp.EventBoot, "m": "m", "M": "M", "2 SOMETHING": "2 SOMETHING", " X  y ": "X  y", "": "", "M X_00005E_Do": "M X_00005E_Do", "7_transfer-complete": cwmp.EventTransferComplete} {
		if got := cwmp.ParseEvent(in); got != want {
			t.Errorf("ParseEvent(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPitfall23_device(t *testing.T) {
	t.Parallel()
	d := foreign(t, "23-device").Body.(*cwmp.Inform).Device
	same(t, "23", cwmp.DeviceID{Manufacturer: "Müller & Söhne's", OUI: "02AB", SerialNumber: "02:00:00:AB:cd:01"}, d)
	if d.MAC() != "020000abcd01" || d.String() != "02AB-02:00:00:AB:cd:01" {
		t.Errorf("the device is %s, %s", d.MAC(), d)
	}
	for serial, want := range map[string]string{"020000000001": "020000000001", "02-00-00-00-00-0A": "02000000000a", "0200.0000.0001": "020000000001", "02000000000": "", "0200000000011": "", "02000000000g": "", "": ""} {
		if got := (cwmp.DeviceID{SerialNumber: serial}).MAC(); got != want {
			t.Errorf("MAC of %q = %q, want %q", serial, got, want)
		}
	}
}

// TestDecode_refuses: what is hostile or no message fails, and says why.
func TestDecode_refuses(t *testing.T) {
	t.Parallel()
	in := func(s string) string {
		return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + s + `</s:Body></s:Envelope>`
	}
	for name, c := range map[string]struct{ body, says string }{
		"too long":       {in("<Reboot/>") + strings.Repeat(" ", limit.CWMPBytes), "longer than"},
		"too deep":       {in(strings.Repeat("<a>", limit.XMLDepth)), "nested deeper"},
		"too many":       {in("<Reboot>" + strings.Repeat("<a/>", limit.CWMPElements) + "</Reboot>"), "more than"},
		"long text":      {in("<Reboot><CommandKey>" + strings.Repeat("a", limit.XMLText+1) + "</CommandKey></Reboot>"), "a text is longer"},
		"text in pieces": {in("<Reboot><CommandKey>" + strings.Repeat(strings.Repeat("a", 1000)+"<!-- -->", 66) + "</CommandKey></Reboot>"), "a text is longer"},
		"entities":       {`<!DOCTYPE a [<!ENTITY a "aaaaaaaa">]>` + in("<Reboot/>"), "document type"},
		"no envelope":    {"<html><body>404</body></html>", "no SOAP envelope"},
		"crossed":        {in("<Reboot><a></b></Reboot>"), `"b" ends where "a" is open`},
		"no XML":         {"hello", "breaks off"},
		"UTF-16":         {"\xff\xfe<\x00a\x00", "UTF-16"},
		"a bare value":   {in("<Reboot a=b/>"), "no value in quotes"},
		"an odd tag":     {in("<Reboot (>"), "a tag holds"},
		"no name":        {in("< a/>"), "no name"},
	} {
		if e, err := cwmp.Decode([]byte(c.body)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) || e.Body != nil {
			t.Errorf("%s: %+v, %v", name, e.Body, err)
		}
	}
	for _, body := range []string{"", " \r\n", "\x00", "\xef\xbb\xbf", in(""), in(" \n "), `<Envelope/>`} {
		if _, err := cwmp.Decode([]byte(body)); !errors.Is(err, cwmp.ErrEmpty) {
			t.Errorf("%q: %v, want that it is empty", body, err)
		}
	}
	var many strings.Builder
	for n := range 2 * limit.CWMPEvents {
		many.WriteString("<e><EventCode>X 020000 " + strings.Repeat("i", n) + "</EventCode></e>")
	}
	e, err := cwmp.Decode([]byte(in("<Inform><Event>" + many.String() + "</Event></Inform>")))
	if m, ok := e.Body.(*cwmp.Inform); err != nil || !ok || len(m.Events) != limit.CWMPEvents {
		t.Errorf("many events: %v", err)
	}
}
