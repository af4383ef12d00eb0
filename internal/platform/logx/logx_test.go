package logx_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/logx"
	"bellwether/internal/platform/secret"
)

func log(t *testing.T, format string, write func(*slog.Logger)) string {
	t.Helper()
	var out bytes.Buffer
	l, err := logx.New(&out, format, "info")
	if err != nil {
		t.Fatal(err)
	}
	write(l)
	return out.String()
}

func TestNew_one_event_one_line(t *testing.T) {
	t.Parallel()
	evil := "a\nlevel=ERROR msg=forged\r\x1b[31m\u202Etxt\u2028\u200B\x85\xff end"
	for _, format := range []string{logx.Text, logx.JSON} {
		out := log(t, format, func(l *slog.Logger) {
			l.Info("served "+evil, "name", evil, "err", errors.New(evil), "list", []string{evil}, "any", struct{ S string }{evil},
				"bytes", []byte(evil), slog.Group("g", "inner", evil))
			l.With("agent", evil).WithGroup("h").Debug("not shown")
		})
		if strings.Count(out, "\n") != 1 || !strings.HasSuffix(out, "\n") {
			t.Errorf("%s: not one line: %q", format, out)
		}
		for _, bad := range []string{"\x1b", "\r", "\u202E", "\u2028", "\u200B", "\x85", "\xff"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s: %q came through: %q", format, bad, out)
			}
		}
		if !strings.Contains(out, "u202e") {
			t.Errorf("%s: what was there is not told: %q", format, out)
		}
	}
}

func TestNew_hides_secrets(t *testing.T) {
	t.Parallel()
	const canary = "c4naryc4naryc4nary"
	for _, format := range []string{logx.Text, logx.JSON} {
		out := log(t, format, func(l *slog.Logger) {
			l.Info("x", "password", canary, "sip_password", canary, "Authorization", canary, "api_key", canary, "root.key", []byte(canary),
				"value", secret.NewString(canary), "nested", struct{ S secret.String }{secret.NewString(canary)},
				"path", "GET /p/"+canary+"/cfg00005e005301.xml", "link", "https://x.example.org/setup/"+canary,
				"err", errors.New("dial postgres://bw:"+canary+"@db.example.org/bw: refused"), "head", "Authorization: Bearer "+canary)
			l.With("token", canary).Info("Basic " + canary)
			l.WithGroup("g").Info("x", slog.Group("h", "secret", canary))
		})
		if strings.Contains(out, canary) {
			t.Errorf("%s: a secret came through: %s", format, out)
		}
		for _, kept := range []string{"cfg00005e005301.xml", "db.example.org", "refused"} {
			if !strings.Contains(out, kept) {
				t.Errorf("%s: %q is gone: %s", format, kept, out)
			}
		}
	}
}

func TestNew_keeps_what_is_plain(t *testing.T) {
	t.Parallel()
	out := log(t, logx.JSON, func(l *slog.Logger) {
		l.Warn("config served", "mac", "00005e005301", "bytes", 12, "token_state", "used", "name", "Empfang Süd 受付", "ids", []string{"a", "b"}, "password", "")
	})
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"level": "WARN", "msg": "config served", "mac": "00005e005301", "bytes": 12.0, "token_state": "used", "name": "Empfang Süd 受付", "password": ""} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
	if l, _ := got["ids"].([]any); len(l) != 2 {
		t.Errorf("ids = %v", got["ids"])
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	for _, in := range [][2]string{{"xml", "info"}, {"text", "loud"}, {"", ""}} {
		if _, err := logx.New(&bytes.Buffer{}, in[0], in[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("New(%v) = %v, want Invalid", in, err)
		}
	}
}

func TestClean_long(t *testing.T) {
	t.Parallel()
	if got := logx.Clean(strings.Repeat("ü", 10_000)); len(got) > 9000 || !strings.HasSuffix(got, "ü…") {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-8:])
	}
}
