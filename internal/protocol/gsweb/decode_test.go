package gsweb_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/gsweb"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	s := gsweb.Session{ID: "5f1d"}
	for name, tc := range map[string]struct {
		got  gsweb.Request
		want string
	}{
		"access": {gsweb.Access("admin"), "POST /cgi-bin/access?|access=8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918"},
		// sha256 as another program gives it
		"sign in":      {gsweb.SignIn("admin", "pw", "n"), "POST /cgi-bin/dologin?|password=e0af3d118bcd6f56105b722639793e20212f5d24abc099286625fc72a24f3c9b&username=admin"},
		"plain":        {gsweb.SignInPlain("admin", "p w&"), "POST /cgi-bin/dologin?|P2=p+w%26&password=p+w%26&username=admin"},
		"get":          {gsweb.Get(s, []string{"212", "237"}), "GET /cgi-bin/config_get?pvalues=212%2C237&sid=5f1d|"},
		"get, older":   {gsweb.GetPlain(s, []string{"212", "237"}), "POST /cgi-bin/api.values.get?|request=P212%3AP237&sid=5f1d"},
		"put":          {gsweb.Put(s, map[string]string{"237": "h/p", "212": "2"}), `PUT /cgi-bin/config_update?sid=5f1d|{"alias":{},"pvalue":{"212":"2","237":"h/p"}}`},
		"put, older":   {gsweb.PutPlain(s, map[string]string{"237": "h/p"}), "POST /cgi-bin/api.values.post?|P237=h%2Fp&sid=5f1d"},
		"restart":      {gsweb.Restart(s), "POST /cgi-bin/api-sys_operation?|request=REBOOT&sid=5f1d"},
		"sign out":     {gsweb.SignOut(s), "POST /cgi-bin/dologout?|sid=5f1d"},
		"names":        {gsweb.Names(s), "GET /cgi-bin/metaconfig_get?sid=5f1d|"},
		"locked out":   {gsweb.Lockout(), "GET /cgi-bin/api-get_lockout?|"},
		"nothing held": {gsweb.Put(s, nil), `PUT /cgi-bin/config_update?sid=5f1d|{"alias":{},"pvalue":null}`},
	} {
		got := tc.got.Method + " " + tc.got.Path + "?" + tc.got.Query.Encode() + "|" + tc.got.Body
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestReadSession(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body string
		want gsweb.Session
		err  error
	}{
		"an object":         {`{"response":"success","body":{"sid":"ab12","role":"admin","mac":"02:00:00:00:00:01"}}`, gsweb.Session{ID: "ab12", MAC: "02:00:00:00:00:01"}, nil},
		"a text":            {`{"response":"success","body":"ab12"}`, gsweb.Session{ID: "ab12"}, nil},
		"an object as text": {`{"response":"success","body":"{\"sid\":\"ab12\"}"}`, gsweb.Session{ID: "ab12"}, nil},
		"beside the body":   {`{"response":"success","sid":"ab12"}`, gsweb.Session{ID: "ab12"}, nil},
		"wrong":             {`{"response":"error","body":"wrong"}`, gsweb.Session{}, gsweb.ErrRefused},
		"locked":            {`{"response":"error","body":"Locked, remain 0"}`, gsweb.Session{}, gsweb.ErrLocked},
		"no id":             {`{"response":"success","body":{}}`, gsweb.Session{}, gsweb.ErrForm},
		"an id that bites":  {`{"response":"success","body":{"sid":"a; b=c"}}`, gsweb.Session{}, gsweb.ErrForm},
		"a page":            {`<html>sign in</html>`, gsweb.Session{}, gsweb.ErrForm},
		"nothing":           {``, gsweb.Session{}, gsweb.ErrForm},
		"another JSON":      {`[1,2]`, gsweb.Session{}, gsweb.ErrForm},
		"too much":          {`{"response":"success","body":"ab12","x":"` + strings.Repeat("x", limit.PageBytes) + `"}`, gsweb.Session{}, gsweb.ErrForm},
		"a MAC that bites":  {`{"response":"success","body":{"sid":"ab12","mac":"02 00\n"}}`, gsweb.Session{ID: "ab12"}, nil},
	} {
		got, err := gsweb.ReadSession([]byte(tc.body))
		if got != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", limit.PageValue+1)
	for name, tc := range map[string]struct {
		body string
		want map[string]string
		err  error
	}{
		"a list":       {`{"configs":[{"alias":"","pvalue":"212","value":"2"},{"pvalue":"237","value":null},{"pvalue":"64","value":7}]}`, map[string]string{"212": "2", "237": "", "64": "7"}, nil},
		"older":        {`{"response":"success","body":{"P212":"2","phone_model":"GXP1625"}}`, map[string]string{"212": "2"}, nil},
		"lies":         {`{"configs":[{"pvalue":"212","value":{"a":1}},{"pvalue":"../x","value":"1"},{"value":"1"},{"pvalue":"1","value":"` + long + `"}]}`, map[string]string{}, nil},
		"the session":  {`{"response":"error","body":"session-expired"}`, nil, gsweb.ErrRefused},
		"cut":          {`{"configs":[{"pvalue":"212","va`, nil, gsweb.ErrForm},
		"no values":    {`{"response":"success","body":7}`, nil, gsweb.ErrForm},
		"a JSON alone": {`{}`, nil, gsweb.ErrForm},
	} {
		got, err := gsweb.Values([]byte(tc.body))
		if diff := cmp.Diff(tc.want, got); diff != "" || !errors.Is(err, tc.err) {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestReadNames(t *testing.T) {
	t.Parallel()
	want := map[string]string{"account.1.sip.userid": "35", "x": "4711"}
	for _, body := range []string{
		`[{"pvalue":"35","alias":"account.1.sip.userid"},{"pvalue":4711,"alias":"x"},{"pvalue":":dnd","alias":"y"},{"pvalue":"1","alias":"a b"},{"pvalue":"2"}]`,
		`{"response":"success","body":[{"pvalue":"P35","alias":"account.1.sip.userid"},{"pvalue":"4711","alias":"x"}]}`,
	} {
		got, err := gsweb.ReadNames([]byte(body))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	if _, err := gsweb.ReadNames([]byte(`{"response":"success","body":{}}`)); !errors.Is(err, gsweb.ErrForm) {
		t.Errorf("no list: %v", err)
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"response":"success","body":"f00d"}`: "f00d", `{"response":"success","body":""}`: "", `{"response":"success","body":{"a":1}}`: "", `{"response":"error","body":"x"}`: "", `x`: "",
	} {
		got, err := gsweb.Token([]byte(body))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	for body, want := range map[string]bool{`lockout`: true, `{"response":"success","body":"lockout"}`: true, `{"response":"success","body":"ok"}`: false, `ok`: false, `<html>no such page, no lockout</html>`: false} {
		if got := gsweb.Locked([]byte(body)); got != want {
			t.Errorf("%s: %t", body, got)
		}
	}
	if gsweb.Done(nil) != nil || gsweb.Done([]byte(`{"response":"success","body":{"status":"right"}}`)) != nil || gsweb.Done([]byte(`<html>`)) == nil || gsweb.Done([]byte(`{"response":"error"}`)) == nil {
		t.Error("Done")
	}
	if !gsweb.Hidden("********") || gsweb.Hidden("") || gsweb.Hidden("a*") {
		t.Error("Hidden")
	}
}

// FuzzDecode reads any answer each way: what comes out is short, has no sign that
// could leave its place in a request, and is told again as it was.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"response":"success","body":{"sid":"ab12","mac":"020000000001"}}`, `{"configs":[{"alias":"","pvalue":"212","value":"2"}]}`,
		`{"response":"success","body":{"P212":"2"}}`, `[{"pvalue":"35","alias":"account.1.sip.userid"}]`, `{"response":"success","body":"{\"sid\":\"x\"}"}`, `lockout`, `<html>`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		gsweb.Locked(b)
		_ = gsweb.Done(b)
		if token, err := gsweb.Token(b); err == nil {
			again(t, gsweb.SignIn("admin", "x", token), "username", "admin")
		}
		s, err := gsweb.ReadSession(b)
		if err == nil {
			again(t, gsweb.Restart(s), "sid", s.ID)
			if q := gsweb.Get(s, []string{"1"}).Query; q.Get("sid") != s.ID {
				t.Fatalf("session %q asks with %q", s.ID, q)
			}
		}
		values, err := gsweb.Values(b)
		if err != nil {
			return
		}
		r := gsweb.PutPlain(gsweb.Session{ID: "x"}, values)
		for n, v := range values {
			if len(v) > limit.PageValue || strings.Trim(n, "0123456789") != "" {
				t.Fatalf("setting %q of %d bytes", n, len(v))
			}
			again(t, r, "P"+n, v)
		}
		if names, err := gsweb.ReadNames(b); err == nil && len(names) > limit.PageValues {
			t.Fatalf("%d names", len(names))
		}
	})
}

func again(t *testing.T, r gsweb.Request, name, want string) {
	t.Helper()
	v, err := url.ParseQuery(r.Body)
	if err != nil || v.Get(name) != want {
		t.Fatalf("%s is %q in %q, %v", name, v.Get(name), r.Body, err)
	}
}
