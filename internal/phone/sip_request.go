package phone

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// ids are what one request needs of its call or registration.
type ids struct {
	call   string
	seq    int
	from   string // the whole header
	to     string
	routes []string // of a call; nil for a request of its own
}

// request makes a request with all that the settings have it carry, without Via.
func (l *line) request(method sip.RequestMethod, uri string, t target, d ids) *sip.Request {
	var to sip.Uri
	if err := sip.ParseUri(uri, &to); err != nil {
		to = sip.Uri{Scheme: "sip", Host: "invalid.invalid"} // what a peer sent as its address is none
	}
	req := sip.NewRequest(method, to)
	add := func(name, value string) { req.AppendHeader(sip.NewHeader(name, value)) }
	if t.proxy && l.ProxyMode == ProxyInRoute && d.routes == nil {
		add("Route", "<"+l.scheme()+":"+t.name+";lr>")
	}
	for _, r := range d.routes {
		add("Route", r)
	}
	add("Max-Forwards", "70")
	add("From", d.from)
	add("To", d.to)
	add("Call-ID", d.call)
	add("CSeq", fmt.Sprintf("%d %s", d.seq, method))
	if method != sip.REGISTER && method != sip.BYE && method != sip.CANCEL && method != sip.ACK {
		add("Contact", l.contact(t.hop, method))
	}
	if l.ProxyRequire != "" {
		add("Proxy-Require", l.ProxyRequire)
	}
	if method != sip.ACK && method != sip.BYE {
		add("Supported", l.supported())
		add("Allow", "INVITE, ACK, OPTIONS, CANCEL, BYE, SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE, PRACK")
	}
	l.extras(req)
	return req
}

func (l *line) supported() string {
	list := []string{"replaces", "path"}
	if l.Session.On {
		list = append(list, "timer")
	}
	if l.Reliable {
		list = append(list, "100rel")
	}
	return strings.Join(list, ", ")
}

// extras adds the headers by which the phone tells what it is.
func (l *line) extras(req *sip.Request) {
	register := req.Method == sip.REGISTER
	add := func(name, value string) { req.AppendHeader(sip.NewHeader(name, value)) }
	add("User-Agent", l.agent(register))
	if l.PBXHeader != "" {
		add(l.PBXHeader, "true")
	}
	mac := strings.ToUpper(l.a.phone.cfg.MAC.Colons())
	if l.AccessInfo {
		add("P-Access-Network-Info", "IEEE-EUI-48;eui-48-addr="+strings.ReplaceAll(mac, ":", "-"))
	}
	if l.EmergencyInfo {
		add("P-Emergency-Info", "IEEE-EUI-48;eui-48-addr="+strings.ReplaceAll(mac, ":", "-"))
	}
	if l.MACName != "" && l.MACHeader.holds(register) {
		add(l.MACName, mac)
	}
}

// agent returns the User-Agent of a request or an answer.
func (l *line) agent(register bool) string {
	if l.MACAgent.holds(register) {
		return l.Agent + " " + l.a.phone.cfg.MAC.String()
	}
	return l.Agent
}

func (s Scope) holds(register bool) bool {
	return s == InAll || register && s == InRegister || !register && s == InAllButRegister
}

// scheme is "sips" where the account's calls are to be secure all the way.
func (l *line) scheme() string {
	if l.Transport == TLS && l.SIPS {
		return "sips"
	}
	return "sip"
}

// host is the address that the line tells of itself.
func (l *line) host(to hop) netip.AddrPort {
	port := l.sock.port
	if to.transport != UDP {
		l.sock.mu.Lock()
		conn := l.sock.conns[to.addr]
		l.sock.mu.Unlock()
		if conn != nil && l.Ephemeral {
			port = int(addrOf(conn.LocalAddr()).Port())
		}
	}
	own := netip.AddrPortFrom(l.a.sip.Address, uint16(port)) //nolint:gosec // a port
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mapped.IsValid() && to.transport == UDP {
		own = l.mapped
	}
	if ip, err := netip.ParseAddr(l.a.voice.NATAddress); err == nil {
		own = netip.AddrPortFrom(ip, own.Port())
	}
	return own
}

func (l *line) via(to hop, branch string) string {
	rport := ""
	if l.Rport {
		rport = ";rport"
	}
	return fmt.Sprintf("SIP/2.0/%s %s;branch=%s%s", to.transport, l.host(to), branch, rport)
}

// contact is where the line can be reached.
func (l *line) contact(to hop, method sip.RequestMethod) string {
	param := ""
	switch {
	case l.LampsByTCP && method == sip.SUBSCRIBE:
		param = ";transport=tcp"
	case to.transport == TCP:
		param = ";transport=tcp"
	case to.transport == TLS && l.scheme() == "sip":
		param = ";transport=tls"
	}
	out := fmt.Sprintf("<%s:%s@%s%s>", l.scheme(), l.a.escape(l.User), l.host(to), param)
	if l.Instance {
		out += fmt.Sprintf(`;reg-id=%d;+sip.instance="<urn:uuid:00000000-0000-1000-8000-%s>"`, l.Index, strings.ToUpper(l.a.phone.cfg.MAC.String()))
	}
	return out
}

// address is a user's address at a server.
func (l *line) address(user, server string) string {
	return l.scheme() + ":" + l.a.escape(user) + "@" + server
}

// escape writes a user part; "#" stays as it is where the settings say so.
func (a *agent) escape(user string) string {
	var b strings.Builder
	for _, c := range []byte(user) {
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z', strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0, c == '#' && a.voice.PlainHash:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// me is the From of the line's own requests.
func (l *line) me(server, tag string) string {
	name := ""
	if l.Display != "" {
		name = strconv.Quote(l.Display) + " "
	}
	return name + "<" + l.address(l.User, server) + ">;tag=" + tag
}
