package gswebclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"bellwether/internal/domain/onboard"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/secret"
	"bellwether/internal/protocol/gsweb"
	"bellwether/internal/vendors"
)

// session is a visit to one page.
type session struct {
	http  *http.Client
	idle  func()
	base  string // scheme, host and port
	user  string
	form  vendors.PageForm
	token string
	in    gsweb.Session // zero before the sign-in
}

var _ onboard.Page = (*session)(nil)

// SignIn shows the password, once. Whatever is no clear yes is a no.
func (s *session) SignIn(ctx context.Context, password secret.String) error {
	r := gsweb.SignInPlain(s.user, password.Reveal())
	if s.form == vendors.PageHashed {
		r = gsweb.SignIn(s.user, password.Reveal(), s.token)
	}
	a, err := s.do(ctx, r)
	if err != nil {
		return err
	}
	switch a.status {
	case http.StatusOK:
		s.in, err = gsweb.ReadSession(a.body)
	case http.StatusUnauthorized, http.StatusForbidden:
		err = gsweb.ErrRefused
	case http.StatusTooManyRequests:
		err = gsweb.ErrLocked
	default:
		err = gsweb.ErrForm
	}
	if errors.Is(err, gsweb.ErrRefused) {
		return fault.InvalidFields("the phone refused user and password", fault.Field{Path: "password", Message: "the phone's web page refused it"}).WithCode(onboard.WrongPassword)
	}
	if err == nil {
		s.bake()
	}
	return of(err)
}

// bake puts the session's id into the cookies under the names that pages look for
// it, beside those which they set.
func (s *session) bake() {
	page, err := url.Parse(s.base + "/")
	if err != nil {
		return
	}
	s.http.Jar.SetCookies(page, []*http.Cookie{{Name: "session-identity", Value: s.in.ID, Path: "/"}, {Name: "sid", Value: s.in.ID, Path: "/"}, {Name: "session-role", Value: "admin", Path: "/"}})
}

// MAC asks the page who the phone is, where its sign-in has not told it.
func (s *session) MAC(ctx context.Context) (mac.Address, error) {
	said := s.in.MAC
	if said == "" {
		values, err := s.Read(ctx, []string{gsweb.MACNumber})
		if err != nil {
			return "", err
		}
		said = values[gsweb.MACNumber].Reveal()
	}
	m, err := mac.Parse(said)
	if err != nil {
		return "", nil //nolint:nilerr // it tells none
	}
	return m, nil
}

// Numbers asks for the numbers of all settings. Older pages have no such list.
func (s *session) Numbers(ctx context.Context) (map[string]string, error) {
	if s.form == vendors.PagePlain {
		return map[string]string{}, nil
	}
	a, err := s.do(ctx, gsweb.Names(s.in))
	if err != nil {
		return nil, err
	}
	names, err := gsweb.ReadNames(a.body)
	if a.status != http.StatusOK || err != nil {
		return map[string]string{}, nil //nolint:nilerr // a firmware without it
	}
	return names, nil
}

// Read asks for settings, some at a time.
func (s *session) Read(ctx context.Context, numbers []string) (map[string]secret.String, error) {
	out := make(map[string]secret.String, len(numbers))
	get, most := gsweb.Get, gsweb.AtOnce
	if s.form == vendors.PagePlain {
		get, most = gsweb.GetPlain, gsweb.AtOncePlain
	}
	for part := range slices.Chunk(numbers, most) {
		a, err := s.do(ctx, get(s.in, part))
		if err != nil {
			return nil, err
		}
		if a.status != http.StatusOK {
			return nil, onboard.NoPage()
		}
		values, err := gsweb.Values(a.body)
		if err != nil {
			return nil, of(err)
		}
		for _, n := range part {
			if v, ok := values[n]; ok && !gsweb.Hidden(v) {
				out[n] = secret.NewString(v)
			}
		}
	}
	return out, nil
}

// Write sets settings in one request. Firmware that does not know the newer verb
// is asked with the older one.
func (s *session) Write(ctx context.Context, values map[string]secret.String) error {
	clear := make(map[string]string, len(values))
	for n, v := range values {
		clear[n] = v.Reveal()
	}
	r := gsweb.Put(s.in, clear)
	if s.form == vendors.PagePlain {
		r = gsweb.PutPlain(s.in, clear)
	}
	a, err := s.do(ctx, r)
	if err == nil && r.Method == http.MethodPut && (a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotImplemented) {
		r.Method = http.MethodPost
		a, err = s.do(ctx, r)
	}
	switch {
	case err != nil:
		return err
	case a.status != http.StatusOK && a.status != http.StatusNoContent:
		return onboard.NoPage()
	}
	return of(gsweb.Done(a.body))
}

// Restart restarts the phone. One that hangs up instead of an answer has heard it.
func (s *session) Restart(ctx context.Context) error {
	a, err := s.do(ctx, gsweb.Restart(s.in))
	s.in = gsweb.Session{}
	switch {
	case fault.CodeOf(err) == onboard.PageSilent && ctx.Err() == nil:
		return nil
	case err != nil:
		return err
	case a.status != http.StatusOK:
		return onboard.NoPage()
	}
	return of(gsweb.Done(a.body))
}

// Close signs out of a page that was not left by a restart.
func (s *session) Close(ctx context.Context) {
	if s.in.ID != "" {
		_, _ = s.do(ctx, gsweb.SignOut(s.in)) // the session ends by itself too
	}
	s.end()
}

func (s *session) end() { s.idle() }
