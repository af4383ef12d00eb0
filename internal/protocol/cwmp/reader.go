package cwmp

import (
	"bytes"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// reader takes one document apart, tag by tag, in one pass.
type reader struct {
	b        []byte
	at       int
	elements int
	open     [limit.XMLDepth][]byte // names of the elements that are open, without prefixes
	depth    int
	spaces   []binding // declared CWMP namespaces

	// of the start tag that was read last
	prefix []byte
	typ    []byte // value of its attribute type, of whatever namespace
	single bool   // <it/>: its end is the next tag

	// inBody is that the message's element has begun, and ended that its end tag has.
	// Where the document breaks off after that, nothing of the message is missing.
	inBody, ended bool
}

// binding is a prefix that means a CWMP namespace. Where a prefix means two, the
// last counts.
type binding struct{ prefix, uri []byte }

// longestName is beyond any name of CWMP, in bytes.
const longestName = 100

// messageDepth is how deep the message stands: Envelope, Body, message.
const messageDepth = 3

func broken(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// next goes to the next tag. It returns the name of an element that begins, or nil
// where the present one ends; what text stands before it is given to text unless
// that is nil.
func (r *reader) next(text *[]byte) (name []byte, err error) {
	if r.single {
		r.single = false
		return nil, r.pop(r.open[r.depth-1])
	}
	for {
		i := bytes.IndexByte(r.b[r.at:], '<')
		if i < 0 {
			return nil, r.cut()
		}
		if text != nil && i > 0 {
			if err := addText(text, r.b[r.at:r.at+i], true); err != nil {
				return nil, err
			}
		}
		r.at += i + 1
		rest := r.b[r.at:]
		switch {
		case len(rest) == 0:
			return nil, r.cut()
		case rest[0] == '/':
			return nil, r.end()
		case rest[0] == '?':
			err = r.past("?>")
		case bytes.HasPrefix(rest, []byte("!--")):
			r.at += 3
			err = r.past("-->")
		case bytes.HasPrefix(rest, []byte("![CDATA[")):
			err = r.cdata(text)
		case rest[0] == '!':
			return nil, broken("the message declares a document type")
		default:
			return r.start()
		}
		if err != nil {
			return nil, err
		}
	}
}

// cut is the end of a document that breaks off: an error, unless only what follows
// the message is missing.
func (r *reader) cut() error {
	if r.ended && r.depth > 0 {
		r.at = len(r.b)
		r.depth--
		return nil
	}
	return broken("the message breaks off after %d bytes", len(r.b))
}

func (r *reader) past(mark string) error {
	i := bytes.Index(r.b[r.at:], []byte(mark))
	if i < 0 {
		return broken("the message has no %q after its byte %d", mark, r.at)
	}
	r.at += i + len(mark)
	return nil
}

func (r *reader) cdata(text *[]byte) error {
	r.at += len("![CDATA[")
	from := r.at
	if err := r.past("]]>"); err != nil || text == nil {
		return err
	}
	return addText(text, r.b[from:r.at-3], false)
}

// end reads what follows "</" and checks that it closes the open element. A
// message's own end tag may be cut: that is what a length that was counted in
// characters instead of bytes does.
func (r *reader) end() error {
	r.ended = r.ended || r.inBody && r.depth == messageDepth
	i := bytes.IndexByte(r.b[r.at:], '>')
	if i < 0 {
		return r.cut()
	}
	name := bytes.TrimRight(r.b[r.at+1:r.at+i], " \t\r\n")
	r.at += i + 1
	if j := bytes.IndexByte(name, ':'); j >= 0 {
		name = name[j+1:]
	}
	return r.pop(name)
}

func (r *reader) pop(name []byte) error {
	if r.depth == 0 {
		return broken("%q ends and never began", shorten(name))
	}
	r.ended = r.ended || r.inBody && r.depth == messageDepth
	if want := r.open[r.depth-1]; !bytes.Equal(name, want) {
		return broken("%q ends where %q is open", shorten(name), shorten(want))
	}
	r.depth--
	return nil
}

// start reads a start tag after its "<".
func (r *reader) start() ([]byte, error) {
	r.elements++
	switch {
	case r.elements > limit.CWMPElements:
		return nil, broken("the message has more than %d elements", limit.CWMPElements)
	case r.depth == limit.XMLDepth:
		return nil, broken("the message is nested deeper than %d levels", limit.XMLDepth)
	}
	r.prefix, r.typ = nil, nil
	from := r.at
	for r.at < len(r.b) && nameByte(r.b[r.at]) {
		r.at++
	}
	name := r.b[from:r.at]
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		r.prefix, name = name[:i], name[i+1:]
	}
	if len(name) == 0 || len(name) > longestName || bytes.IndexByte(name, ':') >= 0 {
		return nil, broken("an element has no name, or one beyond %d bytes", longestName)
	}
	if err := r.attributes(); err != nil {
		return nil, err
	}
	r.open[r.depth] = name
	r.depth++
	return name, nil
}

// attributes reads the rest of a start tag, up to and with its ">".
func (r *reader) attributes() error {
	for r.at < len(r.b) {
		switch c := r.b[r.at]; {
		case space(c):
			r.at++
		case c == '>':
			r.at++
			return nil
		case c == '/' && r.at+1 < len(r.b) && r.b[r.at+1] == '>':
			r.at += 2
			r.single = true
			return nil
		case nameByte(c):
			if err := r.attribute(); err != nil {
				return err
			}
		default:
			return broken("a tag holds %q", c)
		}
	}
	return broken("the message breaks off in a tag")
}

// attribute reads one, and keeps a type and what declares a CWMP namespace.
func (r *reader) attribute() error {
	from := r.at
	for r.at < len(r.b) && nameByte(r.b[r.at]) {
		r.at++
	}
	name := r.b[from:r.at]
	r.pass()
	if r.at >= len(r.b) || r.b[r.at] != '=' {
		return nil // without a value: passed over
	}
	r.at++
	r.pass()
	if r.at >= len(r.b) || r.b[r.at] != '"' && r.b[r.at] != '\'' {
		return broken("the attribute %q has no value in quotes", shorten(name))
	}
	quote := r.b[r.at]
	r.at++
	i := bytes.IndexByte(r.b[r.at:], quote)
	if i < 0 {
		return broken("the message breaks off in a tag")
	}
	value := r.b[r.at : r.at+i]
	r.at += i + 1
	space, local, prefixed := bytes.Cut(name, []byte{':'})
	if !prefixed {
		space, local = nil, name
	}
	switch {
	case string(local) == "type":
		r.typ = value
	case string(space) == "xmlns":
		r.declare(local, value)
	case string(name) == "xmlns":
		r.declare(nil, value)
	}
	return nil
}

func (r *reader) pass() {
	for r.at < len(r.b) && space(r.b[r.at]) {
		r.at++
	}
}

// urnCWMP begins every namespace of CWMP.
const urnCWMP = "urn:dslforum-org:cwmp"

// mostSpaces is how many declarations are kept.
const mostSpaces = 16

// longestURI is beyond any namespace of CWMP, in bytes.
const longestURI = 100

func (r *reader) declare(prefix, uri []byte) {
	uri = bytes.TrimSpace(uri)
	if len(r.spaces) == mostSpaces || len(uri) < len(urnCWMP) || len(uri) > longestURI || !bytes.EqualFold(uri[:len(urnCWMP)], []byte(urnCWMP)) {
		return
	}
	for _, c := range uri {
		if !nameByte(c) || c >= 0x80 {
			return
		}
	}
	r.spaces = append(r.spaces, binding{prefix, uri})
}

// namespace is what a message's prefix means; where that is undeclared or another
// namespace, the first CWMP namespace of the document.
func (r *reader) namespace(prefix []byte) string {
	for i := len(r.spaces) - 1; i >= 0; i-- {
		if bytes.Equal(r.spaces[i].prefix, prefix) {
			return string(r.spaces[i].uri)
		}
	}
	if len(r.spaces) > 0 {
		return string(r.spaces[0].uri)
	}
	return ""
}

// fields reads to the end of the element whose start tag was read last. child gets
// each element in it by its name without a prefix, and reads it to its end.
func (r *reader) fields(child func(name []byte) error) error {
	return r.content(nil, child)
}

func (r *reader) content(text *[]byte, child func(name []byte) error) error {
	for {
		name, err := r.next(text)
		if err != nil || name == nil {
			return err
		}
		if child == nil {
			err = r.skip()
		} else {
			err = child(name)
		}
		if err != nil {
			return err
		}
	}
}

// skip reads to the end of the present element and keeps nothing.
func (r *reader) skip() error {
	for inner := 1; inner > 0; {
		name, err := r.next(nil)
		switch {
		case err != nil:
			return err
		case name != nil:
			inner++
		default:
			inner--
		}
	}
	return nil
}

// mixed reads an element that holds text, and perhaps elements beside it.
func (r *reader) mixed(child func(name []byte) error) (string, error) {
	var buf [128]byte
	text := buf[:0]
	err := r.content(&text, child)
	return string(text), err
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// nameByte reports whether a byte may stand in a name, its colon included.
func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ':' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

func shorten(b []byte) string { return string(b[:min(len(b), 40)]) }
