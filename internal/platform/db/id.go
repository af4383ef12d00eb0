package db

import (
	"encoding/binary"
	"io"
	"sync"

	"github.com/google/uuid"

	"bellwether/internal/platform/clock"
)

// idMaker makes UUIDs of version 7 (RFC 9562 §5.7) that grow strictly: 48 bits
// of milliseconds, a 12-bit counter that starts low in each millisecond, 62
// random bits.
type idMaker struct {
	clock clock.Clock
	rand  io.Reader

	mu   sync.Mutex // guards last
	last uint64     // milliseconds<<12 | counter
}

// NewID returns a new UUIDv7 as text. Each is greater than those before it from
// the same process, also where the clock stands still or goes back.
func (d *DB) NewID() string { return d.ids.next() }

func (m *idMaker) next() string {
	var id uuid.UUID
	m.mu.Lock()
	if _, err := io.ReadFull(m.rand, id[6:]); err != nil {
		m.mu.Unlock()
		panic("no random numbers: " + err.Error())
	}
	// An 11-bit random start leaves at least 2048 ids in the millisecond.
	now := uint64(m.clock.Now().UnixMilli())<<12 | uint64(binary.BigEndian.Uint16(id[6:])&0x7ff)
	m.last = max(now, m.last+1)
	last := m.last
	m.mu.Unlock()

	binary.BigEndian.PutUint64(id[:8], last>>12<<16|last&0xfff|0x7000)
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
