// Package actionpath reads the address that a phone requests when something
// happens on it: /a/<key>/<event>, with what the phone says of itself in the query.
// The key alone says who it is; the rest are claims, and may be anything: a phone
// that does not know a variable leaves its name there, and one that writes a
// number as it stands writes characters that do not belong into an address.
package actionpath

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/limit"
)

// Folder is the first part of such a path.
const Folder = "a"

// The names of the claims in the query.
const (
	MAC     = "mac"
	Address = "ip"
	Account = "account" // number or user
	Local   = "local"
	Remote  = "remote"
)

// Path is what was read.
type Path struct {
	Key   string // as it came
	Event string // in lower case
	// Problem is why it is no address of ours, in words; "" where it is one. Beside
	// it there are neither Key nor Event.
	Problem string
	Claims  Claims
}

// Claims are what the phone says of itself. "" is what it did not say.
type Claims struct{ MAC, Address, Account, Local, Remote string }

// deepest is how many parts the path of an event has.
const deepest = 3

// Ours reports whether a path is to be read here: one in the folder that is no deeper
// than an event's.
func Ours(path string) bool {
	path = strings.TrimLeft(path, "/")
	inside := strings.EqualFold(path, Folder) || len(path) > 1 && strings.EqualFold(path[:2], Folder+"/")
	return inside && len(parts(path)) <= deepest
}

// parts are those of a path; doubled slashes count once, as on the file doors.
func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// Parse reads a path that was decoded once and a query as it came.
func Parse(path, query string) Path {
	parts := parts(path)
	switch {
	case len(path) > limit.PathBytes:
		return Path{Problem: "the path is too long"}
	case len(parts) != deepest || !strings.EqualFold(parts[0], Folder):
		return Path{Problem: "the path does not consist of a key and an event"}
	case len(parts[1]) > limit.ReportKey || len(parts[2]) > limit.ReportWord:
		return Path{Problem: "the key or the event is too long"}
	}
	return Path{Key: parts[1], Event: strings.ToLower(parts[2]), Claims: claims(query)}
}

// claims reads the query leniently: what cannot be decoded stands as it came. Of two
// claims of one name the first counts.
func claims(query string) (c Claims) {
	if len(query) > limit.ReportQuery {
		query = query[:limit.ReportQuery]
	}
	into := map[string]*string{MAC: &c.MAC, Address: &c.Address, Account: &c.Account, Local: &c.Local, Remote: &c.Remote}
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if to := into[name]; to != nil && *to == "" {
			*to = word(value)
		}
	}
	return c
}

// word is a claim's text, "" for a variable that was left as it is.
func word(raw string) string {
	text, err := url.QueryUnescape(raw)
	if err != nil {
		text = raw
	}
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, text))
	if len(text) > limit.ReportWord {
		text = strings.ToValidUTF8(text[:limit.ReportWord], "")
	}
	if strings.HasPrefix(text, "$") {
		return ""
	}
	return text
}
