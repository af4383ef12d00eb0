package phone

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/icholy/digest"

	"bellwether/internal/platform/limit"
)

// wire is the HTTP of one session. It is written by hand, byte by byte, since that
// is where phones differ.
type wire struct {
	m       *manager
	conf    Management
	url     *url.URL
	tls     *tls.Config // nil for clear HTTP
	conn    net.Conn
	in      *bufio.Reader
	cookies []*http.Cookie
	raw     []string // the same as they came
	chal    *digest.Challenge
	basic   bool
	count   int
	proof   string // Authorization that was sent last
	posts   int
}

// dialer prepares a session; it dials with the first message.
func (m *manager) dialer(conf Management) (*wire, error) {
	w := &wire{m: m, conf: conf}
	if err := w.aim(conf.URL); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	w.cookies, w.chal, w.proof = m.requests.stale, m.requests.chal, m.requests.proof
	return w, nil
}

// aim points the session at a server.
func (w *wire) aim(to string) error {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is no address of a server", to)
	}
	w.close()
	w.url, w.tls = u, nil
	if u.Scheme == "https" {
		if w.tls, err = w.m.phone.tlsConfig(w.conf.Trust); err != nil {
			return err
		}
		w.tls.ServerName = u.Hostname()
		if own := w.conf.Own; own != nil {
			w.tls.Certificates = []tls.Certificate{*own}
		}
	}
	return nil
}

func (w *wire) close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// mostHopsACS is how often a server may send a phone on.
const mostHopsACS = 3

// post sends one message and reads the answer. It proves who it is where the server
// asks for that, and follows where it sends it.
func (w *wire) post(ctx context.Context, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tries := 0
	for range mostHopsACS {
		resp, answer, err := w.once(ctx, body) //nolint:bodyclose // exchange has read and closed it
		if err != nil {
			return 0, nil, err
		}
		switch resp.StatusCode {
		case http.StatusUnauthorized:
			if tries++; tries > 2 || !w.challenged(resp.Header) {
				return resp.StatusCode, nil, errors.New("the server refuses the phone's name or password")
			}
		case http.StatusFound, http.StatusTemporaryRedirect:
			at, err := w.url.Parse(resp.Header.Get("Location"))
			if err != nil {
				return resp.StatusCode, nil, err
			}
			if err := w.aim(at.String()); err != nil {
				return resp.StatusCode, nil, err
			}
		default:
			return resp.StatusCode, answer, nil
		}
	}
	return 0, nil, errors.New("the server refuses the phone again and again")
}

// challenged takes a challenge; false where the phone cannot meet it.
func (w *wire) challenged(h http.Header) bool {
	if w.conf.User == "" && w.conf.Password == "" {
		return false
	}
	if chal, err := digest.FindChallenge(h); err == nil {
		if w.m.conf.Quirks.NoQOP {
			chal.QOP = nil
		}
		w.chal, w.count = chal, 0
		return true
	}
	for _, field := range h.Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(field, " ")
		if strings.EqualFold(scheme, "Basic") && (w.tls != nil || w.m.conf.Quirks.BasicInClear) {
			w.basic = true
			return true
		}
	}
	return false
}

// authorization is what the phone shows with its next message; "" for nothing.
func (w *wire) authorization(body []byte) (string, error) {
	q, h := w.m.conf.Quirks, w.m.conf.Hostile
	switch {
	case h.Replay && w.proof != "":
		return w.proof, nil
	case w.posts == 0 && q.EmptyBasic:
		return basicField(w.conf.User, ""), nil
	case w.basic:
		return basicField(w.conf.User, w.conf.Password), nil
	case w.chal == nil, q.AuthOnce && w.count > 0:
		return "", nil
	}
	if w.count++; q.StuckCount {
		w.count = 1
	}
	uri := w.url.RequestURI()
	if q.WholeURI {
		uri = w.url.String()
	}
	made, err := digest.Digest(w.chal, digest.Options{Method: http.MethodPost, URI: uri, Username: w.conf.User, Password: w.conf.Password, Count: w.count,
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }})
	if err != nil {
		return "", err
	}
	return made.String(), nil
}

func basicField(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

// once sends a message and reads one answer.
func (w *wire) once(ctx context.Context, body []byte) (*http.Response, []byte, error) {
	proof, err := w.authorization(body)
	if err != nil {
		return nil, nil, err
	}
	if err := w.dial(ctx); err != nil {
		return nil, nil, err
	}
	conn := w.conn
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if proof != "" {
		w.proof = proof
	}
	w.posts++
	resp, answer, err := w.exchange(body, proof)
	if err != nil {
		w.close()
		return nil, nil, errors.New("the connection to the server broke off: " + plainError(err))
	}
	w.keep(resp)
	if resp.Close || w.m.conf.Quirks.ConnectionEach {
		w.close()
	}
	return resp, answer, nil
}

func (w *wire) dial(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	if w.m.kept != nil {
		w.conn, w.m.kept = w.m.kept, nil
		w.in = bufio.NewReader(w.conn)
		return nil
	}
	port := map[bool]string{false: "80", true: "443"}[w.tls != nil]
	conn, err := w.m.phone.reach(ctx, "tcp", withPort(w.url.Host, port))
	if err != nil {
		return err
	}
	if w.tls != nil {
		secure := tls.Client(conn, w.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return err
		}
		conn = secure
	}
	w.conn, w.in = conn, bufio.NewReader(conn)
	return nil
}

// exchange writes a request and reads its answer to the end.
func (w *wire) exchange(body []byte, proof string) (*http.Response, []byte, error) {
	head, sent, err := w.request(body, proof)
	if err != nil {
		return nil, nil, err
	}
	expects := w.m.conf.Quirks.Expect && len(sent) > 0
	if !expects {
		head = append(head, sent...)
	}
	if _, err := w.conn.Write(head); err != nil {
		return nil, nil, err
	}
	resp, err := http.ReadResponse(w.in, &http.Request{Method: http.MethodPost})
	if err == nil && resp.StatusCode == http.StatusContinue {
		_ = resp.Body.Close()
		if _, err := w.conn.Write(sent); err != nil {
			return nil, nil, err
		}
		resp, err = http.ReadResponse(w.in, &http.Request{Method: http.MethodPost})
	}
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	if expects && resp.StatusCode != http.StatusOK {
		resp.Close = true // the body was never sent
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, limit.CWMPBytes+1))
	return resp, answer, err
}

// request writes the head, and the body as it is sent.
func (w *wire) request(body []byte, proof string) (head, sent []byte, err error) {
	q := w.m.conf.Quirks
	sent = body
	if q.Gzip && len(body) > 0 {
		if sent, err = packed(body); err != nil {
			return nil, nil, err
		}
	}
	fields := w.fields(len(body) > 0, proof)
	switch {
	case q.Chunked && len(body) > 0:
		fields = append(fields, [2]string{"Transfer-Encoding", "chunked"})
		sent = chunked(sent)
	case q.CharLength:
		n := len([]rune(string(sent)))
		fields = append(fields, [2]string{"Content-Length", strconv.Itoa(n)})
		sent = sent[:n] // the server reads no more, and what is left would be the next request
	default:
		fields = append(fields, [2]string{"Content-Length", strconv.Itoa(len(sent))})
	}
	version := "HTTP/1.1"
	if q.HTTP10 {
		version = "HTTP/1.0"
	}
	head = append(head, "POST "+w.url.RequestURI()+" "+version+"\r\n"...)
	for _, f := range fields {
		if q.LowerCase {
			f[0] = strings.ToLower(f[0])
		}
		head = append(head, f[0]+": "+f[1]+"\r\n"...)
	}
	return append(head, "\r\n"...), sent, nil
}

// fields are those of a head, without what says how long the body is.
func (w *wire) fields(filled bool, proof string) [][2]string {
	q := w.m.conf.Quirks
	out := [][2]string{{"Host", w.url.Host}, {"User-Agent", w.m.phone.cfg.Persona.Agent(w.m.phone.device())}, {"Content-Type", `text/xml; charset="utf-8"`}, {"SOAPAction", ""}}
	for _, c := range w.cookie() {
		out = append(out, [2]string{"Cookie", c})
	}
	if proof != "" {
		out = append(out, [2]string{"Authorization", proof})
	}
	if q.HTTP10 {
		out = append(out, [2]string{"Connection", "keep-alive"})
	}
	if q.Gzip && filled {
		out = append(out, [2]string{"Content-Encoding", "gzip"})
	}
	if q.Expect && filled {
		out = append(out, [2]string{"Expect", "100-continue"})
	}
	return out
}

func packed(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // a buffer takes everything
	err := z.Close()
	return b.Bytes(), err
}

// chunked writes a body in two chunks.
func chunked(body []byte) []byte {
	half := len(body) / 2
	var b bytes.Buffer
	for _, part := range [][]byte{body[:half], body[half:]} {
		if len(part) > 0 {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(part), part)
		}
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

// keep takes the cookies of an answer.
func (w *wire) keep(resp *http.Response) {
	for _, c := range resp.Cookies() {
		w.raw = append(w.raw, resp.Header.Values("Set-Cookie")...)
		at := -1
		for i, had := range w.cookies {
			if had.Name == c.Name {
				at = i
			}
		}
		if at < 0 {
			w.cookies = append(w.cookies, c)
			continue
		}
		w.cookies[at] = c
	}
	m := w.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conf.Quirks.Cookies == CookiesStale {
		m.requests.stale = w.cookies
	}
	if m.conf.Quirks.KeepNonce {
		m.requests.chal = w.chal
	}
	if m.conf.Hostile.Replay {
		m.requests.proof = w.proof
	}
}

// cookie writes the cookies as this phone does.
func (w *wire) cookie() []string {
	if len(w.cookies) == 0 {
		return nil
	}
	var parts []string
	for _, c := range w.cookies {
		value := c.Value
		if w.m.conf.Quirks.Cookies == CookiesQuoted {
			value = `"` + value + `"`
		}
		parts = append(parts, c.Name+"="+value)
	}
	switch w.m.conf.Quirks.Cookies {
	case CookiesNone:
		return nil
	case CookiesGlued:
		if len(w.raw) == 0 {
			return nil
		}
		return w.raw[len(w.raw)-1:]
	case CookiesComma:
		return []string{strings.Join(parts, ", ")}
	case CookiesApart:
		return parts
	}
	return []string{strings.Join(parts, "; ")}
}
