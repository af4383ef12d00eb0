package actionpath_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/actionpath"
)

func TestParse(t *testing.T) {
	t.Parallel()
	type claims = actionpath.Claims
	for name, tc := range map[string]struct {
		path, query string
		want        actionpath.Path
	}{
		"all claims":                   {"/a/k1/registered", "mac=020000000001&ip=192.0.2.5&account=201&local=201&remote=00441632960", actionpath.Path{Key: "k1", Event: "registered", Claims: claims{"020000000001", "192.0.2.5", "201", "201", "00441632960"}}},
		"none":                         {"/a/k1/Off_Hook", "", actionpath.Path{Key: "k1", Event: "off_hook"}},
		"doubled slashes and capitals": {"//A//k1///hold", "", actionpath.Path{Key: "k1", Event: "hold"}},
		"a variable that the phone does not know": {"/a/k1/hold", "mac=$mac&ip=%24phone_ip&remote=7", actionpath.Path{Key: "k1", Event: "hold", Claims: claims{Remote: "7"}}},
		"an encoded number":                       {"/a/k1/hold", "remote=%2B441632960%23&local=a%20b", actionpath.Path{Key: "k1", Event: "hold", Claims: claims{Remote: "+441632960#", Local: "a b"}}},
		"a broken encoding":                       {"/a/k1/hold", "remote=100%", actionpath.Path{Key: "k1", Event: "hold", Claims: claims{Remote: "100%"}}},
		"the first of two counts":                 {"/a/k1/hold", "remote=1&remote=2", actionpath.Path{Key: "k1", Event: "hold", Claims: claims{Remote: "1"}}},
		"control characters":                      {"/a/k1/hold", "remote=1%0d%0a2%00", actionpath.Path{Key: "k1", Event: "hold", Claims: claims{Remote: "12"}}},
		"names of others":                         {"/a/k1/hold", "call-id=1&=2&&x", actionpath.Path{Key: "k1", Event: "hold"}},
		"no event":                                {"/a/k1", "mac=1", actionpath.Path{Problem: "the path does not consist of a key and an event"}},
		"a long key":                              {"/a/" + strings.Repeat("k", limit.ReportKey+1) + "/hold", "", actionpath.Path{Problem: "the key or the event is too long"}},
		"a long path":                             {"/a/k/" + strings.Repeat("/", limit.PathBytes) + "hold", "", actionpath.Path{Problem: "the path is too long"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, actionpath.Parse(tc.path, tc.query)); diff != "" {
				t.Errorf("want - got +\n%s", diff)
			}
			if !actionpath.Ours(tc.path) {
				t.Error("it is not read as one of ours")
			}
		})
	}
}

func TestOurs_not(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/a/k1/hold/on", "", "/", "/cfg00005e005301.xml", "/ab/c", "/p/a/b", "/d/a", "/firmware/a"} {
		if actionpath.Ours(path) {
			t.Errorf("%q is taken from the files", path)
		}
	}
}

func TestParse_limits(t *testing.T) {
	t.Parallel()
	got := actionpath.Parse("/a/k/hold", "remote="+strings.Repeat("7", limit.ReportWord+1)+"&local="+strings.Repeat("x", limit.ReportQuery)+"&mac=1")
	if len(got.Claims.Remote) != limit.ReportWord || len(got.Claims.Local) != limit.ReportWord || got.Claims.MAC != "" {
		t.Errorf("the limits do not hold: %d and %d bytes, %q", len(got.Claims.Remote), len(got.Claims.Local), got.Claims.MAC)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range [][2]string{{"/a/k/registered", "mac=1&remote=%2B4"}, {"/a", "%"}, {"//A//b//c", "remote=%ff&remote=$x"}, {"/a/é/\x00", "local=\xff"}, {"/a/k/k/k", "==&&"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		got := actionpath.Parse(path, query)
		if got.Problem != "" && got != (actionpath.Path{Problem: got.Problem}) {
			t.Fatalf("beside a problem there is %+v", got)
		}
		if got.Problem == "" && (got.Key == "" || got.Event == "" || len(got.Key) > limit.ReportKey || strings.Contains(got.Key+got.Event, "/") || !actionpath.Ours(path)) {
			t.Fatalf("%q is read as %+v", path, got)
		}
		c := got.Claims
		for _, w := range []string{c.MAC, c.Address, c.Account, c.Local, c.Remote} {
			if len(w) > limit.ReportWord || strings.HasPrefix(w, "$") || strings.ContainsFunc(w, func(r rune) bool { return r < ' ' || r == 0x7f }) || !utf8.ValidString(w) {
				t.Fatalf("a claim is %q", w)
			}
		}
	})
}
