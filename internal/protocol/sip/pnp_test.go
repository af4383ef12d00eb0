package sip_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/sip"
)

// question reads a message of testdata, which are written after the forms that
// reference material shows.
func question(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.ReplaceAll(string(b), "\n", "\r\n"))
}

func TestParseSubscribe(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]sip.Subscribe{
		"grandstream": {MAC: "c074ad112233", Profile: "device", Vendor: "Grandstream", Model: "GRP2612W", Version: "1.0.5.67", Agent: "Grandstream GRP2612W 1.0.5.67", Accept: "application/url", Contact: "192.0.2.2:5080"},
		"audiocodes":  {Profile: "application", Model: "440HD", Version: "2.2.2", Agent: "AUDC-IPPhone/2.2.2", Accept: "application/url", Contact: "192.0.2.3:5060"},
		"yealink":     {MAC: "00005e005301", Profile: "device", Vendor: "Yealink", Model: "T53W", Version: "96.87.0.16", Agent: "Yealink SIP-T53W 96.87.0.16 00005e005301", Accept: "application/url", Contact: "192.0.2.4:5059"},
		"snom":        {MAC: "00005e005302", Profile: "device", Vendor: "snom", Model: "snom720", Version: "8.7.5.35", Accept: "application/url", Contact: "192.0.2.5:5060"},
		"planet":      {MAC: "00005e005303", Profile: "device", Vendor: "OEM", Model: "VIP", Version: "1", Accept: "application/x-gs-ucm-url", Contact: "192.0.2.6:5060"},
	} {
		got, err := sip.ParseSubscribe(question(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(sip.Subscribe{}), cmpopts.IgnoreFields(sip.Subscribe{}, "CallID")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	good := string(question(t, "grandstream"))
	for name, text := range map[string]string{
		"empty": "", "no SIP": "hello", "another method": strings.ReplaceAll(good, "SUBSCRIBE", "OPTIONS"), "another event": strings.Replace(good, "Event: ua-profile", "Event: presence", 1),
		"no Via": strings.Replace(good, "Via: ", "X-Via: ", 1), "too long": good + strings.Repeat("x", 20000),
	} {
		if _, err := sip.ParseSubscribe([]byte(text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSubscribe_answers(t *testing.T) {
	t.Parallel()
	q, err := sip.ParseSubscribe(question(t, "grandstream"))
	if err != nil {
		t.Fatal(err)
	}
	from := netip.MustParseAddrPort("192.0.2.2:5080")
	ok := string(q.OK(from, "ours"))
	for _, want := range []string{"SIP/2.0 200 OK\r\n", "received=192.0.2.2;rport=5080", "MAC%3AC074AD112233@224.0.1.75>;tag=ours", "Call-ID: 490431573-5080-1@BJC.BGI.IG.DA\r\n", "CSeq: 20000 SUBSCRIBE\r\n", "Expires: 0\r\n"} {
		if !strings.Contains(ok, want) {
			t.Errorf("the answer lacks %q:\n%s", want, ok)
		}
	}
	url := "https://phones.example.org/p/token/"
	n := string(q.Notify(sip.Notice{URL: url, Branch: "z9hG4bKx", Tag: "ours", Local: netip.MustParseAddrPort("192.0.2.1:40000"), To: from}))
	for _, want := range []string{
		"NOTIFY sip:MAC%3AC074AD112233@192.0.2.2:5080 SIP/2.0\r\n", "Via: SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bKx;rport\r\n", "@224.0.1.75>;tag=ours\r\n", "@224.0.1.75>;tag=theirs\r\n",
		"Event: ua-profile", "Content-Type: application/url\r\n", "Subscription-State: terminated;reason=timeout\r\n", "\r\n\r\n" + url,
	} {
		if !strings.Contains(n, want) {
			t.Errorf("the NOTIFY lacks %q:\n%s", want, n)
		}
	}
	if branch, code, err := sip.ParseAnswer([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bKx\r\n\r\n")); err != nil || branch != "z9hG4bKx" || code != 200 {
		t.Errorf("an answer: %q %d %v", branch, code, err)
	}
	if _, _, err := sip.ParseAnswer([]byte(n)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a request as an answer: %v", err)
	}
}

func FuzzParseSubscribe(f *testing.F) {
	for _, name := range []string{"grandstream", "audiocodes", "yealink", "snom", "planet"} {
		f.Add(question(f, name))
	}
	at := netip.MustParseAddrPort("192.0.2.2:5080")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = sip.ParseAnswer(data) // an error is fine
		q, err := sip.ParseSubscribe(data)
		if err != nil {
			return
		}
		if len(q.MAC) != 0 && len(q.MAC) != 12 {
			t.Errorf("MAC %q", q.MAC)
		}
		_ = q.OK(at, "t")
		n := q.Notify(sip.Notice{URL: "https://x/", Branch: "b", Tag: "t", Local: at, To: at})
		if head, _, _ := strings.Cut(string(n), "\r\n"); !strings.HasPrefix(head, "NOTIFY sip:") || !strings.HasSuffix(head, "192.0.2.2:5080 SIP/2.0") {
			t.Errorf("the NOTIFY goes elsewhere: %q", head)
		}
	})
}
