package phone_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
)

// spoken is what a phone sent in a test: all bodies, and the fields of requests.
type spoken struct {
	bodies string
	posts  []*http.Request
}

func (s spoken) field(name string) []string {
	var out []string
	for _, r := range s.posts {
		out = append(out, r.Header.Values(name)...)
	}
	return out
}

// TestCWMP_quirks_of_writing: a phone that writes otherwise still says the same, and
// writes otherwise indeed.
func TestCWMP_quirks_of_writing(t *testing.T) {
	t.Parallel()
	has := func(parts ...string) func(spoken) bool {
		return func(s spoken) bool {
			return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(s.bodies, p) })
		}
	}
	lacks := func(part string) func(spoken) bool {
		return func(s spoken) bool { return !strings.Contains(s.bodies, part) }
	}
	for name, c := range map[string]struct {
		quirks phone.Quirks
		seen   func(spoken) bool
	}{
		"1 prefix":            {phone.Quirks{Prefix: "SOAP-ENV"}, has("<SOAP-ENV:Body>", `xmlns:SOAP-ENV="`)},
		"1 default namespace": {phone.Quirks{DefaultNamespace: true}, has(`<Inform xmlns="urn:dslforum-org:cwmp-1-0">`, "</Inform>")},
		"1 method namespace":  {phone.Quirks{MethodNamespace: true, Namespace: "urn:dslforum-org:cwmp-1-4"}, has(`<cwmp:Inform xmlns:cwmp="urn:dslforum-org:cwmp-1-4">`)},
		"2 schema of 1999":    {phone.Quirks{Schema1999: true}, has("http://www.w3.org/1999/XMLSchema-instance")},
		"3 no types":          {phone.Quirks{Types: phone.TypesNone}, lacks("xsi:type")},
		"3 bare types":        {phone.Quirks{Types: phone.TypesBare}, has(`xsi:type="string"`)},
		"3 wrong types":       {phone.Quirks{Types: phone.TypesWrong}, has(`xsi:type="object"`)},
		"4 counts":            {phone.Quirks{LyingCounts: true}, has("EventStruct[0016]")},
		"6 pretty":            {phone.Quirks{Pretty: true}, has("<Name>\n      Device.")},
		"7 unclean":           {phone.Quirks{Unclean: true}, has("\xef\xbb\xbf<?xml", "encoding=\"GBK\"", "\x07&#x0;</Value>", "\x00")},
		"12 no cookies":       {phone.Quirks{Cookies: phone.CookiesNone}, func(s spoken) bool { return len(s.field("Cookie")) == 0 }},
		"12 glued cookies":    {phone.Quirks{Cookies: phone.CookiesGlued}, func(s spoken) bool { return slices.Contains(s.field("Cookie"), "session=s1; Path=/") }},
		"12 quoted cookies":   {phone.Quirks{Cookies: phone.CookiesQuoted}, func(s spoken) bool { return slices.Contains(s.field("Cookie"), `session="s1"`) }},
		"13 connections":      {phone.Quirks{ConnectionEach: true}, func(s spoken) bool { return s.posts[0].RemoteAddr != s.posts[1].RemoteAddr }},
		"14 empty Basic":      {phone.Quirks{EmptyBasic: true}, func(s spoken) bool { _, password, ok := s.posts[0].BasicAuth(); return ok && password == "" }},
		"14 no qop": {phone.Quirks{NoQOP: true}, func(s spoken) bool {
			f := s.field("Authorization")
			return len(f) > 0 && !strings.Contains(f[0], "qop")
		}},
		"14 whole URI": {phone.Quirks{WholeURI: true}, func(s spoken) bool {
			return strings.Contains(strings.Join(s.field("Authorization"), " "), `uri="http://prov.example.org/acs"`)
		}},
		"14 stuck count": {phone.Quirks{StuckCount: true}, func(s spoken) bool {
			return strings.Count(strings.Join(s.field("Authorization"), " "), "nc=00000001") > 2
		}},
		"15 expect":            {phone.Quirks{Expect: true}, func(s spoken) bool { return slices.Contains(s.field("Expect"), "100-continue") }},
		"15 chunked":           {phone.Quirks{Chunked: true}, func(s spoken) bool { return slices.Contains(s.posts[0].TransferEncoding, "chunked") }},
		"15 HTTP/1.0":          {phone.Quirks{HTTP10: true}, func(s spoken) bool { return s.posts[0].Proto == "HTTP/1.0" }},
		"15 lower case":        {phone.Quirks{LowerCase: true}, func(s spoken) bool { return len(s.field("Content-Type")) > 0 }},
		"20 one id":            {phone.Quirks{SameID: true}, has(">1</cwmp:ID>")},
		"22 events":            {phone.Quirks{Events: true}, has("<EventCode>0bootstrap</EventCode>")},
		"23 device":            {phone.Quirks{Device: true}, has("<OUI>c074ad</OUI>", "<ProductClass></ProductClass>", "<SerialNumber>00:00:5e:00:53:01</SerialNumber>")},
		"24 no URL":            {phone.Quirks{URL: phone.URLNone}, lacks("192.0.2.77:7547")},
		"24 port 0":            {phone.Quirks{URL: phone.URLPort0}, has("http://192.0.2.77:0/")},
		"24 a private address": {phone.Quirks{URL: phone.URLPrivate}, has("http://10.255.255.254:7547/")},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			a := w.acs(t)
			if strings.HasPrefix(name, "14 ") {
				a.user, a.password = "cpe", "secret-1"
			}
			if c.quirks.WholeURI {
				a.user = "" // the simple server here has its own idea of the address
				w.demand(a)
			}
			a.wants(&cwmp.GetParameterValues{Names: []string{"Device.DeviceInfo.ModelName"}})
			p := w.managedPhone(t, phone.CWMP{Quirks: c.quirks}, nil)
			synctest.Wait()
			a.set(func() {
				if s := (spoken{strings.Join(a.bodies, "\n"), a.posts}); len(a.posts) < 3 || !c.seen(s) {
					t.Errorf("%s: the phone does not do it:\n%s", name, s.bodies)
				}
			})
			list := a.heard()
			if len(list) == 0 {
				t.Fatalf("%s: no message: %s", name, p.Management().LastError)
			}
			m, got := only[*cwmp.Inform](t, list), only[*cwmp.GetParameterValuesResponse](t, list)
			if st := p.Management(); st.Sessions != 1 || m.Device.MAC() != macA || !m.Has(cwmp.EventBootstrap) || len(got.Parameters) != 1 || got.Parameters[0].Value != "GHP621W" {
				t.Errorf("%s: it does not say the same: %+v, %+v, %s", name, m, got, st.LastError)
			}
		})
	}
}

// demand has the ACS ask once for a proof and take any.
func (w *world) demand(a *acs) {
	w.answer(func(rw http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path != "/acs":
			return false
		case r.Header.Get("Authorization") == "":
			rw.Header().Set("WWW-Authenticate", `Digest realm="acs", qop="auth", nonce="n"`)
			rw.WriteHeader(http.StatusUnauthorized)
		default:
			a.ServeHTTP(rw, r)
		}
		return true
	})
}

// TestCWMP_quirk_gzip: what is packed is the same message.
func TestCWMP_quirk_gzip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		w.answer(func(rw http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/acs" {
				return false
			}
			if r.Header.Get("Content-Encoding") == "gzip" {
				z, err := gzip.NewReader(r.Body)
				if err != nil {
					t.Error(err)
					return false
				}
				r.Body = io.NopCloser(z)
			}
			a.ServeHTTP(rw, r)
			return true
		})
		p := w.managedPhone(t, phone.CWMP{Quirks: phone.Quirks{Gzip: true}}, nil)
		synctest.Wait()
		if only[*cwmp.Inform](t, a.heard()); p.Management().Sessions != 1 {
			t.Errorf("the session failed: %s", p.Management().LastError)
		}
	})
}

// TestCWMP_quirks_of_answers: phones that answer otherwise than the book.
func TestCWMP_quirks_of_answers(t *testing.T) {
	t.Parallel()
	const name, boolean = "Device.DeviceInfo.ProvisioningCode", "Device.ManagementServer.UpgradesManaged"
	get := func(names ...string) cwmp.Message { return &cwmp.GetParameterValues{Names: names} }
	set := &cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: name, Value: "p"}, {Name: boolean, Value: "1"}}, Key: "k"}
	for what, c := range map[string]struct {
		quirks phone.Quirks
		ask    []cwmp.Message
		right  func([]cwmp.Envelope) bool
	}{
		"8 in the string":    {phone.Quirks{Faults: phone.FaultInString}, []cwmp.Message{get("Device.No")}, fails(cwmp.FaultName)},
		"8 bare":             {phone.Quirks{Faults: phone.FaultBare}, []cwmp.Message{get("Device.No")}, fails(cwmp.FaultName)},
		"8 unprefixed":       {phone.Quirks{Faults: phone.FaultUnprefixed}, []cwmp.Message{get("Device.No")}, fails(cwmp.FaultName)},
		"8 without codes":    {phone.Quirks{Faults: phone.FaultWithoutCodes}, []cwmp.Message{get("Device.No")}, fails(0)},
		"9 status":           {phone.Quirks{StatusFaults: true}, []cwmp.Message{&cwmp.AddObject{Object: "Device.No."}}, fails(cwmp.FaultName)},
		"10 silent":          {phone.Quirks{Silent: []string{"GetParameterAttributes"}}, []cwmp.Message{&cwmp.GetParameterAttributes{Names: []string{name}}}, said("Inform")},
		"10 wrong id":        {phone.Quirks{WrongID: true}, []cwmp.Message{get(name)}, func(l []cwmp.Envelope) bool { return l[len(l)-1].ID == "acs-10" }},
		"10 previous answer": {phone.Quirks{PreviousAnswer: true}, []cwmp.Message{get(name), &cwmp.GetRPCMethods{}, get(name)}, said("Inform", "GetParameterValuesResponse", "GetParameterValuesResponse", "GetRPCMethodsResponse")},
		"16 loose names": {phone.Quirks{LooseNames: true}, []cwmp.Message{&cwmp.GetParameterNames{Path: "Device.LAN.", NextLevel: true}}, func(l []cwmp.Envelope) bool {
			m := l[len(l)-1].Body.(*cwmp.GetParameterNamesResponse).Parameters
			return m[0].Name == "Device.LAN" && slices.ContainsFunc(m, func(p cwmp.ParameterInfo) bool { return p.Name == "Device.LAN.IPPingDiagnostics.Host" })
		}},
		"16 no partial paths": {phone.Quirks{NoPartialPaths: true}, []cwmp.Message{get("Device.LAN.")}, fails(cwmp.FaultName)},
		"17 no key":           {phone.Quirks{NoKey: true}, []cwmp.Message{set, get("Device.ManagementServer.ParameterKey")}, told("")},
		"18 normalised":       {phone.Quirks{Normalised: true}, []cwmp.Message{set, get(boolean)}, told("true")},
		"19 instances": {phone.Quirks{JumpingInstances: true}, []cwmp.Message{&cwmp.AddObject{Object: "Device.ManagementServer.InformParameter."}}, func(l []cwmp.Envelope) bool {
			return l[len(l)-1].Body.(*cwmp.AddObjectResponse).Instance == 3
		}},
		"26 methods": {phone.Quirks{LyingMethods: true}, []cwmp.Message{&cwmp.GetRPCMethods{}}, func(l []cwmp.Envelope) bool {
			m := l[len(l)-1].Body.(*cwmp.GetRPCMethodsResponse).Methods
			return slices.Contains(m, "ChangeDUState") && !slices.Contains(m, "AddObject")
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			a := w.acs(t)
			a.wants(c.ask...)
			p := w.managedPhone(t, phone.CWMP{Quirks: c.quirks}, nil)
			synctest.Wait()
			if list := a.heard(); !c.right(list) || p.Management().Sessions != 1 {
				t.Errorf("%s: %v, %+v, %s", what, methodsOf(list), list[len(list)-1].Body, p.Management().LastError)
			}
		})
	}
}

func fails(code int) func([]cwmp.Envelope) bool {
	return func(l []cwmp.Envelope) bool {
		f, ok := l[len(l)-1].Body.(*cwmp.Fault)
		return ok && f.Code == code
	}
}

func said(methods ...string) func([]cwmp.Envelope) bool {
	return func(l []cwmp.Envelope) bool { return slices.Equal(methodsOf(l), methods) }
}

func told(value string) func([]cwmp.Envelope) bool {
	return func(l []cwmp.Envelope) bool {
		m, ok := l[len(l)-1].Body.(*cwmp.GetParameterValuesResponse)
		return ok && m.Parameters[0].Value == value
	}
}

// TestCWMP_quirk_inform_instead: the next Inform comes where an answer is waited
// for, on the same connection.
func TestCWMP_quirk_inform_instead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		a.wants(&cwmp.Reboot{Key: "r"})
		w.managedPhone(t, phone.CWMP{Quirks: phone.Quirks{InformInstead: true}}, nil)
		synctest.Wait()
		a.set(func() {
			if n := len(a.posts); n < 3 || a.posts[1].RemoteAddr != a.posts[2].RemoteAddr {
				t.Errorf("of %d requests the third came elsewhere", n)
			}
		})
		if list := a.heard(); !slices.Equal(methodsOf(list), []string{"Inform", "Inform"}) || codes(informs(list)[1]) != "1 BOOT, M Reboot r" {
			t.Errorf("the phone says %v", methodsOf(list))
		}
	})
}

// TestCWMP_quirks_of_transfers: how phones lose track of what they were told.
func TestCWMP_quirks_of_transfers(t *testing.T) {
	t.Parallel()
	long := "0123456789abcdef0123456789abcdef"
	for what, c := range map[string]struct {
		quirks phone.Quirks
		keys   []string // of TransferComplete
		later  []string // after the next start
	}{
		"by the book": {phone.Quirks{}, []string{long}, nil},
		"no key":      {phone.Quirks{Keys: phone.KeysNone}, []string{""}, nil},
		"a short key": {phone.Quirks{Keys: phone.KeysShort}, []string{long[:16]}, nil},
		"twice":       {phone.Quirks{DuplicateTransfers: 1}, []string{long, long}, nil},
		"never":       {phone.Quirks{NoTransfers: true}, nil, nil},
		"late":        {phone.Quirks{LateTransfers: true}, nil, []string{long}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			a, _ := w.shelf(t, map[string]string{"/bell": "ring"})
			a.wants(&cwmp.Download{Key: long, FileType: cwmp.FileRinger, URL: "http://prov.example.org/bell?t=1"})
			p := w.managedPhone(t, phone.CWMP{Quirks: c.quirks}, nil)
			reported := func() (out []string) {
				for _, e := range a.heard() {
					if m, ok := e.Body.(*cwmp.TransferComplete); ok {
						out = append(out, m.Key)
					}
				}
				return out
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := reported(); !slices.Equal(got, c.keys) {
				t.Errorf("%s: %q", what, got)
			}
			p.Reboot()
			synctest.Wait()
			if got := reported(); !slices.Equal(got, c.later) || len(keys(p, "Download")) != 1 {
				t.Errorf("%s: after a restart %q", what, got)
			}
		})
	}
}

// TestCWMP_hostile: each of an adversary's ways is one that a server sees.
func TestCWMP_hostile(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		hostile phone.Hostile
		seen    func(*testing.T, []cwmp.Envelope, spoken) bool
	}{
		"another's serial": {phone.Hostile{Serial: "00005E005399"}, func(t *testing.T, l []cwmp.Envelope, _ spoken) bool {
			return only[*cwmp.Inform](t, l).Device.MAC() == "00005e005399"
		}},
		"false keys": {phone.Hostile{FalseKeys: []string{"k1", "k2"}}, func(_ *testing.T, l []cwmp.Envelope, _ spoken) bool {
			return slices.Equal(methodsOf(l), []string{"Inform", "TransferComplete", "TransferComplete"})
		}},
		"a huge body": {phone.Hostile{Padding: limit.CWMPBytes + 1<<20}, func(_ *testing.T, l []cwmp.Envelope, s spoken) bool {
			return len(l) == 0 && len(s.bodies) > limit.CWMPBytes
		}},
		"no end": {phone.Hostile{Endless: true}, func(_ *testing.T, _ []cwmp.Envelope, s spoken) bool { return len(s.posts) > 30 }},
		"a replay": {phone.Hostile{Replay: true}, func(_ *testing.T, _ []cwmp.Envelope, s spoken) bool {
			f := s.field("Authorization")
			return len(f) > 1 && f[0] == f[1]
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			a := w.acs(t)
			if c.hostile.Replay {
				a.user, a.password = "cpe", "secret-1"
			}
			w.managedPhone(t, phone.CWMP{Hostile: c.hostile}, nil)
			time.Sleep(45 * time.Second)
			synctest.Wait()
			var s spoken
			a.set(func() { s = spoken{strings.Join(a.bodies, "\n"), slices.Clone(a.posts)} })
			if list := a.heard(); !c.seen(t, list, s) {
				t.Errorf("%s: %v in %d requests", what, methodsOf(list), len(s.posts))
			}
		})
	}
}

// TestQuirksOf: what can be asked for by a word is there, and nothing else.
func TestQuirksOf(t *testing.T) {
	t.Parallel()
	q, err := phone.QuirksOf([]string{"gzip", "no-cookies"})
	if err != nil || !q.Gzip || q.Cookies != phone.CookiesNone {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := phone.QuirksOf([]string{"odd"}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "lying-counts") {
		t.Errorf("an unknown word: %v", err)
	}
}

// TestCWMP_refuses: a method that a phone is to refuse is refused always.
func TestCWMP_refuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.acs(t)
		a.wants(&cwmp.Reboot{Key: "r1"}, &cwmp.Reboot{Key: "r2"})
		p := w.managedPhone(t, phone.CWMP{Refuse: map[string]int{"Reboot": cwmp.FaultDenied}}, nil)
		synctest.Wait()
		if list := a.heard(); !slices.Equal(methodsOf(list), []string{"Inform", "Fault", "Fault"}) || len(keys(p, "Reboot")) > 0 || p.Status().Boots != 1 {
			t.Errorf("%v", methodsOf(list))
		}
	})
}
