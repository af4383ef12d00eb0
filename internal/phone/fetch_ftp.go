package phone

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// ftpCarrier brings files by FTP and FTPS. Which form of FTPS the phones speak is
// not told: it is the implicit one, commands and data encrypted from the first byte.
type ftpCarrier struct {
	phone *Phone
	place Place
	tls   *tls.Config // nil for clear text
	conn  net.Conn    // nil before the first file and after a failure
	text  *textproto.Conn
}

func newFTPCarrier(p *Phone, s Place, conf *tls.Config) *ftpCarrier {
	c := &ftpCarrier{phone: p, place: s}
	if s.Folder.Scheme == "ftps" {
		c.tls = conf
		c.tls.ServerName = s.Folder.Hostname()
		c.tls.ClientSessionCache = tls.NewLRUClientSessionCache(1) // servers may want the data in the commands' session
	}
	return c
}

func (c *ftpCarrier) close() {
	if c.conn == nil {
		return
	}
	_ = c.conn.Close()
	c.conn = nil
}

// bring fetches a file, from where the phone stopped where the server can do that.
func (c *ftpCarrier) bring(ctx context.Context, w wanted) (brought, error) {
	name, err := pathOf(w.target)
	if err != nil {
		return brought{}, err
	}
	var b brought
	if c.conn == nil {
		b, err = c.signIn(ctx, w.target)
	}
	if err == nil && b.code == 0 {
		held := c.conn
		stop := context.AfterFunc(ctx, func() { _ = held.Close() })
		b, err = c.retrieve(ctx, name, w)
		stop()
	}
	if err != nil || b.code != http.StatusOK && b.code != http.StatusNotFound {
		c.close()
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return b, err
}

// signIn opens the session; without a user it is the anonymous one. Where the
// server does not let the phone in, that is an answer.
func (c *ftpCarrier) signIn(ctx context.Context, target *url.URL) (brought, error) {
	conn, err := c.phone.reach(ctx, "tcp", serverOf(target))
	if err != nil {
		return brought{}, err
	}
	if c.tls != nil {
		secured := tls.Client(conn, c.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return brought{}, err
		}
		conn = secured
	}
	c.conn, c.text = conn, textproto.NewConn(conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, _, err := c.text.ReadResponse(220); err != nil {
		return refusal(err)
	}
	user, password := c.place.User, c.place.Password
	if user == "" {
		user, password = "anonymous", "phone@"
	}
	code, text, err := c.say("USER " + user)
	if err == nil && code == 331 {
		code, text, err = c.say("PASS " + password)
	}
	if err == nil && code != 230 {
		err = &textproto.Error{Code: code, Msg: text}
	}
	for _, command := range c.opening() {
		if err == nil {
			if code, text, err = c.say(command); err == nil && code != 200 {
				err = &textproto.Error{Code: code, Msg: text}
			}
		}
	}
	if err != nil {
		return refusal(err)
	}
	return brought{}, nil
}

// opening is what is said once the phone is signed in.
func (c *ftpCarrier) opening() []string {
	if c.tls == nil {
		return []string{"TYPE I"}
	}
	return []string{"PBSZ 0", "PROT P", "TYPE I"}
}

// say sends a command and returns the reply, which may be a refusal.
func (c *ftpCarrier) say(command string) (int, string, error) {
	if strings.ContainsAny(command, "\r\n") {
		return 0, "", errors.New("a user, password or name holds a line end")
	}
	if err := c.text.PrintfLine("%s", command); err != nil {
		return 0, "", err
	}
	return c.text.ReadResponse(0)
}

// refusal makes an answer of a reply that is an error; another error stays one.
func refusal(err error) (brought, error) {
	var said *textproto.Error
	if !errors.As(err, &said) {
		return brought{}, err
	}
	b := brought{code: http.StatusBadGateway, text: strconv.Itoa(said.Code) + " " + said.Msg}
	switch said.Code {
	case 530:
		b.code = http.StatusUnauthorized
	case 550:
		b.code = http.StatusNotFound
	case 421, 425, 426, 450:
		b.code = http.StatusServiceUnavailable
	}
	return b, nil
}

func (c *ftpCarrier) retrieve(ctx context.Context, name string, w wanted) (brought, error) {
	data, err := c.passive(ctx)
	if err != nil {
		return refusal(err)
	}
	defer data.Close()
	stop := context.AfterFunc(ctx, func() { _ = data.Close() })
	defer stop()
	from := w.from
	if from > 0 {
		if code, _, err := c.say("REST " + strconv.FormatInt(from, 10)); err != nil {
			return brought{}, err
		} else if code != 350 {
			from = 0 // it can only begin anew
		}
	}
	code, text, err := c.say("RETR " + name)
	if err != nil {
		return brought{}, err
	}
	if code != 125 && code != 150 {
		return refusal(&textproto.Error{Code: code, Msg: text})
	}
	out := brought{code: http.StatusOK, from: from}
	out.data, err = io.ReadAll(io.LimitReader(data, w.most-from+1))
	_ = data.Close()
	if int64(len(out.data)) > w.most-from {
		return out, errors.New("the file has more bytes than fit")
	}
	if _, _, said := c.text.ReadResponse(226); err == nil {
		err = said
	}
	if err != nil {
		return out, fmt.Errorf("the file broke off after %d bytes", len(out.data))
	}
	return out, nil
}

// passive opens the connection for a file's data, at the server's own address: one
// that it names instead is not called.
func (c *ftpCarrier) passive(ctx context.Context) (net.Conn, error) {
	code, text, err := c.say("EPSV")
	port := 0
	if err == nil && code == 229 {
		port, err = extendedPort(text)
	} else if err == nil {
		if code, text, err = c.say("PASV"); err == nil && code != 227 {
			err = &textproto.Error{Code: code, Msg: text}
		}
		if err == nil {
			port, err = passivePort(text)
		}
	}
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(c.conn.RemoteAddr().String())
	if err != nil {
		return nil, err
	}
	conn, err := c.phone.cfg.Network.Dial(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil || c.tls == nil {
		return conn, err
	}
	return tls.Client(conn, c.tls), nil
}

// extendedPort reads "Entering Extended Passive Mode (|||50000|)" (RFC 2428 §3).
func extendedPort(text string) (int, error) {
	_, rest, _ := strings.Cut(text, "(")
	if len(rest) > 4 {
		mark := rest[:1]
		if inner, ok := strings.CutPrefix(rest, strings.Repeat(mark, 3)); ok {
			digits, _, ended := strings.Cut(inner, mark)
			if port, err := strconv.ParseUint(digits, 10, 16); err == nil && ended && port > 0 {
				return int(port), nil
			}
		}
	}
	return 0, fmt.Errorf("%q names no port", text)
}

// passivePort reads "Entering Passive Mode (192,0,2,1,195,80)" (RFC 959 §4.1.2).
func passivePort(text string) (int, error) {
	first := strings.IndexAny(text, "0123456789")
	if first >= 0 {
		numbers := strings.Split(strings.TrimRight(text[first:], ")."), ",")
		if len(numbers) == 6 {
			high, err := strconv.ParseUint(numbers[4], 10, 8)
			low, errLow := strconv.ParseUint(numbers[5], 10, 8)
			if port := int(high)<<8 | int(low); err == nil && errLow == nil && port > 0 { //nolint:gosec // of 8 bits each
				return port, nil
			}
		}
	}
	return 0, fmt.Errorf("%q names no port", text)
}
