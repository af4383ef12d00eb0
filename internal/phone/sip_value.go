package phone

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// number writes whole seconds.
func number(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// parseSeconds reads them; what is no number is 0.
func parseSeconds(s string) time.Duration {
	head, _, _ := strings.Cut(s, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(head), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// seconds reads a header that holds a time.
func seconds(m headed, header string) time.Duration { return parseSeconds(field(m, header)) }

// field returns a header, "" where it is not there.
func field(m headed, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// uriOf takes the address out of a From, To, Contact or Refer-To.
func uriOf(value string) string {
	if _, rest, ok := strings.Cut(value, "<"); ok {
		inside, _, _ := strings.Cut(rest, ">")
		return inside
	}
	bare, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(bare)
}

// userOf takes the user out of an address.
func userOf(uri string) string {
	_, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	user, _, at := strings.Cut(rest, "@")
	if !at && !strings.HasPrefix(uri, "tel:") {
		return ""
	}
	user, _, _ = strings.Cut(user, ";")
	return user
}

// hostOf takes host and port out of an address.
func hostOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	if _, after, ok := strings.Cut(rest, "@"); ok {
		rest = after
	}
	if at := strings.IndexAny(rest, ";?>"); at >= 0 {
		rest = rest[:at]
	}
	return rest
}

// param takes a parameter of a header's value.
func param(value, name string) string {
	if at := strings.LastIndexByte(value, '>'); at >= 0 {
		value = value[at:]
	}
	for part := range strings.SplitSeq(value, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(k, name) {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

// learnRport takes the phone's address as the server saw it (RFC 3581).
func (l *line) learnRport(res *sip.Response) {
	if !l.Rport {
		return
	}
	via := field(res, "Via")
	ip, err := netip.ParseAddr(param(via, "received"))
	if err != nil {
		ip = l.a.sip.Address
	}
	port, err := strconv.ParseUint(param(via, "rport"), 10, 16)
	if err != nil || port == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mapped = netip.AddrPortFrom(ip, uint16(port))
}

// headed is a message whose headers can be read: a request or an answer.
type headed interface {
	GetHeader(name string) sip.Header
	GetHeaders(name string) []sip.Header
}
