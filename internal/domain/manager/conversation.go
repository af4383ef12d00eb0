package manager

import (
	"sync"
	"time"

	"bellwether/internal/platform/limit"
)

// Line is one message of a conversation, as it stood on the wire but for what is
// secret in it.
type Line struct {
	At      time.Time
	Session string // messages of one session have the same
	Phone   bool   // the phone said it; else we did
	Status  int    // of our answer, 0 for the phone's
	Text    string // "" for an empty message
}

// talks keeps the newest messages of each phone in memory: what was said long ago
// goes first, of the phones that were heard least lately. It is for looking closer,
// and not kept over a restart.
type talks struct {
	mu    sync.Mutex // guards what follows
	of    map[string]*talk
	bytes int
	beat  uint64
}

type talk struct {
	lines []Line
	bytes int
	last  uint64 // beat at which it was heard last
}

func newTalks() *talks { return &talks{of: map[string]*talk{}} }

func (l Line) size() int { return len(l.Text) + len(l.Session) + 64 }

// Say adds a message to a device's conversation. Its secrets are masked already.
func (s *Service) Say(deviceID string, l Line) {
	if len(l.Text) > limit.ConversationLine {
		l.Text = l.Text[:limit.ConversationLine]
	}
	t := s.talks
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.of[deviceID]
	if w == nil {
		w = &talk{}
		t.of[deviceID] = w
	}
	t.beat++
	w.last = t.beat
	w.lines = append(w.lines, l)
	w.bytes += l.size()
	t.bytes += l.size()
	for w.bytes > limit.ConversationBytes || len(w.lines) > limit.ConversationLines {
		n := w.lines[0].size()
		w.lines = w.lines[1:]
		w.bytes -= n
		t.bytes -= n
	}
	if t.bytes > limit.ConversationsBytes {
		t.shed()
	}
}

// shed drops the conversations that were heard least lately, until a quarter of the
// room is free again.
func (t *talks) shed() {
	for span := t.beat; t.bytes > limit.ConversationsBytes*3/4 && len(t.of) > 1; span = span * 3 / 4 {
		for id, w := range t.of {
			if t.beat-w.last >= span && t.bytes > limit.ConversationsBytes*3/4 {
				t.bytes -= w.bytes
				delete(t.of, id)
			}
		}
	}
}

// Conversation returns the newest messages of a device, the oldest first.
func (s *Service) Conversation(deviceID string) []Line {
	s.talks.mu.Lock()
	defer s.talks.mu.Unlock()
	w := s.talks.of[deviceID]
	if w == nil {
		return nil
	}
	return append([]Line(nil), w.lines...)
}
