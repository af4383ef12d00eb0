package phone

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"bellwether/internal/platform/limit"
)

// patience is how long one request may take, from dialling to the last byte.
const patience = 30 * time.Second

// session is the connection of one round.
type session struct {
	phone  *Phone
	plan   Plan
	client *http.Client
}

// open prepares a round's connection; it dials with the first request.
func (p *Phone) open(plan Plan) (*session, error) {
	conf, err := p.tlsConfig(plan.Trust)
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		DialContext:        p.reach,
		TLSClientConfig:    conf,
		DisableCompression: true, // phones send no Accept-Encoding
		MaxConnsPerHost:    1,
		TLSNextProto:       map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1
	}
	return &session{phone: p, plan: plan, client: &http.Client{
		Transport: t,
		Timeout:   patience,
		// No manual says that a redirect is followed, so it is not.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close ends the round's connection.
func (s *session) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// tlsConfig is how the phone judges the server, by what it has stored.
func (p *Phone) tlsConfig(t Trust) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.cfg.TLS != nil {
		conf = p.cfg.TLS.Clone()
	}
	conf.Time = p.now
	if t.MinTLS != 0 {
		conf.MinVersion = t.MinTLS
	}
	conf.MaxVersion = t.MaxTLS
	if own := p.services().Own; own != nil {
		conf.Certificates = []tls.Certificate{*own}
	}
	roots := x509.NewCertPool()
	if t.Factory && conf.RootCAs != nil {
		roots = conf.RootCAs.Clone()
	}
	if t.Roots != "" && !roots.AppendCertsFromPEM([]byte(t.Roots)) {
		return nil, errors.New("the stored CA certificates cannot be read")
	}
	conf.RootCAs = roots
	if t.Validate && t.Hostname {
		return conf, nil
	}
	conf.InsecureSkipVerify = true //nolint:gosec // as phones do unless told otherwise
	if t.Validate {
		conf.VerifyConnection = func(cs tls.ConnectionState) error { return verifyChain(cs, roots, conf.Time()) }
	}
	return conf, nil
}

// verifyChain checks the certificate without the name in it.
func verifyChain(cs tls.ConnectionState, roots *x509.CertPool, now time.Time) error {
	between := x509.NewCertPool()
	for _, c := range cs.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now})
	return err
}

// get asks for one file. What went wrong stands in the Fetch; the data count
// only where its Code is 200 and its Err is empty.
func (s *session) get(ctx context.Context, name string, reason Reason) (Fetch, []byte) {
	target := s.plan.Folder.JoinPath(url.PathEscape(name))
	f := Fetch{At: s.phone.cfg.Clock.Now(), Reason: reason, URL: target.Redacted(), Name: name}
	resp, err := s.send(ctx, target, s.plan.Preempt)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && s.plan.User != "" && !s.plan.Preempt {
		drop(resp)
		resp, err = s.send(ctx, target, true) //nolint:bodyclose // drop reads the rest and closes it
	}
	if err != nil {
		f.Err = plainError(err)
		return f, nil
	}
	defer drop(resp)
	f.Code = resp.StatusCode
	if f.Code != http.StatusOK {
		if f.Code != http.StatusNotFound {
			f.Err = fmt.Sprintf("the server answered %s", resp.Status)
		}
		return f, nil
	}
	data, err := readBody(resp)
	f.Bytes = len(data)
	if err != nil {
		f.Err = err.Error()
	}
	return f, data
}

func (s *session) send(ctx context.Context, target *url.URL, credentials bool) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", s.phone.cfg.Persona.Agent(s.phone.dev))
	if credentials && s.plan.User != "" {
		req.SetBasicAuth(s.plan.User, s.plan.Password)
	}
	return s.client.Do(req)
}

// readBody reads what Content-Length promises. A phone with little memory wants
// to know before, so an answer without a length is refused.
func readBody(resp *http.Response) ([]byte, error) {
	switch n := resp.ContentLength; {
	case n < 0:
		return nil, errors.New("the answer has no Content-Length")
	case n > limit.ConfigBytes:
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

// plainError drops the method and address that net/http puts in front.
func plainError(err error) string {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return err.Error()
}
