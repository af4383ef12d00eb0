// Package alarm is what is wrong now and what was: an alarm says in plain words
// what happened to which subject, how bad that is, and what to do.
//
// A subject is a kind and an id, so that any noun may raise an alarm without
// alarm knowing it. There is one open alarm per subject and code: raising it
// again counts it up. Whoever raises one does so in the transaction that found
// the cause (Service.Raise), and clears it where the cause has gone (Clear).
// Operators acknowledge, mask, note and clear (verbs.go). It tells nobody; that
// is for notify. Start reading at raise.go.
package alarm

import (
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/domain/access"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// Severity is how bad it is, by the words of ITU-T X.733 §8.1.2.3.
type Severity string

// The severities, worst first.
const (
	Critical      Severity = "critical"
	Major         Severity = "major"
	Minor         Severity = "minor"
	Warning       Severity = "warning"
	Indeterminate Severity = "indeterminate"
)

// Rank orders severities: 5 is the worst, 0 stands for none that is known.
func (s Severity) Rank() int {
	switch s {
	case Critical:
		return 5
	case Major:
		return 4
	case Minor:
		return 3
	case Warning:
		return 2
	case Indeterminate:
		return 1
	}
	return 0
}

// State is where an alarm is in its life.
type State string

// The states. All but the last are open.
const (
	Active       State = "active"
	Acknowledged State = "acknowledged" // an operator has seen it
	Masked       State = "masked"       // an operator does not want to hear of it until a time
	Cleared      State = "cleared"      // history
)

// Subject is what the alarm is about. ID may be empty where there is one of its
// kind, as the platform's own disk.
type Subject struct {
	Kind string // "device", "site", "certificate", "disk" …
	ID   string
	Name string // as people call it now
}

// Place is where an alarm belongs. The zero value is the platform itself.
type Place struct{ TenantID, OrgID, SiteID string }

// Key names at most one open alarm.
type Key struct {
	Place   Place // SiteID is no part of the key
	Subject Subject
	Code    string
}

// Alarm is one alarm with all that became of it.
type Alarm struct {
	ID string
	Key
	Name        string // what people call this kind of alarm
	Severity    Severity
	State       State
	Source      string // who says so: "IPPhone:<mac>", "identity"
	Text        string
	Remedy      string // what to do about it
	OID         string // the maker's SNMP object, "" for none
	Type        string // of event, by ITU-T X.733 in the maker's words: "communicationsAlarm(1)"; "" for none
	Probable    string // the probable cause, the same
	Info        string // what else the subject told of it
	Address     string // of the party that caused it, "" for none
	Count       int64  // how often it was raised
	FirstAt     time.Time
	LastAt      time.Time // when it was raised last
	ChangedAt   time.Time // when anything happened to it last
	AckBy       string
	AckAt       time.Time // zero: not acknowledged
	MaskBy      string
	MaskUntil   time.Time
	ClearedBy   string
	ClearedAt   time.Time
	ClearReason string
	SitePath    []string // ids from the top to the site that it stands in now
}

// Note is what an operator wrote to an alarm.
type Note struct {
	ID, Author, Text string
	At               time.Time
}

// Where says where the alarm lies, for access.
func (a Alarm) Where() access.Where {
	return access.Where{TenantID: a.Place.TenantID, OrgID: a.Place.OrgID, SitePath: a.SitePath}
}

// lapse ends a mask whose time has come.
func (a *Alarm) lapse(now time.Time) {
	if a.State == Masked && !a.MaskUntil.After(now) {
		a.unmask()
	}
}

// unmask returns to what the alarm was before it was masked.
func (a *Alarm) unmask() {
	a.MaskBy, a.MaskUntil, a.State = "", time.Time{}, Active
	if !a.AckAt.IsZero() {
		a.State = Acknowledged
	}
}

// words are what a search finds the alarm by, lower case.
func (a Alarm) words() string {
	return strings.ToLower(strings.Join([]string{a.Name, a.Code, a.Subject.Name, a.Source, a.Address, a.Text, a.Info}, " "))
}

// text makes one line of what others say: at most n runes, no control
// characters.
func text(s string, n int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s))
	if utf8.RuneCountInString(s) > n {
		s = string([]rune(s)[:n])
	}
	return s
}

// checkNote refuses what an operator may not write.
func checkNote(s string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(s)); n == 0 || n > limit.AlarmNote {
		return fault.InvalidFields("the note is not valid", fault.Field{Path: "text", Message: "1 to 1000 characters"})
	}
	return nil
}
