// Package fault holds the six kinds of error that Bellwether tells apart.
//
// An error gets its kind where the cause is known (fault.New, fault.Wrap); every
// door maps the kind once to its own form: an HTTP status, a TFTP code, a CWMP
// fault, an exit code. The message of the first five kinds is meant for the
// reader at the other end; the text of an Internal error is for the log alone.
package fault

import (
	"errors"
	"fmt"
)

// Kind is one of the six kinds. The zero value is Internal, so that an error
// nobody classified is never shown to a stranger.
type Kind uint8

// The six kinds.
const (
	Internal    Kind = iota // our own mistake or a broken environment
	Invalid                 // the input is wrong, whoever sends it
	NotFound                // it does not exist, or the asker may not see it
	Conflict                // it clashes with what is there (a name taken, a stale version)
	Denied                  // the asker is known and may not do this
	Unavailable             // it would work later (disk full, database gone, frozen)
)

var names = [...]string{"internal", "invalid", "not found", "conflict", "denied", "unavailable"}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) >= len(names) {
		return "internal"
	}
	return names[k]
}

// Field is one wrong input field: Path in dotted form ("values.3.key"), Message
// in plain words without the path.
type Field struct {
	Path    string
	Message string
}

// Error carries a kind, a message for the reader and, where a form was wrong,
// its fields.
type Error struct {
	Kind   Kind
	Msg    string
	Code   string // stable machine word, e.g. "stale_plan"; may be empty
	Fields []Field
	err    error
}

// Error returns the message, followed by the wrapped cause where there is one.
func (e *Error) Error() string {
	if e.err == nil {
		return e.Msg
	}
	if e.Msg == "" {
		return e.err.Error()
	}
	return e.Msg + ": " + e.err.Error()
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.err }

// New makes an error of kind k whose message is shown to the reader.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Msg: fmt.Sprintf(format, args...)}
}

// Wrap gives err the kind k and puts the message in front of it. The cause's
// text is shown too, unless k is Internal. It returns nil where err is nil.
func Wrap(k Kind, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: k, Msg: fmt.Sprintf(format, args...), err: err}
}

// InvalidFields makes an Invalid error that names each wrong field.
func InvalidFields(msg string, fields ...Field) *Error {
	return &Error{Kind: Invalid, Msg: msg, Fields: fields}
}

// WithCode returns a copy of e with a stable machine word.
func (e *Error) WithCode(code string) *Error {
	c := *e
	c.Code = code
	return &c
}

// KindOf returns the kind of the outermost classified error in err's chain, and
// Internal where there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Message returns what a reader at the other end may see of err: its text for
// five of the kinds, and for Internal only that something went wrong here.
func Message(err error) string {
	if KindOf(err) == Internal {
		return "something went wrong on the server; the log has the details"
	}
	return err.Error()
}

// CodeOf returns the stable machine word of the outermost classified error in
// err's chain, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
