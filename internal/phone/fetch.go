package phone

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// patience is how long one request for a configuration may take, from dialling to
// the last byte.
const patience = 30 * time.Second

// carrier brings files by one protocol, on one connection where it has such.
type carrier interface {
	// bring asks for a file. What went wrong before there was an answer, or
	// within the file, is the error; an answer that is no file is none.
	bring(ctx context.Context, w wanted) (brought, error)
	close()
}

// wanted is one request for a file.
type wanted struct {
	target *url.URL
	most   int64 // bytes that fit
	from   int64 // bytes that the phone holds already
}

// brought is an answer. Protocols other than HTTP speak in its codes too.
type brought struct {
	code int
	text string // what the server said, of a refusal
	from int64  // where data begins: 0 where the server sent the whole file again
	data []byte
}

// carriers lists the protocols and their usual ports.
func carriers() map[string]string {
	return map[string]string{"http": "80", "https": "443", "tftp": "69", "ftp": "21", "ftps": "990"}
}

// checkFolder fails with fault.Invalid for a folder that no phone can ask.
func checkFolder(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || carriers()[u.Scheme] == "" {
		return fault.New(fault.Invalid, "%q is not an address of a folder by HTTP, HTTPS, TFTP, FTP or FTPS", s)
	}
	return nil
}

// session is the connection of one round.
type session struct {
	phone   *Phone
	place   Place
	carrier carrier
}

// open prepares a round's connection; it dials with the first request.
func (p *Phone) open(s Place) (*session, error) {
	conf, err := p.tlsConfig(s.Trust)
	if err != nil {
		return nil, err
	}
	out := &session{phone: p, place: s}
	switch s.Folder.Scheme {
	case "http", "https":
		out.carrier = newHTTPCarrier(p, s, conf)
	case "tftp":
		net, ok := p.cfg.Network.(VoiceNetwork)
		if !ok {
			return nil, errors.New("the phone's network carries no TFTP")
		}
		out.carrier = tftpCarrier{net}
	case "ftp", "ftps":
		out.carrier = newFTPCarrier(p, s, conf)
	default:
		return nil, fmt.Errorf("%q is no protocol that the phone speaks", s.Folder.Scheme)
	}
	return out, nil
}

// Close ends the round's connection.
func (s *session) Close() { s.carrier.close() }

// get asks for one file of the folder. What went wrong stands in the Fetch; the
// data count only where its Code is 200 and its Err is empty.
func (s *session) get(ctx context.Context, name string, reason Reason) (Fetch, []byte) {
	f, b := s.fetch(ctx, name, reason, wanted{most: limit.ConfigBytes})
	return f, b.data
}

// fetch is get for a file of any size, of which the phone may hold a part.
func (s *session) fetch(ctx context.Context, name string, reason Reason, w wanted) (Fetch, brought) {
	w.target = s.place.Folder.JoinPath(url.PathEscape(name))
	f := Fetch{At: s.phone.cfg.Clock.Now(), Reason: reason, URL: w.target.Redacted(), Name: name}
	wait := patience
	if w.most > limit.ConfigBytes {
		wait = limit.TransferTime
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	b, err := s.carrier.bring(ctx, w)
	f.Code, f.Bytes = b.code, len(b.data)
	switch {
	case err != nil:
		f.Err = plainError(err)
	case f.Code != http.StatusOK && f.Code != http.StatusNotFound:
		f.Err = "the server answered " + b.text
	}
	return f, b
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

// serverOf is where a folder's server is, with the protocol's usual port.
func serverOf(u *url.URL) string {
	return withPort(strings.TrimSuffix(u.Host, ":"), carriers()[u.Scheme])
}

// pathOf is a file's path from where a server without a root begins.
func pathOf(u *url.URL) (string, error) {
	name := strings.TrimPrefix(path.Clean("/"+u.Path), "/")
	if strings.ContainsAny(name, "\r\n\x00") {
		return "", fmt.Errorf("%q is no name of a file", name)
	}
	return name, nil
}

// plainError drops the method and address that net/http puts in front.
func plainError(err error) string {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "the server took too long"
	}
	return err.Error()
}
