package phone

import (
	"context"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// served is a request that came, with its last answer, so that a repetition gets
// the same one.
type served struct {
	answer *sip.Response
	acked  bool
}

// mostServed bounds how many requests a line remembers.
const mostServed = 256

// receive reads one message. What is not SIP is dropped in silence.
func (l *line) receive(ctx context.Context, data []byte, from hop) {
	if len(strings.TrimSpace(string(data))) == 0 {
		return // a keep-alive
	}
	msg, err := sip.ParseMessage(data)
	if err != nil {
		return
	}
	switch m := msg.(type) {
	case *sip.Response:
		l.receiveAnswer(ctx, m, from)
	case *sip.Request:
		l.receiveRequest(ctx, m, from)
	}
}

func (l *line) receiveAnswer(ctx context.Context, res *sip.Response, from hop) {
	via, cseq := res.Via(), res.CSeq()
	if via == nil || cseq == nil {
		return
	}
	branch, _ := via.Params.Get("branch")
	l.mu.Lock()
	wait := l.waiting[branch+string(cseq.MethodName)]
	l.mu.Unlock()
	if wait != nil {
		select {
		case wait.answers <- res:
		default: // nobody repeats itself so often
		}
		return
	}
	if cseq.MethodName == sip.INVITE && res.StatusCode >= 200 && res.StatusCode < 300 {
		l.a.acknowledgeAgain(ctx, res, from)
	}
}

// receiveRequest looks whether the request is a repetition, whether it is sound,
// and hands it on.
func (l *line) receiveRequest(ctx context.Context, req *sip.Request, from hop) {
	if req.Via() == nil || req.To() == nil || req.CallID() == nil {
		return // nobody could be answered (RFC 3261 §8.1.1)
	}
	if req.Method == sip.ACK {
		l.receiveACK(req)
		return
	}
	key := field(req, "Via") + string(req.Method)
	l.mu.Lock()
	known := l.served[key]
	if known == nil {
		l.served[key] = &served{}
		l.order = append(l.order, key)
		if len(l.order) > mostServed {
			delete(l.served, l.order[0])
			l.order = l.order[1:]
		}
	}
	l.mu.Unlock()
	if known != nil {
		if known.answer != nil {
			_ = l.send(ctx, known.answer, from) // it is repeated as long as the peer asks
		}
		return
	}
	if code, reason := l.examine(req); code != 0 {
		l.answer(ctx, req, from, code, reason)
		return
	}
	switch req.Method {
	case sip.OPTIONS:
		l.answer(ctx, req, from, sip.StatusOK, "OK", [2]string{"Allow", "INVITE, ACK, OPTIONS, CANCEL, BYE, SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE, PRACK"})
	case sip.INVITE:
		l.receiveInvite(ctx, req, from)
	case sip.NOTIFY:
		l.receiveNotify(ctx, req, from)
	case sip.REFER:
		l.receiveRefer(ctx, req, from)
	case sip.BYE, sip.CANCEL, sip.INFO, sip.UPDATE, sip.PRACK:
		l.receiveInCall(ctx, req, from)
	default:
		l.answer(ctx, req, from, sip.StatusMethodNotAllowed, "Method Not Allowed")
	}
}

// examine checks what the settings say of every message; 0 lets it in.
func (l *line) examine(req *sip.Request) (int, string) {
	if req.Method == sip.INVITE && (req.From() == nil || req.CSeq() == nil) {
		return sip.StatusBadRequest, "Bad Request"
	}
	if l.Guard.CheckMessages {
		seq := field(req, "CSeq")
		if _, method, ok := strings.Cut(seq, " "); !ok || strings.TrimSpace(method) != string(req.Method) {
			return sip.StatusBadRequest, "Bad CSeq"
		}
		if userOf(uriOf(field(req, "From"))) == "" {
			return sip.StatusBadRequest, "No Caller ID"
		}
	}
	if l.Guard.ServerOnly && req.Method == sip.INVITE && !l.isServer(req.Recipient.HostPort()) && !l.isServer(req.Recipient.Host) {
		return sip.StatusForbidden, "Not From My Server"
	}
	if l.Guard.UserOnly && req.Method == sip.INVITE && req.Recipient.User != l.User {
		return sip.StatusNotFound, "Not Found"
	}
	return 0, ""
}

// isServer reports whether an address is that of a configured server.
func (l *line) isServer(addr string) bool {
	for _, s := range l.Servers {
		host, _ := splitPort(s)
		if s == addr || host == addr {
			return true
		}
	}
	return false
}

// answer replies to where the request came from.
func (l *line) answer(ctx context.Context, req *sip.Request, from hop, code int, reason string, headers ...[2]string) {
	res := l.reply(req, from, code, reason)
	for _, h := range headers {
		res.AppendHeader(sip.NewHeader(h[0], h[1]))
	}
	l.deliver(ctx, req, res, from)
}

// reply makes an answer.
func (l *line) reply(req *sip.Request, from hop, code int, reason string) *sip.Response {
	req.SetSource(from.addr.String())
	res := sip.NewResponseFromRequest(req, code, reason, nil)
	res.AppendHeader(sip.NewHeader("User-Agent", l.agent(false)))
	return res
}

// deliver sends an answer and keeps it for repetitions.
func (l *line) deliver(ctx context.Context, req *sip.Request, res *sip.Response, to hop) {
	key := field(req, "Via") + string(req.Method)
	l.mu.Lock()
	if s := l.served[key]; s != nil {
		s.answer = res
	}
	l.mu.Unlock()
	if err := l.send(ctx, res, to); err != nil {
		l.a.phone.cfg.Log.Debug("an answer did not go out", "mac", l.a.phone.cfg.MAC, "error", err)
	}
}

// insist repeats the answer to an INVITE until it is acknowledged (RFC 3261
// §13.3.1.4).
func (l *line) insist(ctx context.Context, req *sip.Request, res *sip.Response, to hop) {
	key := field(req, "Via") + string(req.Method)
	for gap, total := l.T1, time.Duration(0); total < 64*l.T1; gap = min(2*gap, l.T2) {
		if l.a.clock.Sleep(ctx, gap) != nil {
			return
		}
		total += gap
		l.mu.Lock()
		s := l.served[key]
		done := s == nil || s.acked
		l.mu.Unlock()
		if done {
			return
		}
		_ = l.send(ctx, res, to) // the next one may get through
	}
}

// receiveACK notes that an answer has arrived, and takes the SDP that an INVITE
// without one is answered by.
func (l *line) receiveACK(req *sip.Request) {
	id := field(req, "Call-ID")
	l.mu.Lock()
	for _, s := range l.served {
		if s.answer != nil && field(s.answer, "Call-ID") == id {
			s.acked = true
		}
	}
	l.mu.Unlock()
	if c := l.a.callOf(id); c != nil && len(req.Body()) > 0 {
		c.takeAnswer(req.Body())
	}
}

// proved challenges a request, and reports whether it carries the answer.
func (l *line) proved(ctx context.Context, req *sip.Request, from hop) bool {
	if h := field(req, "Authorization"); h != "" {
		cred, err := digest.ParseCredentials(h)
		if err == nil && l.rightAnswer(cred, string(req.Method)) {
			return true
		}
	}
	nonce := l.a.token(24)
	l.mu.Lock()
	if len(l.nonces) > mostServed {
		clear(l.nonces)
	}
	l.nonces[nonce] = true
	l.mu.Unlock()
	l.answer(ctx, req, from, sip.StatusUnauthorized, "Unauthorized", [2]string{"WWW-Authenticate", `Digest realm="` + l.realm() + `", nonce="` + nonce + `", algorithm=MD5`})
	return false
}

func (l *line) realm() string {
	if len(l.Servers) == 0 {
		return l.a.sip.Address.String()
	}
	host, _ := splitPort(l.Servers[0])
	return host
}

// rightAnswer works the answer out from the account's own credentials: that is
// what caller and phone share.
func (l *line) rightAnswer(cred *digest.Credentials, method string) bool {
	l.mu.Lock()
	given := l.nonces[cred.Nonce]
	l.mu.Unlock()
	user := l.AuthUser
	if user == "" {
		user = l.User
	}
	want, err := digest.Digest(&digest.Challenge{Realm: l.realm(), Nonce: cred.Nonce, Algorithm: "MD5"}, digest.Options{Method: method, URI: cred.URI, Count: 1, Username: user, Password: l.Password})
	return err == nil && given && cred.Username == user && cred.Response == want.Response
}
