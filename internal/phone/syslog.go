package phone

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
)

// logLine is one line on its way to the log server.
type logLine struct {
	at  Severity
	sip bool
	msg string
}

// keptLines bounds the lines that wait for the log server; more are lost, as on
// a phone.
const keptLines = 200

// say enters a line into the phone's log.
func (p *Phone) say(at Severity, msg string) { p.enter(logLine{at: at, msg: msg}) }

// LogSIP enters a line about a SIP message, which is sent only where the settings
// say so.
func (p *Phone) LogSIP(msg string) { p.enter(logLine{at: LogDebug, sip: true, msg: msg}) }

func (p *Phone) enter(l logLine) {
	if p.beside.lines == nil {
		return
	}
	select {
	case p.beside.lines <- l:
	default:
	}
}

// wants reports whether a line is one that the settings send.
func (s LogService) wants(l logLine) bool {
	if s.Server == "" || l.at > s.Level || l.sip && !s.SIP {
		return false
	}
	return len(s.Words) == 0 || slices.ContainsFunc(s.Words, func(w string) bool { return strings.Contains(l.msg, w) })
}

// sendLog sends the lines, one after the other, until ctx ends. Their form is
// that of RFC 3164 §4.1, with the phone's own time (facility "user"); that phones
// name themselves by their MAC address is inferred.
func (p *Phone) sendLog(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-p.beside.lines:
			if s := p.services(); s.Log.wants(l) {
				at := p.now()
				if s.Time.Zone != nil {
					at = at.In(s.Time.Zone)
				}
				p.send(ctx, s.Log, fmt.Sprintf("<%d>%s %s %s: %s", 8+int(l.at), at.Format("Jan _2 15:04:05"), p.cfg.MAC, p.cfg.Model, l.msg))
			}
		}
	}
}

// send writes one line. What cannot be sent is lost.
func (p *Phone) send(ctx context.Context, s LogService, line string) {
	ctx, cancel := context.WithTimeout(ctx, patience/6)
	defer cancel()
	if !s.TLS {
		conn, err := p.cfg.Network.Dial(ctx, "udp", withPort(s.Server, "514"))
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte(line))
		return
	}
	conn, err := p.sealed(ctx, withPort(s.Server, "6514"))
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "%d %s", len(line), line) // RFC 5425 §4.3
}

// sealed opens a connection to a log server whose certificate the phone checks
// whatever its other settings say ("CA verification is required", guide).
func (p *Phone) sealed(ctx context.Context, addr string) (net.Conn, error) {
	plan, err := p.cfg.Persona.Plan(p.device(), p.Settings())
	if err != nil {
		return nil, err
	}
	plan.Trust.Validate = true
	conf, err := p.tlsConfig(plan.Trust)
	if err != nil {
		return nil, err
	}
	if conf.ServerName, _, err = net.SplitHostPort(addr); err != nil {
		return nil, err
	}
	raw, err := p.cfg.Network.Dial(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, conf)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}
