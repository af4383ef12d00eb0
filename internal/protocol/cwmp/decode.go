package cwmp

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/platform/limit"
)

// Decode reads one message. It fails with ErrEmpty where there is none, and with
// another fault.Invalid for what is no envelope, breaks off, or is beyond a limit.
// It keeps nothing of b.
func Decode(b []byte) (Envelope, error) {
	if len(b) > limit.CWMPBytes {
		return Envelope{}, broken("the message is longer than %d bytes", limit.CWMPBytes)
	}
	b, err := clean(b)
	if err != nil {
		return Envelope{}, err
	}
	if len(bytes.Trim(b, " \t\r\n\x00")) == 0 {
		return Envelope{}, ErrEmpty
	}
	r := &reader{b: b}
	e := Envelope{}
	name, err := r.next(nil)
	if err != nil {
		return Envelope{}, err
	}
	if string(name) != "Envelope" {
		return Envelope{}, broken("this is no SOAP envelope")
	}
	if err := r.fields(e.part(r)); err != nil {
		return Envelope{}, err
	}
	if e.Body == nil {
		return Envelope{}, ErrEmpty
	}
	return e, nil
}

func (e *Envelope) part(r *reader) func([]byte) error {
	header, body := e.header(r), e.body(r)
	return func(name []byte) error {
		switch string(name) {
		case "Header":
			return r.fields(header)
		case "Body":
			return r.fields(body)
		}
		return r.skip()
	}
}

func (e *Envelope) header(r *reader) func([]byte) error {
	return func(name []byte) error {
		switch string(name) {
		case "ID":
			e.HasID = true
			return r.word(&e.ID)
		case "HoldRequests":
			return r.flag(&e.HoldRequests)
		case "NoMoreRequests":
			return r.flag(&e.NoMoreRequests)
		case "SessionTimeout", "sessionTimeout":
			n := 0
			err := r.number(&n)
			e.SessionTimeout = time.Duration(max(n, 0)) * time.Second
			return err
		case "SupportedCWMPVersions":
			return r.word(&e.SupportedVersions)
		case "UseCWMPVersion":
			return r.word(&e.UseVersion)
		}
		return r.skip()
	}
}

// body reads the first message; there is never more than one (MaxEnvelopes).
func (e *Envelope) body(r *reader) func([]byte) error {
	return func(name []byte) error {
		if e.Body != nil {
			return r.skip()
		}
		e.Namespace = r.namespace(r.prefix)
		m := message(string(name))
		r.inBody = true
		if err := m.read(r); err != nil {
			return err
		}
		e.Body = judged(m)
		return nil
	}
}

// judged makes a fault of an answer whose status is one: some phones refuse
// AddObject with <Status>9005</Status>.
func judged(m Message) Message {
	s, ok := m.(interface{ status() int })
	if !ok || s.status() < FaultMethod || s.status() > faultLast {
		return m
	}
	return &Fault{Code: s.status(), String: FaultText(s.status())}
}

// value reads an element's text as it is, but without the white space of a
// formatter: that which begins and ends with a new line.
func (r *reader) value(to *string) error {
	s, err := r.mixed(nil)
	if trimmed := strings.TrimSpace(s); len(trimmed) < len(s) && formatted(s, trimmed) {
		s = trimmed
	}
	*to = s
	return err
}

func formatted(s, trimmed string) bool {
	if trimmed == "" {
		return strings.Contains(s, "\n")
	}
	before, after, _ := strings.Cut(s, trimmed)
	return strings.Contains(before, "\n") && strings.Contains(after, "\n")
}

// word reads a name, key or code, which white space is never part of.
func (r *reader) word(to *string) error {
	s, err := r.mixed(nil)
	*to = strings.TrimSpace(s)
	return err
}

// number reads a whole number; what is none is 0, what does not fit the nearest
// that does.
func (r *reader) number(to *int) error {
	s, err := r.mixed(nil)
	n, _ := strconv.ParseInt(strings.TrimSpace(s), 10, 32) // what it returns beside an error is as said
	*to = int(n)
	return err
}

// size reads a number that may be as large as a file.
func (r *reader) size(to *int64) error {
	s, err := r.mixed(nil)
	*to, _ = strconv.ParseInt(strings.TrimSpace(s), 10, 64) // what is no number is 0
	return err
}

func (r *reader) flag(to *bool) error {
	s, err := r.mixed(nil)
	*to, _ = ParseBool(s) // what is neither is false
	return err
}

func (r *reader) time(to *time.Time) error {
	s, err := r.mixed(nil)
	*to = ParseTime(s)
	return err
}

// words reads an array of texts, whatever its elements are called.
func (r *reader) words(to *[]string) error {
	return r.fields(func([]byte) error {
		s := ""
		err := r.word(&s)
		*to = append(*to, s)
		return err
	})
}
