package command

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Kind is what a device is to do.
type Kind string

// The kinds.
const (
	DeliverRevision Kind = "deliver_revision" // take the published revision
	GetValues       Kind = "get_values"       // tell the values of some keys
	TryValues       Kind = "try_values"       // take values until a time, then the desired ones again
	Reboot          Kind = "reboot"
	FactoryReset    Kind = "factory_reset"
	Upgrade         Kind = "upgrade" // take a firmware image
	Upload          Kind = "upload"  // give away its configuration or its log
	Ping            Kind = "ping"
	Traceroute      Kind = "traceroute"
	Message         Kind = "message" // show a text
)

// Kinds lists all kinds in a fixed order.
func Kinds() []Kind {
	return []Kind{DeliverRevision, GetValues, TryValues, Reboot, FactoryReset, Upgrade, Upload, Ping, Traceroute, Message}
}

// Args are what a command is asked with. Which of them a kind takes stands
// beside each; the others must be empty.
type Args struct {
	Keys     []string          `json:"keys,omitempty"`     // GetValues: keys of the catalog or names of the data model
	Values   map[string]string `json:"values,omitempty"`   // TryValues: by key
	Until    time.Time         `json:"until,omitzero"`     // TryValues: when the desired values come back
	Forced   bool              `json:"forced,omitempty"`   // Reboot: also during a call; GetValues: also what such phones refused before
	Resource string            `json:"resource,omitempty"` // Upgrade: the image's id
	What     string            `json:"what,omitempty"`     // Upload: "config" or "log"
	Host     string            `json:"host,omitempty"`     // Ping, Traceroute
	Count    int               `json:"count,omitempty"`    // Ping: echo requests, 1 to limit.PingCount; Traceroute: hops, 1 to limit.TraceHops; 0 is the default
	Text     string            `json:"text,omitempty"`     // Message
	Seconds  int               `json:"seconds,omitempty"`  // Message: how long it is shown, 1 to limit.MessageSeconds; 0 leaves it to the phone
	For      string            `json:"for,omitempty"`      // GetValues: what the house itself asks for, "" where an operator does
}

// What the house itself asks phones for.
const (
	ForDetails  = "details"   // the state that people look at
	ForReadBack = "read_back" // what it made of what it was told
	ForSync     = "sync"      // what it holds, to be taken over
)

// spec is what the queue knows of a kind.
type spec struct {
	repeats bool          // may be handed out again after an unknown outcome: it only reads, or doing it twice is doing it once
	waits   bool          // later commands wait until it was answered
	answer  time.Duration // how long an answer is waited for
	check   func(Args) []fault.Field
}

// A phone that takes an image answers at once and is busy for minutes after
// that; its word that it is done comes with its next contact.
const (
	answerSoon  = time.Minute
	answerLater = 30 * time.Minute
)

func specOf(k Kind) (spec, bool) {
	s, ok := map[Kind]spec{
		DeliverRevision: {repeats: true, answer: 10 * time.Minute, check: none},
		GetValues:       {repeats: true, waits: true, answer: 2 * time.Minute, check: checkKeys},
		TryValues:       {waits: true, answer: answerSoon, check: checkTry},
		Reboot:          {waits: true, answer: answerSoon, check: none},
		FactoryReset:    {waits: true, answer: answerSoon, check: none},
		Upgrade:         {waits: true, answer: answerLater, check: checkUpgrade},
		Upload:          {waits: true, answer: answerLater, check: checkUpload},
		Ping:            {waits: true, answer: 2 * time.Minute, check: checkPing},
		Traceroute:      {waits: true, answer: 5 * time.Minute, check: checkTrace},
		Message:         {waits: true, answer: answerSoon, check: checkMessage},
	}[k]
	return s, ok
}

// Destructive reports whether a kind changes or interrupts the phone, so that it
// is never handed out a second time.
func (k Kind) Destructive() bool {
	s, ok := specOf(k)
	return ok && !s.repeats
}

// check says what is wrong with a command's arguments.
func check(k Kind, a Args) error {
	s, ok := specOf(k)
	if !ok || k == DeliverRevision {
		return fault.InvalidFields("command is not valid", fault.Field{Path: "kind", Message: "there is no such command"})
	}
	wrong := s.check(a)
	for _, f := range strays(k, a) {
		wrong = append(wrong, fault.Field{Path: f, Message: "not for this command"})
	}
	if len(wrong) > 0 {
		return fault.InvalidFields("command is not valid", wrong...)
	}
	return nil
}

// strays are arguments of other kinds.
func strays(k Kind, a Args) (out []string) {
	for _, f := range []struct {
		name string
		set  bool
		of   []Kind
	}{
		{"keys", len(a.Keys) > 0, []Kind{GetValues}},
		{"values", len(a.Values) > 0, []Kind{TryValues}},
		{"until", !a.Until.IsZero(), []Kind{TryValues}},
		{"forced", a.Forced, []Kind{Reboot, GetValues}},
		{"resource", a.Resource != "", []Kind{Upgrade}},
		{"what", a.What != "", []Kind{Upload}},
		{"host", a.Host != "", []Kind{Ping, Traceroute}},
		{"count", a.Count != 0, []Kind{Ping, Traceroute}},
		{"for", a.For != "", nil},
		{"text", a.Text != "", []Kind{Message}},
		{"seconds", a.Seconds != 0, []Kind{Message}},
	} {
		if f.set && !slices.Contains(f.of, k) {
			out = append(out, f.name)
		}
	}
	return out
}

func none(Args) []fault.Field { return nil }

func checkKeys(a Args) (wrong []fault.Field) {
	if len(a.Keys) == 0 || len(a.Keys) > limit.CommandKeys {
		return []fault.Field{{Path: "keys", Message: "1 to " + strconv.Itoa(limit.CommandKeys) + " keys"}}
	}
	for _, k := range a.Keys {
		if k == "" || len(k) > limit.Host || strings.ContainsFunc(k, control) {
			wrong = append(wrong, fault.Field{Path: "keys", Message: "a key is empty, too long or holds control characters"})
			break
		}
	}
	return wrong
}

func checkTry(a Args) (wrong []fault.Field) {
	if len(a.Values) == 0 || len(a.Values) > limit.CommandKeys {
		wrong = append(wrong, fault.Field{Path: "values", Message: "1 to " + strconv.Itoa(limit.CommandKeys) + " values"})
	}
	if a.Until.IsZero() {
		wrong = append(wrong, fault.Field{Path: "until", Message: "a time at which the desired values come back is needed"})
	}
	return wrong
}

func checkUpgrade(a Args) []fault.Field {
	if a.Resource == "" {
		return []fault.Field{{Path: "resource", Message: "the image is needed"}}
	}
	return nil
}

func checkUpload(a Args) []fault.Field {
	if a.What != "config" && a.What != "log" {
		return []fault.Field{{Path: "what", Message: "config or log"}}
	}
	return nil
}

func checkPing(a Args) []fault.Field { return checkHost(a, limit.PingCount) }

func checkTrace(a Args) []fault.Field { return checkHost(a, limit.TraceHops) }

// checkHost takes a host name or an address and nothing that a phone's own shell
// could take for something else.
func checkHost(a Args, most int) (wrong []fault.Field) {
	if a.Count < 0 || a.Count > most {
		wrong = append(wrong, fault.Field{Path: "count", Message: "1 to " + strconv.Itoa(most)})
	}
	if _, err := netip.ParseAddr(a.Host); err == nil {
		return wrong
	}
	if a.Host == "" || len(a.Host) > 253 || a.Host[0] == '-' || strings.ContainsFunc(a.Host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-'
	}) {
		wrong = append(wrong, fault.Field{Path: "host", Message: "a host name or an address is needed"})
	}
	return wrong
}

func checkMessage(a Args) (wrong []fault.Field) {
	if n := utf8.RuneCountInString(a.Text); n == 0 || n > limit.Description || strings.ContainsFunc(a.Text, control) {
		wrong = append(wrong, fault.Field{Path: "text", Message: "1 to " + strconv.Itoa(limit.Description) + " characters, in one line"})
	}
	if a.Seconds < 0 || a.Seconds > limit.MessageSeconds {
		wrong = append(wrong, fault.Field{Path: "seconds", Message: "1 to " + strconv.Itoa(limit.MessageSeconds)})
	}
	return wrong
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
