package gsweb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"bellwether/internal/platform/limit"
)

// answer is what the answers have in common. Body is a text, an object, a list or
// a text that holds one of them.
type answer struct {
	Response string          `json:"response"`
	Body     json.RawMessage `json:"body"`
	Configs  json.RawMessage `json:"configs"`
	SID      string          `json:"sid"`
}

func read(b []byte) (a answer, err error) {
	if len(b) > limit.PageBytes || json.Unmarshal(b, &a) != nil {
		return answer{}, ErrForm
	}
	if inner := ""; json.Unmarshal(a.Body, &inner) == nil && strings.HasPrefix(strings.TrimSpace(inner), "{") && json.Valid([]byte(inner)) {
		a.Body = json.RawMessage(inner)
	}
	switch strings.ToLower(a.Response) {
	case "success":
		return a, nil
	case "": // only where there is something else to read
		if a.Configs != nil || a.SID != "" {
			return a, nil
		}
		return answer{}, ErrForm
	}
	if strings.Contains(strings.ToLower(string(a.Body)), "lock") {
		return answer{}, ErrLocked
	}
	return answer{}, ErrRefused
}

// Locked reports whether the answer to Lockout says that the page takes no
// password now. What it does not understand says nothing.
func Locked(b []byte) bool {
	var a struct {
		Response, Body, Result any
	}
	var word string
	if json.Unmarshal(b, &a) != nil {
		word = string(b[:min(len(b), longest)])
		return strings.EqualFold(strings.TrimSpace(word), "lockout")
	}
	for _, v := range []any{a.Response, a.Body, a.Result} {
		if s, ok := v.(string); ok && strings.EqualFold(s, "lockout") {
			return true
		}
	}
	return false
}

// Token reads the answer to Access.
func Token(b []byte) (string, error) {
	a, err := read(b)
	if err != nil {
		return "", err
	}
	var token string
	if json.Unmarshal(a.Body, &token) != nil || !plain(token, longest) {
		return "", ErrForm
	}
	return token, nil
}

// ReadSession reads the answer to a sign-in. ErrRefused is a wrong name or
// password.
func ReadSession(b []byte) (Session, error) {
	a, err := read(b)
	if err != nil {
		return Session{}, err
	}
	in := struct {
		SID any `json:"sid"`
		MAC any `json:"mac"`
	}{}
	if json.Unmarshal(a.Body, &in) != nil {
		var id string
		if json.Unmarshal(a.Body, &id) == nil {
			in.SID = id
		}
	}
	s := Session{ID: a.SID}
	if id, ok := in.SID.(string); ok && id != "" {
		s.ID = id
	}
	if m, ok := in.MAC.(string); ok && plain(m, 32) {
		s.MAC = m
	}
	if !word(s.ID) {
		return Session{}, ErrForm
	}
	return s, nil
}

// Done reads the answer to a request that sets something. An empty one, which some
// firmware gives, is none that says no.
func Done(b []byte) error {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	_, err := read(b)
	return err
}

// Values reads settings by number, in either form. What is no single value, and
// what is too long, is left out.
func Values(b []byte) (map[string]string, error) {
	a, err := read(b)
	if err != nil {
		return nil, err
	}
	raw := a.Body
	if a.Configs != nil {
		raw = a.Configs
	}
	out := map[string]string{}
	var list []map[string]any
	if json.Unmarshal(raw, &list) == nil {
		for _, item := range list {
			for _, field := range []string{"pvalue", "id", "name"} {
				if n, ok := item[field].(string); ok && n != "" {
					take(out, n, item["value"])
					break
				}
			}
		}
		return out, nil
	}
	var object map[string]any
	if json.Unmarshal(raw, &object) != nil {
		return nil, ErrForm
	}
	for n, v := range object {
		take(out, n, v)
	}
	return out, nil
}

func take(out map[string]string, name string, v any) {
	n, ok := number(name)
	if !ok || len(out) >= limit.PageValues {
		return
	}
	switch v := v.(type) {
	case nil:
		out[n] = ""
	case string:
		if len(v) <= limit.PageValue {
			out[n] = v
		}
	case float64:
		out[n] = fmt.Sprint(v)
	}
}

// ReadNames reads the answer to Names: numbers by name.
func ReadNames(b []byte) (map[string]string, error) {
	var list []struct {
		PValue any `json:"pvalue"`
		Alias  any `json:"alias"`
	}
	if len(b) > limit.PageBytes {
		return nil, ErrForm
	}
	if json.Unmarshal(b, &list) != nil {
		a, err := read(b)
		if err != nil {
			return nil, err
		}
		raw := a.Body
		if a.Configs != nil {
			raw = a.Configs
		}
		if json.Unmarshal(raw, &list) != nil {
			return nil, ErrForm
		}
	}
	out := map[string]string{}
	for _, item := range list {
		name, named := item.Alias.(string)
		n, ok := number(fmt.Sprint(item.PValue))
		if ok && named && plain(name, limit.KeyBytes) && len(out) < limit.PageValues {
			out[name] = n
		}
	}
	return out, nil
}

// Hidden reports whether a value is a page's way not to show it.
func Hidden(v string) bool { return v != "" && strings.Trim(v, "*•●") == "" }

// number reads "237" and "P237".
func number(s string) (string, bool) {
	s = strings.TrimPrefix(s, "P")
	return s, s != "" && len(s) <= 8 && strings.Trim(s, "0123456789") == ""
}

// plain reports whether a text is short, not empty, and nothing but visible ASCII.
func plain(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// word reports whether a session's id may stand in a cookie and in an address.
func word(s string) bool {
	return plain(s, longest) && !strings.ContainsAny(s, `";,\&=?#%/+`)
}
