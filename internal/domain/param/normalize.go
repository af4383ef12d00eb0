package param

import (
	"encoding/pem"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// The canonical values of a Bool.
const (
	yes = "yes"
	no  = "no"
)

// Normalize returns the canonical form of a value. It fails with fault.Invalid
// and a message for the one who typed it. A key that the catalog does not know
// is accepted with its value as it is (ruling 23): it is shown as undeliverable.
func (c *Catalog) Normalize(k Key, v string) (string, error) {
	s, ok := c.byKey[k]
	if !ok {
		return v, nil
	}
	out, err := c.all[s.at].Normalize(v)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "%s", k)
	}
	return out, nil
}

// Normalize returns the canonical form of a value of this parameter, or
// fault.Invalid. An empty text, address or certificate is valid: it clears the
// setting on the phone. Normalizing twice changes nothing more.
func (p Parameter) Normalize(v string) (string, error) {
	if err := p.checkText(v); err != nil {
		return "", err
	}
	if p.Type == Text || p.Type == Secret {
		return v, p.checkLen(v)
	}
	v = strings.TrimSpace(v)
	switch p.Type {
	case Bool:
		return normalBool(v)
	case Number:
		return p.normalNumber(v)
	case Choice:
		return p.normalChoice(v)
	}
	if v == "" {
		return "", nil
	}
	switch p.Type {
	case Host:
		return v, checkHost(v)
	case IP:
		return normalIP(v)
	case URL:
		return v, checkURL(v)
	case Path:
		return v, checkPath(v)
	case PEM:
		return normalPEM(v)
	}
	return v, nil
}

// checkText refuses what no dialect can carry: broken UTF-8, control characters,
// sheer size. A certificate or a key has line ends.
func (p Parameter) checkText(v string) error {
	most, lines := limit.ValueBytes, false
	if p.Type == PEM || p.Type == Secret { // a chain of certificates, or a key
		most, lines = limit.XMLText, true
	}
	if len(v) > most {
		return fault.New(fault.Invalid, "is longer than %d bytes", most)
	}
	if !utf8.ValidString(v) {
		return fault.New(fault.Invalid, "is not valid UTF-8")
	}
	for _, r := range v {
		if lines && (r == '\n' || r == '\r') || r == '\t' {
			continue
		}
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff {
			return fault.New(fault.Invalid, "holds a control character (U+%04X)", r)
		}
	}
	return nil
}

func (p Parameter) checkLen(v string) error {
	if n := utf8.RuneCountInString(v); p.MaxLen > 0 && n > p.MaxLen {
		return fault.New(fault.Invalid, "has %d characters, at most %d fit", n, p.MaxLen)
	}
	return nil
}

func normalBool(v string) (string, error) {
	switch strings.ToLower(v) {
	case yes, "1", "true", "on":
		return yes, nil
	case no, "0", "false", "off":
		return no, nil
	}
	return "", fault.New(fault.Invalid, "%s is neither yes nor no", quote(v))
}

func (p Parameter) normalNumber(v string) (string, error) {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return "", fault.New(fault.Invalid, "%s is not a whole number", quote(v))
	}
	if len(p.Ranges) > 0 && !within(p.Ranges, n) {
		return "", fault.New(fault.Invalid, "%d is not in %s", n, p.rangeText())
	}
	return strconv.FormatInt(n, 10), nil
}

func within(ranges []Range, n int64) bool {
	return slices.ContainsFunc(ranges, func(r Range) bool { return n >= r.Min && n <= r.Max })
}

// rangeText prints the ranges for a message: "0 or 6..600".
func (p Parameter) rangeText() string {
	parts := make([]string, len(p.Ranges))
	for i, r := range p.Ranges {
		parts[i] = strconv.FormatInt(r.Min, 10)
		if r.Max != r.Min {
			parts[i] += ".." + strconv.FormatInt(r.Max, 10)
		}
	}
	return strings.Join(parts, " or ")
}

// normalChoice takes a value, or a label where no value fits, in any case.
func (p Parameter) normalChoice(v string) (string, error) {
	for _, o := range p.Options {
		if strings.EqualFold(o.Value, v) {
			return o.Value, nil
		}
	}
	for _, o := range p.Options {
		if o.Label != "" && strings.EqualFold(o.Label, v) {
			return o.Value, nil
		}
	}
	return "", fault.New(fault.Invalid, "%s is none of: %s", quote(v), strings.Join(p.closed(), ", "))
}

func normalIP(v string) (string, error) {
	a, err := netip.ParseAddr(v)
	if err != nil || a.Zone() != "" {
		return "", fault.New(fault.Invalid, "%s is not an IP address", quote(v))
	}
	return a.String(), nil
}

// checkHost takes host, host:port, an IPv4 address, [IPv6] and [IPv6]:port, and
// a bare IPv6 address.
func checkHost(v string) error {
	if a, err := netip.ParseAddr(v); err == nil && a.Zone() == "" {
		return nil
	}
	host, port := v, ""
	if rest, ok := strings.CutPrefix(v, "["); ok {
		in, after, found := strings.Cut(rest, "]")
		a, err := netip.ParseAddr(in)
		if !found || err != nil || !a.Is6() || a.Zone() != "" || after != "" && after[0] != ':' {
			return fault.New(fault.Invalid, "%s is not a host, host:port or IP address", quote(v))
		}
		if after == "" {
			return nil
		}
		return checkPort(after[1:])
	}
	if at := strings.LastIndexByte(v, ':'); at >= 0 {
		host, port = v[:at], v[at+1:]
		if err := checkPort(port); err != nil {
			return err
		}
	}
	if !isHostName(host) {
		return fault.New(fault.Invalid, "%s is not a host, host:port or IP address", quote(v))
	}
	return nil
}

func checkPort(s string) error {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return fault.New(fault.Invalid, "%s is not a port (1..65535)", quote(s))
	}
	return nil
}

// isHostName takes DNS names, with the underscore that SRV names have.
func isHostName(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i] | 0x20
			if !(c >= 'a' && c <= 'z' || label[i] >= '0' && label[i] <= '9' || label[i] == '-' || label[i] == '_') {
				return false
			}
		}
	}
	return true
}

func checkURL(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Opaque != "" {
		return fault.New(fault.Invalid, "%s is not a URL with scheme and host", quote(v))
	}
	return checkHost(u.Host)
}

// checkPath takes host[:port][/path]: phones with a separate protocol setting
// are silently not provisioned when the path carries a scheme.
func checkPath(v string) error {
	if strings.Contains(v, "://") {
		return fault.New(fault.Invalid, "%s carries a scheme; the protocol is a setting of its own", quote(v))
	}
	host, path, _ := strings.Cut(v, "/")
	if strings.ContainsAny(path, " \t\"<>\\^`{|}") {
		return fault.New(fault.Invalid, "%s holds characters that a path cannot", quote(v))
	}
	return checkHost(host)
}

// normalPEM keeps the blocks, with plain line ends and nothing around them.
func normalPEM(v string) (string, error) {
	rest := []byte(strings.ReplaceAll(v, "\r\n", "\n"))
	var out strings.Builder
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		if err := pem.Encode(&out, block); err != nil {
			return "", fault.New(fault.Invalid, "is not a PEM text")
		}
	}
	if out.Len() == 0 || strings.TrimSpace(string(rest)) != "" {
		return "", fault.New(fault.Invalid, "is not a PEM text (-----BEGIN …-----)")
	}
	return out.String(), nil
}

// quote prints a value for a message, cut short.
func quote(v string) string {
	const most = 60
	if len(v) > most {
		v = strings.ToValidUTF8(v[:most], "") + "…"
	}
	return strconv.Quote(v)
}
