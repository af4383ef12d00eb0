package registrar

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// mostHeaders bounds the fields of a message: each is looked at a few times.
const mostHeaders = 128

// parse reads a message and checks that it has what every one must (RFC 3261
// §8.1.1). It fails with fault.Invalid.
func parse(data []byte) (sip.Message, error) {
	if len(data) > limit.SIPBytes {
		return nil, fault.New(fault.Invalid, "a message is longer than %d bytes", limit.SIPBytes)
	}
	msg, err := sip.ParseMessage(data)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "read a SIP message")
	}
	m, ok := msg.(interface {
		Headers() []sip.Header
		Via() *sip.ViaHeader
		From() *sip.FromHeader
		To() *sip.ToHeader
		CallID() *sip.CallIDHeader
		CSeq() *sip.CSeqHeader
	})
	if !ok || len(m.Headers()) > mostHeaders || m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil {
		return nil, fault.New(fault.Invalid, "a message lacks a header that nobody may leave out")
	}
	if req, ok := msg.(*sip.Request); ok && m.CSeq().MethodName != req.Method {
		return nil, fault.New(fault.Invalid, "CSeq and request name two methods")
	}
	return msg, nil
}

// stamp notes in the topmost Via where a request really came from (RFC 3581 §4);
// it is done even where nobody asked for it, for phones behind a NAT.
func stamp(req *sip.Request, from hop) {
	req.SetSource(from.addr.String())
	p := &req.Via().Params
	p.Remove("rport")
	p.Remove("received")
	p.Add("received", from.addr.Addr().String())
	p.Add("rport", strconv.Itoa(int(from.addr.Port())))
}

// field returns a header, "" where it is not there.
func field(m interface{ GetHeader(string) sip.Header }, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// seconds reads a time in seconds; false where there is none.
func seconds(s string) (time.Duration, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	return time.Duration(n) * time.Second, err == nil && s != ""
}

// mark is text that only this registrar can make, the same for the same parts.
func (r *Registrar) mark(parts ...string) string {
	h := hmac.New(sha256.New, r.key[:])
	for _, p := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(p)) + ":" + p)) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
