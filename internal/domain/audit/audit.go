// Package audit is the operation log: who did what to which thing, with the
// state before and after. A row is written in the transaction of the change it
// tells of, so that there is never one without the other, and is never changed.
//
// Every so often a sealer gathers the rows that no seal covers yet, chains them
// to the seal before and signs the result (seal.go). Verify then tells whether
// a sealed row was edited, deleted, moved or added. Whoever may read the log is
// decided by the caller; audit stands above domain/access.
package audit

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/scope"
)

// Entry is what a change says of itself. Before and After are encoded as JSON
// and hold no secrets; nil stands for "was not there" and "is gone".
type Entry struct {
	TenantID, OrgID string // "" as in the rows that the change touched
	Action          string // noun.verb: "device.create"
	SubjectKind     string
	SubjectID       string
	SubjectName     string // as it was called then
	Before, After   any
}

// Row is an entry of the log as it is kept.
type Row struct {
	ID              string
	TenantID, OrgID string
	At              time.Time
	ActorKind       scope.ActorKind
	ActorID         string
	ActorName       string
	Address         string
	Action          string
	SubjectKind     string
	SubjectID       string
	SubjectName     string
	Before, After   string // JSON, "" for none
	Sealed          bool
}

// Filter narrows a list; zero fields do not. The context's scope narrows first.
type Filter struct {
	OrgID       string
	Actor       string // an actor's id
	Action      string // "device.create", or "device" for all of that noun
	SubjectKind string
	SubjectID   string
	From, To    time.Time // From inclusive, To exclusive
	Query       string    // words in the names of actor and subject
	db.Page
}

// maxState is how many bytes of JSON one state may take; beyond it only the
// size is kept.
const maxState = 64 << 10

// encode writes a state as JSON.
func encode(state any) (string, error) {
	if state == nil {
		return "", nil
	}
	b, err := json.Marshal(state)
	if err != nil {
		return "", err
	}
	if len(b) > maxState {
		b, err = json.Marshal(map[string]int{"too_large_bytes": len(b)})
	}
	return string(b), err
}

// clean makes text from outside fit for every engine and for one line: valid
// UTF-8 without NUL and control characters, at most n bytes.
func clean(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
