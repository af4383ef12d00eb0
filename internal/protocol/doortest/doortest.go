// Package doortest is the suite that every file door passes: who gets whose
// file, and that nobody learns anything from what they do not get. Behind the
// door stands the whole program, with a real database and real phones' records.
//
// Run is for every door. Doors that speak HTTP run HTTP, which holds Run and all
// that HTTP can do besides.
package doortest

import (
	"strings"
	"testing"

	"bellwether/internal/testkit"
	"bellwether/internal/vendors"
)

// Door is a file door under test, as a phone sees it.
type Door interface {
	// Kind says which door it is.
	Kind() vendors.Door
	// Fetch asks for a file and returns what came back. It fails the test
	// where the door breaks the connection instead of answering.
	Fetch(t testing.TB, a Ask) Answer
}

// Ask is a request for a file.
type Ask struct {
	// Path is what the phone writes, as it writes it: "p/<token>/cfg….xml" or
	// "cfg….xml". The door's client adds what the protocol puts in front.
	Path string
	// Agent is the phone's name for itself, where the protocol has one.
	Agent string
}

// Answer is what came back.
type Answer struct {
	Kind Kind
	Body []byte // of a File
	// Shape is all that a stranger sees of the answer besides the file: codes,
	// texts, header fields with their order, but for dates and hashes. Two
	// answers of one shape cannot be told apart.
	Shape string
}

// Kind is the kind of an answer.
type Kind string

// The kinds.
const (
	File      Kind = "file"
	Nothing   Kind = "nothing"   // the protocol's plain refusal
	Malformed Kind = "malformed" // refused for its form; a door may say Nothing to that too
	Trouble   Kind = "trouble"   // a fault of ours, or anything else
)

// Limited is a Door that can do less than HTTP.
type Limited interface {
	// Agentless reports that its protocol has no user agent.
	Agentless() bool
	// Resolves reports that its protocol itself resolves "..", at most to the
	// root of what is offered.
	Resolves() bool
}

func (s *suite) agentless() bool { l, ok := s.door.(Limited); return ok && l.Agentless() }
func (s *suite) resolves() bool  { l, ok := s.door.(Limited); return ok && l.Resolves() }

// Run runs the suite. open opens the door of a house that is made for the test,
// on a network in memory where the options say nothing else.
func Run(t *testing.T, open func(t testing.TB, h *testkit.House) Door, options ...testkit.Option) {
	t.Helper()
	if len(options) == 0 {
		options = []testkit.Option{testkit.InMemory()}
	}
	h := testkit.New(t, options...)
	s := &suite{h: h, w: h.World(t), door: open(t, h)}
	for _, p := range s.w.Phones[:2] { // their first contact, by the door that proves
		s.publish(t, p)
	}
	t.Run("own file", s.ownFile)
	t.Run("another phone's file", s.othersFile)
	t.Run("names that phones probe", s.probes)
	t.Run("tokens that prove nothing", s.badTokens)
	t.Run("bare names", s.bareNames)
	t.Run("malformed names", s.malformed)
	t.Run("odd spellings", s.spellings)
	t.Run("many at once", s.manyAtOnce)
	t.Run("ledger", s.ledger)
	t.Run("legacy flag", func(t *testing.T) { legacy(t, open, options) })
}

// suite is a run of the suite.
type suite struct {
	h    *testkit.House
	w    *testkit.World
	door Door
}

// proves reports whether a token counts at this door.
func (s *suite) proves() bool { return !s.door.Kind().Clear() }

func (s *suite) get(t testing.TB, path string) Answer {
	t.Helper()
	return s.door.Fetch(t, Ask{Path: path, Agent: agent})
}

// agent is a user agent without an address, which fits every phone.
const agent = "Grandstream Model HW GHP621W SW 1.0.1.54"

// own is the path of a phone's own file under its own token.
func own(p testkit.Phone) string { return under(p.Token, p.File()) }

func under(token, name string) string { return "p/" + token + "/" + name }

// wantNothing fails unless the answer is the plain refusal, without any file.
func (s *suite) wantNothing(t *testing.T, what string, a Answer) {
	t.Helper()
	if a.Kind != Nothing {
		t.Errorf("%s: got %s, want nothing\n%s", what, a.Kind, a.Shape)
	}
	s.wantNoSecret(t, what, a)
}

// wantNoSecret fails where an answer holds anybody's secret.
func (s *suite) wantNoSecret(t *testing.T, what string, a Answer) {
	t.Helper()
	all := append([]testkit.Phone{s.w.Waiting, s.w.SisterPhone, s.w.ForeignPhone}, s.w.Phones...)
	for _, p := range all {
		for _, secret := range []string{p.Password, p.Token} {
			if strings.Contains(string(a.Body), secret) || strings.Contains(a.Shape, secret) {
				t.Errorf("%s: the answer holds a secret of %s", what, p.Name)
			}
		}
	}
}
