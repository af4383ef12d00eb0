package cwmp

import (
	"strconv"
	"strings"
	"time"
)

// The types of values, as they stand on the wire behind xsd:.
const (
	String       = "string"
	Int          = "int"
	UnsignedInt  = "unsignedInt"
	Long         = "long"
	UnsignedLong = "unsignedLong"
	Boolean      = "boolean"
	DateTime     = "dateTime"
	Base64       = "base64"
	HexBinary    = "hexBinary"
)

// typeName reads the value of an attribute type: its name without a prefix, in the
// schema's spelling, or "" for what is none of the types above.
func typeName(raw []byte) string {
	name := strings.TrimSpace(string(raw))
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	for _, t := range [...]string{String, Int, UnsignedInt, Boolean, DateTime, Base64, Long, UnsignedLong, HexBinary} {
		if strings.EqualFold(name, t) {
			return t
		}
	}
	if strings.EqualFold(name, "base64Binary") {
		return Base64
	}
	return ""
}

// ParseBool reads a boolean of any spelling that phones use: 1, 0, true, false, in
// any case.
func ParseBool(s string) (v, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "true":
		return true, true
	case "0", "false":
		return false, true
	}
	return false, false
}

// firstYear is the first that a phone's clock can rightly show: CWMP is of 2004. A
// clock that was never set shows one of the years before.
const firstYear = 2004

// ParseTime reads a dateTime with an offset, or without a zone, which means UTC.
// It returns the zero time for the unknown time (0001-01-01T00:00:00Z), for a clock
// that was never set, and for what is no time.
func ParseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t = t.UTC(); t.Year() < firstYear || t.Year() > 9999 {
				return time.Time{}
			}
			return t.Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

// AppendTime writes a time in UTC, and the zero time as the unknown time.
func AppendTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999Z07:00")
}

// Same reports whether a value that was read back is the one that was written:
// booleans and numbers by what they mean, everything else without the white space
// around it. The type is what either says; phones are known to leave it out, or to
// say one that their value is not of.
func (v ParameterValue) Same(told ParameterValue) bool {
	a, b := strings.TrimSpace(v.Value), strings.TrimSpace(told.Value)
	if a == b {
		return true
	}
	kind := v.Type
	if kind == "" || kind == String {
		kind = told.Type
	}
	switch kind {
	case Boolean:
		x, ok := ParseBool(a)
		y, also := ParseBool(b)
		return ok && also && x == y
	case Int, UnsignedInt, Long, UnsignedLong:
		return sameNumber(a, b)
	case DateTime:
		x, y := ParseTime(a), ParseTime(b)
		return x.Equal(y) && (!x.IsZero() || unknownTime(a) && unknownTime(b))
	case HexBinary:
		return strings.EqualFold(a, b)
	}
	return false
}

func sameNumber(a, b string) bool {
	x, err := strconv.ParseInt(a, 10, 64)
	y, bad := strconv.ParseInt(b, 10, 64)
	if err == nil && bad == nil {
		return x == y
	}
	ux, err := strconv.ParseUint(a, 10, 64)
	uy, bad := strconv.ParseUint(b, 10, 64)
	return err == nil && bad == nil && ux == uy
}

func unknownTime(s string) bool { return s == "" || strings.HasPrefix(s, "0001-01-01T00:00:00") }
