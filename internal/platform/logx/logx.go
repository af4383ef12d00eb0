// Package logx sets up the program's log. Each event is one line, whatever a
// stranger put into it, and shows no secret, whoever forgot to hide it.
//
// The guard is the second wall: the first is secret.String, which never prints.
package logx

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
)

// The formats.
const (
	Text = "text" // key=value, for people
	JSON = "json" // one object a line, for machines
)

// maxValue is how many bytes of one value are written.
const maxValue = 8 << 10

// New returns a logger that writes to w: level is debug, info, warn or error. It
// fails with fault.Invalid for another format or level.
func New(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	switch level {
	case "debug", "info", "warn", "error":
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return nil, err
		}
	default:
		return nil, fault.New(fault.Invalid, "%q is no log level: debug, info, warn or error", level)
	}
	o := &slog.HandlerOptions{Level: l, ReplaceAttr: guard}
	switch format {
	case Text:
		return slog.New(slog.NewTextHandler(w, o)), nil
	case JSON:
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, fault.New(fault.Invalid, "%q is no log format: text or json", format)
}

// guard cleans one attribute, the message included.
func guard(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	if hidden(a.Key) && !a.Equal(slog.Attr{}) && a.Value.String() != "" {
		return slog.String(a.Key, "***")
	}
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Clean(a.Value.String()))
	case slog.KindAny:
		a.Value = cleanAny(a.Value.Any())
	}
	return a
}

// hidden reports whether a key by its last word names a secret.
func hidden(key string) bool {
	last := strings.ToLower(key[strings.LastIndexAny(key, "_.-")+1:])
	switch last {
	case "password", "passwd", "passphrase", "secret", "token", "authorization", "cookie", "credential", "credentials":
		return true
	case "key":
		k := strings.ToLower(key)
		return strings.Contains(k, "api") || strings.Contains(k, "private") || strings.Contains(k, "root")
	}
	return false
}

func cleanAny(v any) slog.Value {
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(nil)
	case []string:
		list := make([]string, len(v))
		for i, s := range v {
			list[i] = Clean(s)
		}
		return slog.AnyValue(list)
	case []byte:
		return slog.StringValue(Clean(string(v)))
	case error:
		return slog.StringValue(Clean(v.Error()))
	case fmt.Stringer:
		return slog.StringValue(Clean(v.String()))
	}
	return slog.StringValue(Clean(fmt.Sprintf("%+v", v)))
}

var (
	// pathToken is the token in /p/<token>/…, see interface.md.
	pathToken = regexp.MustCompile(`/p/[^/\s"']{8,}`)
	// setupToken is the token in /setup/<token>.
	setupToken = regexp.MustCompile(`/setup/[^/\s"']{8,}`)
	// bearer is what an Authorization field holds.
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic|digest)\s+[A-Za-z0-9+/=_.~-]{8,}`)
	// userinfo is the password in scheme://user:password@host.
	userinfo = regexp.MustCompile(`(://[^/\s:@]*):[^/\s@]+@`)
)

// Clean returns s fit for one line of a log: without control characters, line
// breaks and characters that turn the reading direction, without the secrets
// that can be told by their form, and cut where it is very long.
func Clean(s string) string {
	if len(s) > maxValue {
		s = strings.ToValidUTF8(s[:maxValue], "") + "…"
	}
	if strings.Contains(s, "/") || strings.Contains(s, " ") {
		s = pathToken.ReplaceAllString(s, "/p/***")
		s = setupToken.ReplaceAllString(s, "/setup/***")
		s = bearer.ReplaceAllString(s, "$1 ***")
		s = userinfo.ReplaceAllString(s, "$1:***@")
	}
	if strings.IndexFunc(s, unsafe) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unsafe(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafe reports whether a character breaks lines or moves or hides text:
// everything that does not print, except the plain space.
func unsafe(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }
