package manager

import (
	"fmt"
	"strings"
	"testing"

	"bellwether/internal/platform/limit"
)

// TestService_Say: of each phone the newest messages are kept, of all together no
// more than there is room for, and those heard least lately go first.
func TestService_Say(t *testing.T) {
	t.Parallel()
	s := &Service{talks: newTalks()}
	for i := range limit.ConversationLines + 10 {
		s.Say("one", Line{Text: fmt.Sprint(i)})
	}
	got := s.Conversation("one")
	if len(got) != limit.ConversationLines || got[0].Text != "10" || got[len(got)-1].Text != fmt.Sprint(limit.ConversationLines+9) {
		t.Errorf("%d messages, from %q to %q", len(got), got[0].Text, got[len(got)-1].Text)
	}
	long := strings.Repeat("x", limit.ConversationLine+1)
	s.Say("one", Line{Text: long})
	if got = s.Conversation("one"); len(got[len(got)-1].Text) != limit.ConversationLine {
		t.Errorf("a long message is kept with %d bytes", len(got[len(got)-1].Text))
	}
	phones := 2 * limit.ConversationsBytes / limit.ConversationBytes
	for i := range phones {
		for range 2 * limit.ConversationBytes / limit.ConversationLine {
			s.Say(fmt.Sprint("phone ", i), Line{Text: long})
		}
		if s.talks.bytes > limit.ConversationsBytes+limit.ConversationLine {
			t.Fatalf("%d bytes are kept", s.talks.bytes)
		}
	}
	if s.Conversation("one") != nil || len(s.Conversation(fmt.Sprint("phone ", phones-1))) < 3 {
		t.Errorf("who was heard first has %d messages, who was heard last %d", len(s.Conversation("one")), len(s.Conversation(fmt.Sprint("phone ", phones-1))))
	}
	sum := 0
	for _, w := range s.talks.of {
		if sum += w.bytes; w.bytes > limit.ConversationBytes {
			t.Errorf("a phone has %d bytes", w.bytes)
		}
	}
	if sum != s.talks.bytes {
		t.Errorf("%d bytes are counted, and %d are there", s.talks.bytes, sum)
	}
}
