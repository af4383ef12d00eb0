package revision

import (
	"encoding/json"
	"sync"

	"bellwether/internal/platform/limit"
)

// parts keeps the shared halves of revisions as they were read last. A part's id is
// made of its content, so that what is kept holds for ever; nobody may change it.
// The zero value is ready.
type parts struct {
	mu      sync.Mutex // guards what follows
	kept    map[string][]Entry
	entries int
}

// read returns a part by its id and its text.
func (p *parts) read(id, content string) ([]Entry, error) {
	p.mu.Lock()
	found, ok := p.kept[id]
	p.mu.Unlock()
	if ok {
		return found, nil
	}
	var out []Entry
	if err := json.Unmarshal([]byte(content), &out); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries += len(out); p.kept == nil || p.entries > limit.PartEntries {
		p.kept, p.entries = map[string][]Entry{}, len(out)
	}
	p.kept[id] = out
	return out, nil
}
