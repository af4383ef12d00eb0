package phone

import (
	"bytes"
	"encoding/hex"
	"maps"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Lease is what a DHCP server told the phone.
type Lease struct {
	Address netip.Addr       // zero where it is not told
	Options map[uint8]string // as they stand on the wire; read-only
}

// Lessee is a persona whose phones take settings from a DHCP lease.
type Lessee interface {
	// Lease returns what a lease tells a phone that holds some settings.
	Lease(d Device, held map[string]string, l Lease) Told
}

// Told is what a lease says.
type Told struct {
	// Settings count instead of the phone's own as long as the lease holds; they
	// are not kept.
	Settings map[string]string
	// Fallback says that the phone's own count where these lead to no file.
	Fallback bool
}

// Text returns an option's text without the zeros at its end, "" for none.
func (l Lease) Text(code uint8) string {
	return strings.TrimSpace(strings.TrimRight(l.Options[code], "\x00"))
}

// Hosts returns the addresses or names of an option, whether they came as a text,
// in four bytes each, or as RFC 3361 has it for option 120.
func (l Lease) Hosts(code uint8) []string {
	raw := l.Options[code]
	if code == sipServers && raw != "" && raw[0] <= 1 {
		if raw[0] == 0 {
			return names(raw[1:])
		}
		raw = raw[1:]
	}
	if isText(raw) {
		return strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ' ' || r == 0 })
	}
	var out []string
	for ; len(raw) >= 4; raw = raw[4:] {
		out = append(out, netip.AddrFrom4([4]byte([]byte(raw[:4]))).String())
	}
	return out
}

const sipServers = 120

// names reads domain names as they stand in DNS, without pointers.
func names(raw string) []string {
	var out []string
	name := ""
	for raw != "" {
		n := int(raw[0])
		if n >= len(raw) || n > 63 {
			return out
		}
		if n == 0 {
			if name != "" {
				out = append(out, name)
			}
			name, raw = "", raw[1:]
			continue
		}
		if name != "" {
			name += "."
		}
		name, raw = name+raw[1:1+n], raw[1+n:]
	}
	return out
}

func isText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != 0 || r > '~' }) < 0
}

// Inside returns the options that stand inside another one, such as 43: a code, a
// length and that many bytes, each.
func (l Lease) Inside(code uint8) map[uint8]string {
	out := map[uint8]string{}
	for raw := l.Options[code]; len(raw) >= 2; {
		n := int(raw[1])
		if len(raw) < 2+n {
			break
		}
		out[raw[0]] = raw[2 : 2+n]
		raw = raw[2+n:]
	}
	return out
}

// ReadLease reads a lease from a file: lines of option=value with the option's
// number or usual name, as a DHCP client's script gets them; the last lease of ISC
// dhclient's file; or a line of dnsmasq's, which tells an address alone. It fails
// with fault.Invalid where nothing can be made of it.
func ReadLease(b []byte) (Lease, error) {
	if len(b) > limit.ConfigBytes {
		return Lease{}, fault.New(fault.Invalid, "the lease is longer than any lease")
	}
	l := Lease{Options: map[uint8]string{}}
	text := string(b)
	if at := strings.LastIndex(text, "lease {"); at >= 0 {
		text = text[at+len("lease {"):]
		for line := range strings.Lines(text) {
			words := strings.SplitN(strings.TrimSuffix(strings.TrimSpace(line), ";"), " ", 3)
			switch {
			case words[0] == "}":
				return l.checked()
			case words[0] == "fixed-address" && len(words) == 2:
				l.take("ip", words[1])
			case words[0] == "option" && len(words) == 3:
				l.take(words[1], words[2])
			}
		}
		return l.checked()
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			l.take(name, value)
		} else if words := strings.Fields(line); len(words) == 5 {
			l.take("ip", words[2])
		}
	}
	return l.checked()
}

func (l Lease) checked() (Lease, error) {
	if len(l.Options) == 0 && !l.Address.IsValid() {
		return Lease{}, fault.New(fault.Invalid, "there is no lease in it: lines such as 66=https://192.0.2.1/ are wanted, or dhclient's file of leases")
	}
	return l, nil
}

// take enters what a name and value say. What is not known is passed over.
func (l *Lease) take(name, value string) {
	name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
	name = strings.TrimPrefix(name, "new-")
	value = strings.TrimSpace(value)
	if name == "ip" || name == "ip-address" {
		if ip, err := netip.ParseAddr(value); err == nil {
			l.Address = ip
		}
		return
	}
	if raw, code := optionValue(value), optionCode(name); code != 0 && raw != "" {
		l.Options[code] = raw
	}
}

// optionCode knows options by their numbers, also at the end of a name of one's own
// such as p160, and by the names that clients have for them; 0 for none.
func optionCode(name string) uint8 {
	known := map[string]uint8{"host-name": 12, "hostname": 12, "ntp-servers": 42, "ntpsrv": 42, "vendor-encapsulated-options": 43, "tftp-server-name": 66, "tftp": 66,
		"bootfile-name": 67, "bootfile": 67, "boot-file": 67, "sip-servers": sipServers, "sipsrv": sipServers}
	if code := known[name]; code != 0 {
		return code
	}
	n, err := strconv.ParseUint(name[len(strings.TrimRight(name, "0123456789")):], 10, 8)
	if err != nil {
		return 0
	}
	return uint8(n)
}

var hexBytes = regexp.MustCompile(`^([0-9a-fA-F]{1,2}:)+[0-9a-fA-F]{1,2}$`)

// optionValue reads a text in quotes, bytes in hexadecimal, or plain text.
func optionValue(s string) string {
	if inner, ok := strings.CutPrefix(s, `"`); ok {
		if out, err := strconv.Unquote(`"` + strings.TrimSuffix(inner, `"`) + `"`); err == nil {
			return out
		}
		return strings.Trim(s, `"`)
	}
	if rest, ok := strings.CutPrefix(s, "0x"); ok {
		if b, err := hex.DecodeString(rest); err == nil {
			return string(b)
		}
	}
	if !hexBytes.MatchString(s) {
		return s
	}
	var b bytes.Buffer
	for part := range strings.SplitSeq(s, ":") {
		n, _ := strconv.ParseUint(part, 16, 8) // the expression has checked it
		b.WriteByte(byte(n))
	}
	return b.String()
}

// renew reads the lease anew, as a phone does that starts.
func (p *Phone) renew() {
	if p.cfg.Lease == nil {
		return
	}
	l, err := p.cfg.Lease()
	if err != nil {
		p.note(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lease = nil; err == nil {
		p.lease = &l
	}
}

// effective are the settings that count now: what the lease tells over those that
// the phone holds. Without a word of the lease they are the same.
func (p *Phone) effective(held map[string]string) (counts map[string]string, told Told) {
	p.mu.Lock()
	l := p.lease
	p.mu.Unlock()
	persona, ok := p.cfg.Persona.(Lessee)
	if l == nil || !ok {
		return held, Told{}
	}
	told = persona.Lease(p.device(), held, *l)
	if len(told.Settings) == 0 {
		return held, told
	}
	counts = maps.Clone(held)
	maps.Copy(counts, told.Settings)
	return counts, told
}
