// Package provision answers the one question of every file door: which bytes
// does this phone get now? It identifies who asks, has identity judge the proof,
// takes the published revision, renders it, and writes down what it answered
// and why.
//
// Start at Service.Open (open.go); the ledger is in ledger.go.
package provision

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/netip"
	"time"

	"bellwether/internal/domain/device"
	"bellwether/internal/domain/identity"
	"bellwether/internal/platform/secret"
	"bellwether/internal/vendors"
)

// Request is what a door makes of a phone's request, before any judgement.
type Request struct {
	Door      vendors.Door
	Name      string // the last part of the path, decoded once
	Folder    Folder
	Token     string // of /p/<token>/…, "" for a bare name
	User      string // sent with the request or at sign-in, "" for none
	Password  secret.String
	Digest    *Digest // instead of Password, where the phone answered a challenge; User is its user
	Address   netip.Addr
	UserAgent string
	TLS       *tls.ConnectionState // nil on a clear door
	Fault     string               // beside Problem, the code of the reason where the door has one
	Problem   string               // why the door found the path itself malformed; "" where it did not
}

// Digest is a phone's answer to a door's challenge (RFC 7616 §3.4). The door made
// the nonce, found it fresh and the URI to be the one that was asked for; whether
// Response is right is for identity to say.
type Digest struct {
	Method, URI, Realm, Nonce, Response string
	Algorithm                           string // "" and "MD5" are the same
	QOP, NC, CNonce                     string // "" from phones that know RFC 2069 alone
}

// Folder is where in a door's tree a name stands.
type Folder string

// The folders.
const (
	Root      Folder = ""          // /<name> and /p/<token>/<name>
	Challenge Folder = "d"         // /d/<name>: the door asks for a password, alike for every name
	Images    Folder = "firmware"  // /firmware/<name>
	Resources Folder = "resources" // /p/<token>/resources/<name>
)

// Verdict is how a request was judged.
type Verdict string

// The verdicts of the ledger.
const (
	Served      Verdict = "served"
	NotModified Verdict = "not_modified" // the phone has these bytes already
	Bootstrap   Verdict = "bootstrap"    // where and how to come back, and nothing else
	Probe       Verdict = "probe"        // a name that is normally absent
	Refused     Verdict = "refused"
	NoRevision  Verdict = "no_revision" // proven, and there is nothing published for it
	Invalid     Verdict = "invalid"     // malformed
	Busy        Verdict = "busy"        // too much at once: come later
	Broken      Verdict = "error"       // our own fault
	Handshake   Verdict = "handshake"   // TLS came to nothing: no request was made
	Reported    Verdict = "reported"    // it told of itself, and fetched nothing
)

// Answer is what a door sends: what Open gives. Where that is nothing the door
// sends its plain refusal, the same for every verdict. Done must be called once,
// when nothing is read any more.
type Answer struct {
	Verdict     Verdict
	Body        []byte            // of a file that is made for the answer
	Content     io.ReadSeekCloser // of a file that lies in the store, instead of Body; Done closes it
	Size        int64             // bytes of Content
	ContentType string
	ETag        string    // strong, with its quotes
	Modified    time.Time // when the content was published
	Done        func(context.Context, Outcome)
}

// Open returns what goes out, from its beginning, and its length in bytes; false
// for a refusal. A stored file is checked while it is read: a read that fails
// means that the file must not count as whole.
func (a Answer) Open() (r io.ReadSeeker, size int64, ok bool) {
	switch {
	case a.Content != nil:
		return a.Content, a.Size, true
	case a.Body != nil:
		return bytes.NewReader(a.Body), int64(len(a.Body)), true
	}
	return nil, 0, false
}

// Outcome is what became of an answer on the wire.
type Outcome struct {
	Status      int   // in the door's own numbers
	Bytes       int64 // of the body
	Complete    bool  // the body went out whole
	NotModified bool  // the phone showed that it has these very bytes
}

// Shown is what a request proved itself by: an identity.Proof, a bootstrap token
// that is good and proves nothing yet, or "" for nothing.
type Shown string

// ByBootstrap is a bootstrap token: this party asked here before.
const ByBootstrap Shown = "bootstrap token"

// Proven reports whether it told who asks.
func (s Shown) Proven() bool { return s != "" && s != ByBootstrap }

// Entry is a row of the ledger: one request, or several equal ones of one hour.
type Entry struct {
	ID, TenantID, OrgID string
	DeviceID, MAC       string
	At, LastAt          time.Time
	Count               int64
	Door                vendors.Door
	Address             string
	Name, UserAgent     string
	Kind                vendors.FileKind // what the name stands for, "" for what is none of ours
	Shown               Shown            // what it proved itself by
	Verdict             Verdict
	Reason              string
	Findings            []identity.Finding // why, each with its code; the deciding one first
	Status              int
	Bytes               int64
	Revision            string
	Took                time.Duration // of the last one
	queued              bool          // waits to be written
	// stranger is what the pool is told where nobody has the MAC; nil for nothing.
	stranger *device.Unclaimed
	// more finds what else is wrong, when the row is written: nobody waits for
	// it, and its time tells the asker nothing. Nil for nothing.
	more func(context.Context, Entry) (Entry, error)
}
