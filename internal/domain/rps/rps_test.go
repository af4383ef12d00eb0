package rps_test

import (
	"strings"
	"testing"

	"bellwether/internal/domain/rps"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		via  rps.Via
		path string
	}{
		"fm.example.org/gs":          {"", "fm.example.org/gs"},
		" fm.example.org ":           {"", "fm.example.org"},
		"192.0.2.7:8443/a/b/":        {"", "192.0.2.7:8443/a/b/"},
		"[2001:db8::1]:8443/gs":      {"", "[2001:db8::1]:8443/gs"},
		"https://fm.example.org/gs":  {rps.HTTPS, "fm.example.org/gs"},
		"TFTP://192.0.2.7":           {rps.TFTP, "192.0.2.7"},
		"ftps://fm.example.org/%20a": {rps.FTPS, "fm.example.org/%20a"},
	} {
		via, path, err := rps.ParsePath(in)
		if err != nil || via != want.via || path != want.path {
			t.Errorf("%q: %q %q %v", in, via, path, err)
		}
	}
	for in, word := range map[string]string{
		"": "write the server", "https://": "write the server", "gopher://fm.example.org": "none of TFTP", "user:pw@fm.example.org/gs": "fields of their own",
		"fm.example.org/gs?x=1": "question mark", "fm.example.org/gs#x": "number sign", "fm.example.org/%zz": "percent sign", "fm example org": "host",
		"fm.example.org:0/gs": "port", "fm.example.org/a b": "characters", "http://https://x": "scheme", "fm.example.org/\x00": "control", strings.Repeat("a", limit.ServerPath+1): "at most",
	} {
		if _, _, err := rps.ParsePath(in); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v, want a sentence with %q", in, err, word)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"fm.example.org/gs", "https://fm.example.org:8443/gs/", "[2001:db8::1]/x", "tftp://192.0.2.1", "a@b", "://", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		via, path, err := rps.ParsePath(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) || fault.Message(err) == "" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if strings.Contains(path, "://") || strings.ContainsAny(path, "@ \r\n?#") && !strings.Contains(path, "/") || len(path) > limit.ServerPath {
			t.Fatalf("%q gave %q", s, path)
		}
		text := path
		if via != "" {
			text = string(via) + "://" + path
		}
		if v, p, err := rps.ParsePath(text); err != nil || v != via || p != path {
			t.Fatalf("%q reads as %q %q, and again as %q %q: %v", s, via, path, v, p, err)
		}
	})
}
