package phone

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Finder is a persona whose phones ask their network for a server when they
// start, by SIP plug and play.
type Finder interface {
	// Find says how the phone asks, and false where its settings, with what its
	// lease tells, have it not ask.
	Find(d Device, held map[string]string) (Search, bool)
	// Found returns the settings that a server's answer changes, and false where
	// the phone makes nothing of it.
	Found(d Device, held map[string]string, contentType, body string) (map[string]string, bool)
}

// Search is how a phone asks.
type Search struct {
	User     string // of the address that it asks, "" for none
	From     string // of its own; after an @ at its end comes the phone's address
	Event    string
	Accept   string // "" where it says nothing of that
	Agent    string
	Port     uint16        // its own
	Tries    int           // at most
	Patience time.Duration // between two, and for the NOTIFY
}

// PnP makes a phone ask its network for a server, as its settings say.
type PnP struct {
	// Address is the phone's own, by which its network is found. Needed.
	Address netip.Addr
	Group   netip.AddrPort // zero for 224.0.1.75:5060
}

// usualGroup is where phones ask.
const usualGroup = "224.0.1.75:5060"

// search asks for a server and takes what the first answer names. A phone that
// hears nothing boots on.
func (p *Phone) search(ctx context.Context) {
	f, ok := p.cfg.Persona.(Finder)
	if p.cfg.PnP == nil || !ok {
		return
	}
	held, _ := p.effective(p.Settings())
	how, asks := f.Find(p.device(), held)
	if !asks {
		return
	}
	contentType, body, err := p.ask(ctx, how)
	if err != nil {
		p.cfg.Log.Debug("phone finds no server", "mac", p.cfg.MAC, "problem", err)
		return
	}
	found, ok := f.Found(p.device(), held, contentType, body)
	if !ok {
		p.cfg.Log.Debug("phone makes nothing of a server's answer", "mac", p.cfg.MAC, "type", contentType)
		return
	}
	p.mu.Lock()
	maps.Copy(p.settings, found)
	p.status.Found = body
	p.mu.Unlock()
}

// ask sends the question until it is accepted, and waits for the NOTIFY.
func (p *Phone) ask(ctx context.Context, how Search) (contentType, body string, err error) {
	group := p.cfg.PnP.Group
	if !group.IsValid() {
		group = netip.MustParseAddrPort(usualGroup)
	}
	conn, err := p.cfg.Network.(VoiceNetwork).ListenPacket(ctx, "udp", netip.AddrPortFrom(p.cfg.PnP.Address, how.Port).String())
	if err != nil {
		return "", "", fmt.Errorf("listen for an answer: %w", err)
	}
	defer conn.Close()
	answers := make(chan sip.Message, 8)
	done := make(chan struct{})
	go func() {
		defer close(done)
		readAnswers(conn, answers)
	}()
	defer func() {
		_ = conn.Close() // ends the reader
		<-done
	}()
	own := addrOf(conn.LocalAddr())
	id := strconv.Itoa(p.cfg.Rand.IntN(1<<30)) + "-" + strconv.Itoa(p.cfg.Rand.IntN(1<<30))
	for try := range how.Tries {
		text := how.question(own, group, id, try)
		if _, err := conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(group)); err != nil {
			return "", "", fmt.Errorf("ask the network: %w", err)
		}
		if n := p.hear(ctx, conn, answers, how.Patience, id); n != nil {
			if h := n.GetHeader("Content-Type"); h != nil {
				contentType = h.Value()
			}
			return contentType, string(n.Body()), nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return "", "", errNoAnswer
}

func (s Search) question(own, group netip.AddrPort, id string, try int) string {
	at := ""
	if s.User != "" {
		at = s.User + "@"
	}
	accept := ""
	if s.Accept != "" {
		accept = "Accept: " + s.Accept + "\r\n"
	}
	from := s.From
	if strings.HasSuffix(from, "@") {
		from += own.String()
	}
	to := "<sip:" + at + group.Addr().String() + ">"
	return "SUBSCRIBE sip:" + at + group.Addr().String() + " SIP/2.0\r\nVia: SIP/2.0/UDP " + own.String() + ";branch=z9hG4bK" + id + strconv.Itoa(try) + ";rport\r\n" +
		"From: <sip:" + from + ">;tag=" + id + "\r\nTo: " + to + "\r\nCall-ID: " + id + "\r\nCSeq: " + strconv.Itoa(20000+try) + " SUBSCRIBE\r\nContact: <sip:" + own.String() + ">\r\n" +
		"Max-Forwards: 70\r\nUser-Agent: " + s.Agent + "\r\nExpires: 0\r\nEvent: " + s.Event + "\r\n" + accept + "Content-Length: 0\r\n\r\n"
}

// hear waits for the NOTIFY and accepts it. Answers to the question alone lead to
// no other question before the time is over.
func (p *Phone) hear(ctx context.Context, conn net.PacketConn, answers <-chan sip.Message, patience time.Duration, id string) *sip.Request {
	nap, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = p.cfg.Clock.Sleep(nap, patience) // why it ended is seen below
	}()
	defer func() {
		cancel()
		<-over
	}()
	for {
		select {
		case <-over:
			return nil
		case m := <-answers:
			req, ok := m.(*sip.Request)
			if !ok || req.Method != sip.NOTIFY || req.CallID() == nil || req.CallID().Value() != id || req.Via() == nil {
				continue
			}
			to, err := netip.ParseAddrPort(req.Source())
			if err == nil {
				_, _ = conn.WriteTo([]byte(sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil).String()), net.UDPAddrFromAddrPort(to)) // it comes again otherwise
			}
			return req
		}
	}
}

func readAnswers(conn net.PacketConn, to chan<- sip.Message) {
	buf := make([]byte, mostMessage)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
		if err != nil {
			continue
		}
		if req, ok := m.(*sip.Request); ok {
			req.SetSource(addrOf(from).String())
		}
		select {
		case to <- m:
		default: // nobody says so much
		}
	}
}
