package cwmpd

import (
	"context"
	"net"
	"sync"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/domain/identity"
	"bellwether/internal/domain/manager"
	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/cwmp"
)

// session is one conversation with a phone, from its Inform to our empty answer.
type session struct {
	id    string
	begun time.Time
	idle  time.Duration // that a message is waited for

	mu     sync.Mutex // one message at a time; guards what follows
	who    identity.Reporter
	phone  manager.Phone
	space  string // the namespace that the phone writes
	root   string
	over   bool
	step   step   // what takes the answer that is waited for; nil for none
	asked  string // id of our request that is under way, "" for none
	method string // of it
	todo   []step // before the commands
	doing  *command.Command
	asks   int  // requests so far
	mute   bool // what came for the last one was no answer to it

	// Guarded by the table.
	conn net.Conn
	last time.Time
}

// step takes the phone's answer to the request before, nil at first, and returns
// what to ask next and who takes the answer to that; nil where the job is done.
type step func(ctx context.Context, answer cwmp.Message) (cwmp.Message, step)

// table is the sessions of a node: by cookie, and for phones that send none by
// their connection.
type table struct {
	mu     sync.Mutex // guards what follows
	byID   map[string]*session
	byConn map[net.Conn]*session
	byDev  map[string]*session // of devices that showed their credential
	bare   map[string]*session // by cookie, of who showed none
}

func newTable() *table {
	return &table{byID: map[string]*session{}, byConn: map[net.Conn]*session{}, byDev: map[string]*session{}, bare: map[string]*session{}}
}

// add takes a session in and returns those that it takes the place of: the one of
// the same device, and one of nobody's where those are too many. Nobody ends another
// device's: where a proxy has several on one connection, their cookies tell them
// apart. It reports false where there is no room.
func (t *table) add(s *session, device string, conn net.Conn, now time.Time) (gone []*session, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.byDev[device]; old != nil && device != "" {
		gone = append(gone, t.remove(old))
	}
	if device == "" {
		for _, old := range t.bare { // any will do: it has nothing to lose
			if len(t.bare) < limit.CWMPBare {
				break
			}
			gone = append(gone, t.remove(old))
		}
		t.bare[s.id] = s
	}
	if len(t.byID) >= limit.CWMPSessions {
		delete(t.bare, s.id)
		return gone, false
	}
	s.conn, s.last = conn, now
	t.byID[s.id] = s
	if conn != nil {
		t.byConn[conn] = s
	}
	if device != "" {
		t.byDev[device] = s
	}
	return gone, true
}

func (t *table) remove(s *session) *session {
	delete(t.byID, s.id)
	delete(t.bare, s.id)
	if t.byConn[s.conn] == s {
		delete(t.byConn, s.conn)
	}
	if id := s.who.Device().ID; t.byDev[id] == s {
		delete(t.byDev, id)
	}
	return s
}

// find returns the session that a message belongs to: by one of its cookies, else
// by the connection that it came on. It counts as heard then.
func (t *table) find(cookies []string, conn net.Conn, now time.Time) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	var s *session
	for _, c := range cookies {
		if s = t.byID[c]; s != nil {
			break
		}
	}
	if s == nil && conn != nil {
		s = t.byConn[conn]
	}
	if s == nil {
		return nil
	}
	s.last = now
	if s.conn != conn && conn != nil && t.byConn[conn] == nil {
		if t.byConn[s.conn] == s {
			delete(t.byConn, s.conn)
		}
		s.conn = conn
		t.byConn[conn] = s
	}
	return s
}

func (t *table) drop(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(s)
}

func (t *table) overdue(now time.Time) (out []*session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.byID {
		if now.Sub(s.last) > s.idle || now.Sub(s.begun) > limit.CWMPSession {
			out = append(out, s)
		}
	}
	return out
}

func (t *table) all() (out []*session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.byID {
		out = append(out, s)
	}
	return out
}

// drop ends a session that did not come to its end: of a command that was under way
// nobody knows what became.
func (s *Server) drop(ctx context.Context, one *session, why string) {
	s.table.drop(one)
	one.mu.Lock()
	defer one.mu.Unlock()
	one.end(ctx, s, why)
}

// end closes a session; its lock is held.
func (one *session) end(ctx context.Context, s *Server, why string) {
	if one.over {
		return
	}
	one.over, one.step, one.todo = true, nil, nil
	if one.doing != nil {
		s.lost(ctx, one, why)
	}
}

// lost writes down that the answer to the command under way will not come.
func (s *Server) lost(ctx context.Context, one *session, why string) {
	c := one.doing
	one.doing = nil
	if c.Kind == command.DeliverRevision {
		return // the phone may fetch it yet
	}
	if err := s.Manager.Lost(ctx, c.ID, why); err != nil {
		s.Log.ErrorContext(ctx, "lost command not written down", "command", c.ID, "error", err)
	}
}
