package ipp_test

import (
	"fmt"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/ipp"

	"github.com/google/go-cmp/cmp"
)

// captured is a report as published test scripts of the maker send it, with addresses
// made up.
const captured = `{"sessionId":"1a2b3c4d","emsUserName":"system","emsUserPassword":"00112233445566778899aabbccddeeff","mac":"00908F0000A1","ip":"192.0.2.9","subnet":"255.255.255.0","vLanId":"","model":"420HD",
"fwVersion":"2.2.16.142.46","userAgent":"AUDC-IPPhone/2.2.16.142.46 (420HD; 00908F0000A1)","userName":"","userId":"","phoneNumber":"","sipProxy":"","status":"started"}`

// TestDecodeReport: what phones get wrong in JSON is read all the same.
func TestDecodeReport(t *testing.T) {
	t.Parallel()
	full := ipp.Report{Session: "1a2b3c4d", User: "system", MAC: "00908F0000A1", IP: "192.0.2.9", Subnet: "255.255.255.0", Model: "420HD", Firmware: "2.2.16.142.46", Agent: "AUDC-IPPhone/2.2.16.142.46 (420HD; 00908F0000A1)", Status: ipp.Started}
	for name, tc := range map[string]struct {
		text string
		want ipp.Report
	}{
		"as captured":        {captured, full},
		"a mark and blanks":  {"\xef\xbb\xbf \r\n{ \"status\" : \"Registered\" }\n", ipp.Report{Status: ipp.Registered}},
		"a comma too many":   {"{\n\"mac\":\"00908f0000a1\",\n\"status\":\"registered\",\n}", ipp.Report{MAC: "00908f0000a1", Status: ipp.Registered}},
		"two commas":         {`{"mac":"1",,"ip":"2"}`, ipp.Report{MAC: "1", IP: "2"}},
		"the other spelling": {`{"vlanId":213,"phoneNumber":4930}`, ipp.Report{VLAN: "213", Phone: "4930"}},
		"null":               {`{"userName":null,"userId":"a@example.org"}`, ipp.Report{UserID: "a@example.org"}},
		"more than is known": {`{"x":{"y":[1,{"z":"}"}],},"location":"BToE 1.0","region":"Hotel"}`, ipp.Report{Location: "BToE 1.0", Region: "Hotel"}},
		"escapes":            {`{"userName":"J\u00fcrgen \"\ud83d\ude00\" \/","location":"a\nb"}`, ipp.Report{UserName: `Jürgen "😀" /`, Location: "a\nb"}},
		"a line break":       {"{\"location\":\"a\nb\"}", ipp.Report{Location: "a\nb"}},
		"a list for a text":  {`{"userName":["x"],"status":"offline"}`, ipp.Report{Status: ipp.Offline}},
		"nothing":            {`{}`, ipp.Report{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ipp.DecodeReport([]byte(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDecodeReport_refused: what is no report, or beyond a limit, is refused in words.
func TestDecodeReport_refused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, limit.JSONDepth+2) + "1" + strings.Repeat("}", limit.JSONDepth+2)
	many := strings.Builder{}
	for i := range limit.IPPFields + 1 {
		fmt.Fprintf(&many, `"a%d":1,`, i)
	}
	for name, text := range map[string]string{
		"empty": "", "no object": "[]", "a word": "status", "a quote": `{"mac":"1`, "an escape": `{"mac":"1\`, "cut": `{"mac"`, "no comma": `{"mac":"1" "ip":"2"}`, "two": "{}{}", "no value": `{"mac":}`,
		"a bare word": `{"mac":registered}`, "XML": "<report/>", "deep": deep, "lists deep": `{"a":` + strings.Repeat("[", 100), "many fields": "{" + many.String() + "}", "many items": `{"a":[` + strings.Repeat("1,", limit.IPPFields+1) + `]}`,
		"long": `{"mac":"` + strings.Repeat("0", limit.IPPBytes) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if p, err := ipp.DecodeReport([]byte(text)); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v, %v", p, err)
			}
			if a, err := ipp.DecodeAlerts([]byte(text)); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}

// TestDecodeReport_cut: of a long text the beginning is kept, in whole letters.
func TestDecodeReport_cut(t *testing.T) {
	t.Parallel()
	p, err := ipp.DecodeReport([]byte(`{"location":"` + strings.Repeat("x", limit.IPPText-1) + `ü"}`))
	if err != nil || p.Location != strings.Repeat("x", limit.IPPText-1) {
		t.Errorf("%d bytes, %v", len(p.Location), err)
	}
}

// TestDecodeAlerts: the message of the captures, with the comma that it has too many,
// and others.
func TestDecodeAlerts(t *testing.T) {
	t.Parallel()
	const text = `{"sessionId":"1a2b3c4d","emsUserName":"system","emsUserPassword":"00112233445566778899aabbccddeeff","alerts":[
 {"uniqueId":2,"name":"IPPHONE CONFERENCE SPEAKER CONNECTION FAILURE","description":"The speaker is gone","date":"2017-07-21T12:24:18",
  "severity":"2","source":"IPPhone/00908f0000a1","type":2,"probableCause":5,"additionalInfo1":"","additionalInfo2":"",}]}`
	got, err := ipp.DecodeAlerts([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := ipp.Alerts{Session: "1a2b3c4d", User: "system", List: []ipp.Alarm{{ID: "2", Name: "IPPHONE CONFERENCE SPEAKER CONNECTION FAILURE", Text: "The speaker is gone", Date: "2017-07-21T12:24:18", Severity: ipp.Warning, Source: "IPPhone/00908f0000a1", Type: 2, Cause: 5}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for word, want := range map[string]ipp.Severity{`0`: ipp.Cleared, `"0"`: ipp.Cleared, `"Clear"`: ipp.Indeterminate, `"cleared"`: ipp.Cleared, `5`: ipp.Critical, `"MAJOR"`: ipp.Major, `9`: ipp.Indeterminate, `""`: ipp.Indeterminate} {
		one, err := ipp.DecodeAlerts([]byte(`{"alerts":{"name":"x","severity":` + word + `}}`))
		if err != nil || len(one.List) != 1 || one.List[0].Severity != want {
			t.Errorf("%s is %+v, %v", word, one.List, err)
		}
	}
	if _, err := ipp.DecodeAlerts([]byte(`{"alerts":[` + strings.Repeat("{},", limit.IPPAlarms+1) + `]}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("too many: %v", err)
	}
}

// TestAppendReply: the one command that captures show has its very bytes.
func TestAppendReply(t *testing.T) {
	t.Parallel()
	for want, actions := range map[string][]ipp.Action{
		`{"requests":[]}`:                       nil,
		`{"requests":["{\"cmd\": \"reset\"}"]}`: {{Cmd: ipp.Reset, ID: "00000000000000000000000000000001"}},
		`{"requests":["{\"cmd\":\"update_config\",\"id\":\"7\"}","{\"cmd\":\"send_message\",\"text\":\"a \\\"b\\\"\",\"duration\":10}"]}`: {{Cmd: ipp.UpdateConfig, ID: "7"}, {Cmd: ipp.SendMessage, Text: `a "b"`, Seconds: 10}},
	} {
		if got := string(ipp.AppendReply(nil, actions)); got != want {
			t.Errorf("%s\nwanted %s", got, want)
		}
	}
}

func TestParsePath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/rest/v1/ipphoneMgrStatus/keep-alive":       " ipphoneMgrStatus/keep-alive",
		"//rest/v1/ipphoneMgrStatus/init/":           " ipphoneMgrStatus/init",
		"/p/abc//rest/v1/ipphoneMgrAlert/alert":      "abc ipphoneMgrAlert/alert",
		"/p/abc/REST/V1/IpphonemgrStatus/keep-alive": "abc ipphoneMgrStatus/keep-alive",
		"/p/abc": "no", "/p//rest/v1/ipphoneMgrStatus/init": "no", "/": "no", "/rest/v1/ipphoneMgrStatus/other": "no", "/x/rest/v1/ipphoneMgrStatus/init": "no", "/p/a/b/rest/v1/ipphoneMgrStatus/init": "no",
	} {
		p, ok := ipp.ParsePath(path)
		got := p.Token + " " + string(p.Op)
		if !ok {
			got = "no"
		}
		if got != want {
			t.Errorf("%s: %q, wanted %q", path, got, want)
		}
	}
}
