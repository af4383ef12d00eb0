package gsweb

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Lockout asks whether the page takes passwords at present. Not every firmware
// knows it.
func Lockout() Request { return Request{Method: "GET", Path: "/cgi-bin/api-get_lockout"} }

// Access asks for the token of a sign-in, by the newer form.
func Access(user string) Request {
	return post("/cgi-bin/access", url.Values{"access": {hash(user)}})
}

// SignIn signs in by the newer form with the token of Access.
func SignIn(user, password, token string) Request {
	return post("/cgi-bin/dologin", url.Values{"username": {user}, "password": {hash(password + token)}})
}

// SignInPlain signs in by the older form. Its firmwares read the password under
// one name or the other.
func SignInPlain(user, password string) Request {
	return post("/cgi-bin/dologin", url.Values{"username": {user}, "password": {password}, "P2": {password}})
}

// Names asks which number each name of a setting has.
func Names(s Session) Request {
	return Request{Method: "GET", Path: "/cgi-bin/metaconfig_get", Query: url.Values{"sid": {s.ID}}}
}

// Get asks for settings by number.
func Get(s Session, numbers []string) Request {
	return Request{Method: "GET", Path: "/cgi-bin/config_get", Query: url.Values{"pvalues": {strings.Join(numbers, ",")}, "sid": {s.ID}}}
}

// GetPlain is Get in the older form.
func GetPlain(s Session, numbers []string) Request {
	return post("/cgi-bin/api.values.get", url.Values{"request": {"P" + strings.Join(numbers, ":P")}, "sid": {s.ID}})
}

// Put sets settings by number.
func Put(s Session, values map[string]string) Request {
	b, _ := json.Marshal(struct {
		Alias  map[string]string `json:"alias"`
		PValue map[string]string `json:"pvalue"`
	}{map[string]string{}, values}) //nolint:errchkjson // texts alone
	return Request{Method: "PUT", Path: "/cgi-bin/config_update", Query: url.Values{"sid": {s.ID}}, Kind: jsonKind, Body: string(b)}
}

// PutPlain is Put in the older form.
func PutPlain(s Session, values map[string]string) Request {
	v := url.Values{"sid": {s.ID}}
	for _, n := range slices.Sorted(maps.Keys(values)) {
		v.Set("P"+n, values[n])
	}
	return post("/cgi-bin/api.values.post", v)
}

// Restart restarts the phone.
func Restart(s Session) Request {
	return post("/cgi-bin/api-sys_operation", url.Values{"request": {"REBOOT"}, "sid": {s.ID}})
}

// SignOut ends a session.
func SignOut(s Session) Request { return post("/cgi-bin/dologout", url.Values{"sid": {s.ID}}) }

func post(path string, v url.Values) Request {
	return Request{Method: "POST", Path: path, Kind: form, Body: v.Encode()}
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
