// Package rps holds redirection profiles: where phones are sent for their
// configuration, by which protocol, with which credentials and around which file
// names. A profile belongs to a tenant and is assigned to organizations and to
// single devices; a device's own assignment beats that of its organization.
//
// A profile is a source with immutable versions, as a template is. Editing or
// assigning one changes no phone: that is a push (revision, Move.Redirection).
// Start at Service.
package rps

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/secret"
)

// Via is the protocol by which phones fetch.
type Via string

// The protocols, as phones' settings call them.
const (
	TFTP  Via = "TFTP"
	HTTP  Via = "HTTP"
	HTTPS Via = "HTTPS"
	FTP   Via = "FTP"
	FTPS  Via = "FTPS"
)

// Vias lists the protocols in the order of the forms.
func Vias() []Via { return []Via{TFTP, HTTP, HTTPS, FTP, FTPS} }

// web reports whether the protocol knows a challenge.
func (v Via) web() bool { return v == HTTP || v == HTTPS }

// Settings are what a profile tells phones. Path is host[:port][/path] without a
// scheme. Prefix and Postfix stand around the name of a configuration file.
type Settings struct {
	Via       Via
	Path      string
	User      string
	Password  secret.Ref // "" for none
	AuthFirst bool       // send the credentials before the server asks; HTTP and HTTPS
	Prefix    string
	Postfix   string
}

// URL is the address of the folder that phones are sent to.
func (s Settings) URL() string { return strings.ToLower(string(s.Via)) + "://" + s.Path }

// Profile is a redirection profile with its latest settings.
type Profile struct {
	Settings
	ID, TenantID string
	Name         string
	Number       int // of the latest settings, from 1
	Orgs         int // organizations of the scope that it is assigned to
	Devices      int // devices of the scope that it is assigned to by themselves
	CreatedAt    time.Time
	UpdatedAt    time.Time
	DeletedAt    time.Time // zero while it is there
	Pending      int       // number of the version whose delivery has begun and is not all pushed, 0 for none
	Version      int64     // of this record, for concurrent edits
}

// Version is one immutable state of a profile.
type Version struct {
	Settings
	ProfileID string
	Number    int
	Name      string // as the profile was called then
	Author    string
	At        time.Time
}

// Assignment associates an organization or one device of it with a profile.
type Assignment struct {
	ID, OrgID, ProfileID string
	Profile              string // its name
	Deleted              bool   // the profile is gone
	DeviceID             string // "" for the organization itself
	Author               string
	At                   time.Time
	EndedAt              time.Time // zero while it holds
	EndedBy              string
}

// Input makes or changes a profile; nil leaves a field as it is.
type Input struct {
	Name, Via, Path, User *string
	Password              *secret.String // empty: none any more
	AuthFirst             *bool
	Prefix, Postfix       *string
}

// ParsePath reads where phones are to look: host[:port][/path], with one of the
// five protocols before it or none. via is "" where none is said. It fails with
// fault.Invalid and a sentence for the one who typed it.
func ParsePath(text string) (via Via, path string, err error) {
	path = strings.TrimSpace(text)
	if len(path) > limit.ServerPath {
		return "", "", fault.New(fault.Invalid, "at most %d bytes", limit.ServerPath)
	}
	if scheme, rest, ok := strings.Cut(path, "://"); ok {
		via, path = Via(strings.ToUpper(scheme)), rest
		if !slices.Contains(Vias(), via) {
			return "", "", fault.New(fault.Invalid, "%.20q is none of TFTP, HTTP, HTTPS, FTP, FTPS; write the path without it", scheme)
		}
	}
	if path == "" {
		return "", "", fault.New(fault.Invalid, "write the server's IP address or name, with the path after it")
	}
	host, rest, _ := strings.Cut(path, "/")
	if strings.Contains(host, "@") {
		return "", "", fault.New(fault.Invalid, "user name and password have fields of their own")
	}
	if strings.ContainsAny(rest, "?#") {
		return "", "", fault.New(fault.Invalid, "a path has no question mark and no number sign")
	}
	if _, err := url.PathUnescape(rest); err != nil {
		return "", "", fault.New(fault.Invalid, "a percent sign in a path begins two hexadecimal digits")
	}
	if path, err = (param.Parameter{Type: param.Path}).Normalize(path); err != nil {
		return "", "", err
	}
	return via, path, nil
}

// apply puts the input on the profile and checks the whole.
func (p *Profile) apply(in Input) error {
	var wrong []fault.Field
	bad := func(path, message string) { wrong = append(wrong, fault.Field{Path: path, Message: message}) }
	set := func(to *string, from *string) {
		if from != nil {
			*to = strings.TrimSpace(*from)
		}
	}
	set(&p.Name, in.Name)
	set(&p.User, in.User)
	set(&p.Prefix, in.Prefix)
	set(&p.Postfix, in.Postfix)
	if in.AuthFirst != nil {
		p.AuthFirst = *in.AuthFirst
	}
	if n := utf8.RuneCountInString(p.Name); n == 0 || n > limit.Name || !plain(p.Name) {
		bad("name", "1 to 64 characters, none of them a control character")
	}
	if in.Path != nil {
		via, path, err := ParsePath(*in.Path)
		switch {
		case err != nil:
			bad("config_server_path", fault.Message(err))
		case via != "" && in.Via != nil && !strings.EqualFold(*in.Via, string(via)):
			bad("config_server_path", "the path says "+string(via)+" and the protocol "+strings.ToUpper(*in.Via)+"; write the path without a scheme")
		default:
			p.Path = path
			if via != "" {
				p.Via = via
			}
		}
	}
	if in.Via != nil {
		p.Via = Via(strings.ToUpper(strings.TrimSpace(*in.Via)))
	}
	if !slices.Contains(Vias(), p.Via) {
		bad("upgrade_via", "one of TFTP, HTTP, HTTPS, FTP, FTPS")
	}
	if p.Path == "" && in.Path == nil {
		bad("config_server_path", "write the server's IP address or name, with the path after it")
	}
	return p.checkRest(in, wrong)
}

func (p *Profile) checkRest(in Input, wrong []fault.Field) error {
	bad := func(path, message string) { wrong = append(wrong, fault.Field{Path: path, Message: message}) }
	if utf8.RuneCountInString(p.User) > limit.Login || !plain(p.User) || strings.Contains(p.User, ":") {
		bad("username", "at most 64 characters, no colon and no control character (RFC 7617 §2)")
	}
	if in.Password != nil && in.Password.Len() > limit.PasswordMax {
		bad("password", "at most 256 bytes")
	}
	if p.AuthFirst && !p.Via.web() {
		bad("authenticate_first", "only HTTP and HTTPS know a challenge")
	}
	for path, s := range map[string]string{"prefix": p.Prefix, "postfix": p.Postfix} {
		if !isAffix(s) {
			bad(path, "at most 32 of A-Z, a-z, 0-9, dot, hyphen and underscore: it is part of a file's name")
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
		return fault.InvalidFields("redirection profile is not valid", wrong...)
	}
	return nil
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 })
}

// isAffix reports whether s may stand before or after a file's name.
func isAffix(s string) bool {
	return len(s) <= limit.FileAffix && !strings.Contains(s, "..") && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	})
}

// view is the profile as the audit log and people may see it.
func (p Profile) view() map[string]any {
	return map[string]any{"name": p.Name, "upgrade_via": string(p.Via), "config_server_path": p.Path, "username": p.User, "password": p.Password != "",
		"password_version": p.Password.Version(), "authenticate_first": p.AuthFirst, "prefix": p.Prefix, "postfix": p.Postfix, "number": p.Number}
}
