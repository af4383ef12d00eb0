package phone

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/ipp"
)

// send sends one message and returns what came back. Each goes on a connection of its
// own: nothing says that phones keep one (pessimistic).
func (r *reporter) send(ctx context.Context, conf Reports, one Report, text []byte) ([]byte, bool) {
	if r.conf.Quirks.Comma {
		text = append(text[:len(text)-1], ",\n}"...)
	}
	for {
		code, answer, err := r.post(ctx, conf, one.Op, text)
		one.Code = code
		lost := err == nil && r.loses()
		if lost {
			one.Code, err = 0, io.ErrUnexpectedEOF
		}
		r.note(one, err)
		if !lost || ctx.Err() != nil {
			return answer, err == nil && code == http.StatusOK
		}
	}
}

// loses reports whether this answer is one of those that are lost.
func (r *reporter) loses() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lose == 0 {
		return false
	}
	r.lose--
	return true
}

func (r *reporter) post(ctx context.Context, conf Reports, op ipp.Operation, text []byte) (code int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	base, err := url.Parse(conf.URL)
	if err != nil {
		return 0, nil, err
	}
	slash := "/"
	if r.conf.Quirks.Slashes {
		slash = "//"
	}
	base.Path = strings.TrimRight(base.Path, "/") + slash + ipp.Prefix + string(op)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base.String(), bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	kind := "application/json"
	if r.conf.Quirks.ContentType != "" {
		kind = r.conf.Quirks.ContentType
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", r.phone.cfg.Persona.Agent(r.phone.device()))
	tlsConf, err := r.phone.tlsConfig(Trust{Factory: true})
	if err != nil {
		return 0, nil, err
	}
	t := &http.Transport{DialContext: r.phone.reach, TLSClientConfig: tlsConf, DisableKeepAlives: true, DisableCompression: true}
	c := http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer drop(resp)
	answer, err = io.ReadAll(io.LimitReader(resp.Body, limit.IPPBytes))
	return resp.StatusCode, answer, err
}
