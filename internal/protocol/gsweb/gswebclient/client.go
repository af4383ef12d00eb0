package gswebclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"strconv"
	"strings"

	"bellwether/internal/domain/onboard"
	"bellwether/internal/platform/dial"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/gsweb"
	"bellwether/internal/vendors"
)

// Client reaches pages. New makes one.
type Client struct{ net Network }

var _ onboard.Pages = (*Client)(nil)

// New returns a client that dials through a network.
func New(n Network) *Client { return &Client{n} }

// Reach finds a phone's page and which form it has: over TLS, and over clear HTTP
// only where the call allows that.
func (c *Client) Reach(ctx context.Context, call onboard.Call) (onboard.Page, error) {
	secure, clear := call.Port, call.Port
	if call.Port == 0 {
		secure, clear = 443, 80
	}
	s, err := c.open(ctx, call, "https", secure)
	if code := fault.CodeOf(err); code == onboard.PageSilent || code == onboard.PageUnknown {
		s, err = c.inClear(ctx, call, clear, err)
	}
	if err != nil {
		return nil, err
	}
	if err := s.choose(ctx, call); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// inClear looks for the page without TLS, after TLS came to nothing.
func (c *Client) inClear(ctx context.Context, call onboard.Call, port int, before error) (*session, error) {
	s, err := c.open(ctx, call, "http", port)
	switch {
	case fault.CodeOf(err) == onboard.PageSilent || fault.CodeOf(err) == onboard.PageUnknown:
		return nil, before
	case err != nil:
		return nil, err
	case !call.Clear:
		s.end()
		return nil, fault.New(fault.Conflict, "the phone's web page is there without encryption alone: others on the network could read the password").WithCode(onboard.ClearOnly)
	}
	return s, nil
}

// open sees whether a page is there, and whether it takes passwords now.
func (c *Client) open(ctx context.Context, call onboard.Call, scheme string, port int) (*session, error) {
	tr := dial.Transport(c.net)
	tr.ForceAttemptHTTP2, tr.MaxResponseHeaderBytes = false, limit.PageHeader
	var first []byte                                                                         // the certificate that the phone showed first
	tr.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, //nolint:gosec // phones sign for themselves, and old ones know no newer version
		VerifyConnection: func(cs tls.ConnectionState) error {
			if first == nil {
				first = cs.PeerCertificates[0].Raw
			}
			if !bytes.Equal(first, cs.PeerCertificates[0].Raw) {
				return errors.New("another certificate than before")
			}
			return nil
		}}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	s := &session{user: call.User, base: scheme + "://" + host(call.Address, port, scheme), form: call.Form, idle: tr.CloseIdleConnections,
		http: &http.Client{Transport: tr, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	a, err := s.do(ctx, gsweb.Lockout())
	if err == nil && a.status == http.StatusBadRequest && scheme == "https" {
		err = onboard.NoPage() // TLS in front of something else
	}
	if err == nil && a.status == http.StatusOK && gsweb.Locked(a.body) {
		err = locked()
	}
	if err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// host is the host of a page as browsers write it: the usual port stands for itself.
func host(a netip.Addr, port int, scheme string) string {
	name := a.String()
	if a.Is6() {
		name = "[" + name + "]"
	}
	if scheme == "https" && port == 443 || scheme == "http" && port == 80 {
		return name
	}
	return net.JoinHostPort(a.String(), strconv.Itoa(port))
}

// answer is one answer, whole.
type answer struct {
	status int
	body   []byte
}

// do asks one thing. Every request says that it comes from the page itself: others
// are refused.
func (s *session) do(ctx context.Context, r gsweb.Request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit.PageTime)
	defer cancel()
	address := s.base + r.Path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address, strings.NewReader(r.Body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Origin", s.base)
	req.Header.Set("Referer", s.base+"/")
	if r.Kind != "" {
		req.Header.Set("Content-Type", r.Kind)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return answer{}, silent(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit.PageBytes+1))
	switch {
	case err != nil:
		return answer{}, silent(err)
	case len(b) > limit.PageBytes:
		return answer{}, onboard.NoPage()
	}
	return answer{resp.StatusCode, b}, nil
}

// silent tells why no answer came, without the address, which may hold a session's
// id.
func silent(err error) error {
	if fault.Is(err, fault.Denied) {
		return fault.New(fault.Denied, "this address may not be called").WithCode("denied")
	}
	return fault.New(fault.Unavailable, "the phone does not answer at its web page").WithCode(onboard.PageSilent)
}

func locked() error {
	return fault.New(fault.Conflict, "the phone takes no password at its web page for a while, after too many wrong ones: try again later").WithCode(onboard.PageLocked)
}

// of makes of a codec's error one for people.
func of(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gsweb.ErrLocked):
		return locked()
	case errors.Is(err, gsweb.ErrRefused):
		return fault.New(fault.Conflict, "the phone's web page refused what it was asked").WithCode(onboard.PageUnknown)
	case errors.Is(err, gsweb.ErrForm):
		return onboard.NoPage()
	}
	return err
}

// choose finds out which form the page has, where that is not known, and takes a
// token for the sign-in. A page of the newer kind is never shown the password
// itself, whatever it answers.
func (s *session) choose(ctx context.Context, call onboard.Call) error {
	if call.Form == vendors.PagePlain {
		return nil
	}
	a, err := s.do(ctx, gsweb.Access(call.User))
	if err != nil {
		return err
	}
	switch {
	case a.status == http.StatusOK:
		s.token, err = gsweb.Token(a.body)
		if errors.Is(err, gsweb.ErrRefused) {
			return fault.InvalidFields("the phone does not know this user", fault.Field{Path: "user", Message: "the phone's web page does not know it"}).WithCode(onboard.WrongPassword)
		}
		s.form = vendors.PageHashed
		return of(err)
	case call.Form == vendors.PageEither && (a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotImplemented):
		s.form = vendors.PagePlain
		return nil
	}
	return fmt.Errorf("sign in: %w", onboard.NoPage())
}
