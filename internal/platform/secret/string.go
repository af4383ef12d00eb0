package secret

import "log/slog"

// String is a secret in clear text. It prints as *** wherever it is formatted,
// logged or encoded; only Reveal shows it, and archtest lists who may call that.
type String struct{ s string }

// Redacted is what a String prints.
const Redacted = "***"

// NewString wraps clear text.
func NewString(s string) String { return String{s: s} }

// Reveal returns the clear text.
func (s String) Reveal() string { return s.s }

// IsZero reports whether there is nothing in it.
func (s String) IsZero() bool { return s.s == "" }

// String returns "***", or "" for an empty one.
func (s String) String() string {
	if s.s == "" {
		return ""
	}
	return Redacted
}

// GoString returns the redacted form for %#v.
func (s String) GoString() string { return "secret.String(" + s.String() + ")" }

// LogValue returns the redacted form for slog.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the redacted form, so that JSON and XML carry no secret.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Len returns the length of the clear text in bytes.
func (s String) Len() int { return len(s.s) }
