// Package sip is the codec of SIP plug and play: the SUBSCRIBE for a ua-profile
// by which a phone from the box asks its network for a server, the answer, and
// the NOTIFY that names one. What calls need of SIP is in the packages that make
// them.
//
// Sources: the makers' plug and play guides, published captures of a GRP2612W,
// of Snom and Yealink phones, and the 400HD administrator's manual.
package sip

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Group is where phones ask.
const Group = "224.0.1.75:5060"

// ContentType is what a NOTIFY holds unless the phone wants another.
const ContentType = "application/url"

// Subscribe is a phone's question. All of it is hearsay.
type Subscribe struct {
	MAC     string // 12 lower-case hexadecimal digits, "" where it tells none (AudioCodes)
	Profile string // "device", "application"
	Vendor  string // as it calls itself; OEM phones say "OEM"
	Model   string
	Version string
	Agent   string // User-Agent
	Accept  string // content type that it wants
	Contact string // where it says that it listens, host:port; "" for nowhere
	CallID  string

	req *sip.Request
}

// mac is how phones write their address into the user of an address: Snom and
// Grandstream MAC%3a, old Yealink MAC, Planet MAC=.
var mac = regexp.MustCompile(`(?i)^(?:sips?:)?MAC(?:%3a|:|=)?([0-9a-f]{12})(?:@|$)`)

// parameter is one of the Event header's: name="value".
var parameter = regexp.MustCompile(`;\s*([A-Za-z-]{1,32})\s*=\s*(?:"([^"]{0,64})"|([^";\s]{1,64}))`)

// ParseSubscribe reads a question. It fails with fault.Invalid for everything
// else.
func ParseSubscribe(data []byte) (Subscribe, error) {
	if len(data) > limit.SIPBytes {
		return Subscribe{}, fault.New(fault.Invalid, "a message is longer than %d bytes", limit.SIPBytes)
	}
	msg, err := sip.ParseMessage(data)
	if err != nil {
		return Subscribe{}, fault.Wrap(fault.Invalid, err, "read a SIP message")
	}
	req, ok := msg.(*sip.Request)
	if !ok || req.Method != sip.SUBSCRIBE || req.Via() == nil || req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
		return Subscribe{}, fault.New(fault.Invalid, "it is no SUBSCRIBE, or lacks a header that nobody may leave out")
	}
	event := field(req, "Event")
	if head, _, _ := strings.Cut(event, ";"); !strings.EqualFold(strings.TrimSpace(head), "ua-profile") {
		return Subscribe{}, fault.New(fault.Invalid, "it asks for no profile")
	}
	s := Subscribe{Agent: cut(field(req, "User-Agent"), limit.UserAgent), Accept: accept(req), CallID: field(req, "Call-ID"), req: req}
	for _, m := range parameter.FindAllStringSubmatch(event, 8) {
		value := m[2] + m[3]
		switch strings.ToLower(m[1]) {
		case "profile-type":
			s.Profile = value
		case "vendor":
			s.Vendor = value
		case "model":
			s.Model = value
		case "version":
			s.Version = value
		}
	}
	for _, user := range []string{req.From().Address.User, req.To().Address.User, req.Recipient.User} {
		if m := mac.FindStringSubmatch(user); m != nil && s.MAC == "" {
			s.MAC = strings.ToLower(m[1])
		}
	}
	if c := req.Contact(); c != nil && !c.Address.Wildcard {
		port := c.Address.Port
		if port == 0 {
			port = 5060
		}
		s.Contact = c.Address.Host + ":" + strconv.Itoa(port)
	}
	return s, nil
}

// accept is the content type that a phone wants: the usual one where it takes
// that, else the first that it names.
func accept(req *sip.Request) string {
	first := ""
	for _, h := range req.GetHeaders("Accept") {
		for part := range strings.SplitSeq(h.Value(), ",") {
			part, _, _ = strings.Cut(part, ";")
			part = strings.ToLower(strings.TrimSpace(part))
			if part == ContentType {
				return part
			}
			if first == "" && mediaType.MatchString(part) {
				first = part
			}
		}
	}
	if first == "" {
		return ContentType
	}
	return first
}

var mediaType = regexp.MustCompile(`^application/[a-z0-9.+-]{1,64}$`)

// OK accepts a question that came from an address. tag is ours.
func (s Subscribe) OK(from netip.AddrPort, tag string) []byte {
	res := sip.NewResponse(sip.StatusOK, "OK")
	sip.CopyHeaders("Via", s.req, res)
	if v := res.Via(); v != nil { // RFC 3581 §4
		v.Params.Remove("rport")
		v.Params.Remove("received")
		v.Params.Add("received", from.Addr().String())
		v.Params.Add("rport", strconv.Itoa(int(from.Port())))
	}
	for _, name := range []string{"From", "To", "Call-ID", "CSeq"} {
		sip.CopyHeaders(name, s.req, res)
	}
	if to := res.To(); to != nil && !to.Params.Has("tag") {
		to.Params.Add("tag", tag)
	}
	res.AppendHeader(sip.NewHeader("Expires", "0"))
	res.SetBody(nil)
	return []byte(res.String())
}

// Notice is what a NOTIFY needs besides the question.
type Notice struct {
	URL    string
	Branch string         // new for each NOTIFY, the same for its repetitions
	Tag    string         // the one of the OK
	Local  netip.AddrPort // ours
	To     netip.AddrPort // the phone's
}

// Notify names a server, in the dialog of the question (RFC 6665 §4.2).
func (s Subscribe) Notify(n Notice) []byte {
	to := "sip:" + n.To.String()
	if u := s.req.From().Address.User; plainUser.MatchString(u) {
		to = "sip:" + u + "@" + n.To.String()
	}
	var target sip.Uri
	if sip.ParseUri(to, &target) != nil {
		target = sip.Uri{Scheme: "sip", Host: n.To.Addr().String(), Port: int(n.To.Port())}
	}
	req := sip.NewRequest(sip.NOTIFY, target)
	add := func(name, value string) { req.AppendHeader(sip.NewHeader(name, value)) }
	local := n.Local.String()
	add("Via", "SIP/2.0/UDP "+local+";branch="+n.Branch+";rport")
	ours, theirs := s.req.To(), s.req.From()
	from := ours.AsFrom()
	from.Params.Remove("tag")
	from.Params.Add("tag", n.Tag)
	req.AppendHeader(&from)
	back := theirs.AsTo()
	req.AppendHeader(&back)
	add("Call-ID", s.CallID)
	add("CSeq", "1 NOTIFY")
	add("Contact", "<sip:"+local+">")
	add("Max-Forwards", "70")
	add("Event", "ua-profile;effective-by=0")
	add("Subscription-State", "terminated;reason=timeout")
	add("Content-Type", s.Accept)
	req.SetBody([]byte(n.URL))
	return []byte(req.String())
}

// plainUser is a user that may stand in an address as it is.
var plainUser = regexp.MustCompile(`^[A-Za-z0-9%=._-]{1,64}$`)

// ParseAnswer reads the answer to a request of ours: its branch and status code.
// It fails with fault.Invalid for everything else.
func ParseAnswer(data []byte) (branch string, code int, err error) {
	if len(data) > limit.SIPBytes {
		return "", 0, fault.New(fault.Invalid, "a message is longer than %d bytes", limit.SIPBytes)
	}
	msg, err := sip.ParseMessage(data)
	if err != nil {
		return "", 0, fault.Wrap(fault.Invalid, err, "read a SIP message")
	}
	res, ok := msg.(*sip.Response)
	if !ok || res.Via() == nil {
		return "", 0, fault.New(fault.Invalid, "it is no answer")
	}
	return res.Via().Params.GetOr("branch", ""), res.StatusCode, nil
}

// field returns a header, "" where it is not there.
func field(m interface{ GetHeader(string) sip.Header }, name string) string {
	if h := m.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// cut bounds a stranger's text.
func cut(s string, n int) string { return s[:min(len(s), n)] }
