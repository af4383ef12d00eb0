package cwmpd

import (
	"bytes"

	"bellwether/internal/domain/manager"
)

// heard keeps what the phone said, and said what we did, with secrets masked.
func (h *handler) heard(one *session, text []byte) { h.note(one, text, true, 0) }

func (h *handler) said(one *session, text []byte, status int) { h.note(one, text, false, status) }

func (h *handler) note(one *session, text []byte, phone bool, status int) {
	if !one.who.Known() {
		return
	}
	h.Manager.Say(one.who.Device().ID, manager.Line{At: h.Clock.Now(), Session: one.id, Phone: phone, Status: status, Text: string(mask(text))})
}

// hidden stands for a secret.
const hidden = "***"

// mask hides what is secret in a message: values whose parameter's name says so,
// passwords of transfers, and tokens in addresses.
func mask(text []byte) []byte {
	out := make([]byte, 0, len(text))
	name := []byte(nil)
	for len(text) > 0 {
		i := bytes.IndexByte(text, '<')
		if i < 0 {
			break
		}
		out = append(out, text[:i]...)
		text = text[i:]
		end := bytes.IndexByte(text, '>')
		if end < 0 {
			break
		}
		tag := text[1:end]
		out = append(out, text[:end+1]...)
		text = text[end+1:]
		content := text
		if j := bytes.IndexByte(text, '<'); j >= 0 {
			content = text[:j]
		}
		switch local(tag) {
		case "Name":
			name = content
		case "Value":
			if sensitive(name) && len(bytes.TrimSpace(content)) > 0 {
				out = append(out, hidden...)
				text = text[len(content):]
				continue
			}
		case "Password":
			if len(content) > 0 {
				out = append(out, hidden...)
				text = text[len(content):]
				continue
			}
		}
		if at := bytes.Index(content, []byte("://")); at >= 0 {
			out = append(out, maskAddress(content)...)
			text = text[len(content):]
		}
	}
	return append(out, text...)
}

// local is the name of a start tag without prefix and attributes, "" for others.
func local(tag []byte) string {
	if len(tag) == 0 || tag[0] == '/' || tag[0] == '?' || tag[0] == '!' {
		return ""
	}
	if i := bytes.IndexAny(tag, " \t\r\n/"); i >= 0 {
		tag = tag[:i]
	}
	if i := bytes.LastIndexByte(tag, ':'); i >= 0 {
		tag = tag[i+1:]
	}
	return string(tag)
}

// secretWords are what the names of secret parameters hold, lower case.
func secretWords() []string {
	return []string{"password", "passphrase", "passwd", "secret", "privatekey", "presharedkey", "keypassphrase", "wepkey", "pincode", "authkey"}
}

// sensitive reports whether a parameter's name says that its value is secret.
func sensitive(name []byte) bool {
	if i := bytes.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	low := bytes.ToLower(name)
	for _, w := range secretWords() {
		if bytes.Contains(low, []byte(w)) {
			return true
		}
	}
	return false
}

// maskAddress hides the parts of an address that are long enough to be a token, and
// credentials before its host.
func maskAddress(a []byte) []byte {
	parts := bytes.Split(a, []byte("/"))
	for i, p := range parts {
		if at := bytes.LastIndexByte(p, '@'); i == 2 && at >= 0 {
			parts[i] = append([]byte(hidden), p[at:]...)
		}
		if i > 2 && len(p) >= 26 && bytes.IndexByte(p, '.') < 0 {
			parts[i] = []byte(hidden)
		}
	}
	return bytes.Join(parts, []byte("/"))
}
