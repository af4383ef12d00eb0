package phone

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/icholy/digest"
)

// httpCarrier brings files by HTTP and HTTPS.
type httpCarrier struct {
	place  Place
	agent  string
	client *http.Client
}

func newHTTPCarrier(p *Phone, s Place, conf *tls.Config) *httpCarrier {
	return &httpCarrier{place: s, agent: p.cfg.Persona.Agent(p.device()), client: &http.Client{
		Transport: &http.Transport{
			DialContext:        p.reach,
			TLSClientConfig:    conf,
			DisableCompression: true, // phones send no Accept-Encoding
			MaxConnsPerHost:    1,
			TLSNextProto:       map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1
		},
		// No manual says that a redirect is followed, so it is not.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *httpCarrier) close() { c.client.CloseIdleConnections() }

// bring asks, and once more with credentials where the server wants them: by
// digest where it offers that, else by basic. Told to authenticate first, the phone
// sends basic credentials unasked.
func (c *httpCarrier) bring(ctx context.Context, w wanted) (brought, error) {
	unasked := func(r *http.Request) error { return c.basic(r) }
	if !c.place.Preempt || c.place.User == "" {
		unasked = func(*http.Request) error { return nil }
	}
	resp, err := c.send(ctx, w, unasked)
	if err != nil {
		return brought{}, err
	}
	if resp.StatusCode == http.StatusUnauthorized && c.place.User != "" {
		if answer := c.answer(resp.Header); answer != nil {
			drop(resp)
			if resp, err = c.send(ctx, w, answer); err != nil { //nolint:bodyclose // drop reads the rest and closes it
				return brought{}, err
			}
		}
	}
	defer drop(resp)
	out := brought{code: resp.StatusCode, text: resp.Status}
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusPartialContent:
		if out.from, err = startOf(resp.Header.Get("Content-Range")); err != nil || out.from != w.from {
			return out, errors.New("the server sent another part than was asked for")
		}
		out.code = http.StatusOK
	default:
		return out, nil
	}
	out.data, err = readBody(resp, w.most-out.from)
	return out, err
}

// answer is how a challenge is met; nil where it cannot be, or was already.
func (c *httpCarrier) answer(h http.Header) func(*http.Request) error {
	chal, err := digest.FindChallenge(h)
	if err == nil {
		return func(r *http.Request) error {
			made, err := digest.Digest(chal, digest.Options{Method: r.Method, URI: r.URL.RequestURI(), Username: c.place.User, Password: c.place.Password, Count: 1})
			if err == nil {
				r.Header.Set("Authorization", made.String())
			}
			return err
		}
	}
	for _, field := range h.Values("WWW-Authenticate") {
		if scheme, _, _ := strings.Cut(field, " "); strings.EqualFold(scheme, "Basic") && !c.place.Preempt {
			return c.basic
		}
	}
	return nil
}

func (c *httpCarrier) basic(r *http.Request) error {
	r.SetBasicAuth(c.place.User, c.place.Password)
	return nil
}

func (c *httpCarrier) send(ctx context.Context, w wanted, credentials func(*http.Request) error) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.target.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.agent)
	if w.from > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(w.from, 10)+"-")
	}
	if err := credentials(req); err != nil {
		return nil, err
	}
	return c.client.Do(req)
}

// startOf reads the beginning of "bytes 100-199/200".
func startOf(field string) (int64, error) {
	rest, ok := strings.CutPrefix(field, "bytes ")
	first, _, found := strings.Cut(rest, "-")
	if !ok || !found {
		return 0, fmt.Errorf("%q is no range", field)
	}
	return strconv.ParseInt(first, 10, 64)
}

// readBody reads what Content-Length promises. A phone with little memory wants
// to know before, so an answer without a length is refused.
func readBody(resp *http.Response, most int64) ([]byte, error) {
	switch n := resp.ContentLength; {
	case n < 0:
		return nil, errors.New("the answer has no Content-Length")
	case n > most:
		return nil, fmt.Errorf("the file has %d bytes, more than fit", n)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return data, fmt.Errorf("the file broke off after %d bytes", len(data))
	}
	return data, nil
}

// drop reads a little of what is left, so that the connection serves again.
func drop(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	_ = resp.Body.Close()
}
