package db

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// Moment is a state of some tables: two that are the same say that nobody wrote to
// any of them in between. The zero value is none.
type Moment struct {
	ours   uint64 // changes by this process
	others int64  // by others
	known  bool
}

// changes counts what was written to the main file, table by table, and tells
// other processes on the same files of it: each adds a byte to a file of theirs,
// so that what it holds beyond one's own bytes was others'.
type changes struct {
	file *os.File

	mu      sync.Mutex // guards what follows
	touched []string   // tables, by the transaction under way
	count   map[string]uint64
	bytes   int64 // that this process added
	lost    bool  // a change could not be told
}

const (
	changesFile  = "changes"
	changesBytes = 1 << 20 // the file begins anew where it is longer when it is opened
)

func (c *changes) open(dir string) error {
	path := filepath.Join(dir, changesFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the file that tells of changes: %w", err)
	}
	c.file, c.count = f, map[string]uint64{}
	if i, err := f.Stat(); err == nil && i.Size() > changesBytes {
		return f.Truncate(0)
	}
	return nil
}

// watch is called before each row of the writer's connection changes.
func (c *changes) watch(d sqlite.SQLitePreUpdateData) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.touched, d.TableName) {
		c.touched = append(c.touched, d.TableName)
	}
}

// take returns what the transaction that has the writer's connection has touched.
func (c *changes) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.touched
	c.touched = nil
	return out
}

// note counts a change of tables, once it is committed.
func (c *changes) note(tables []string) {
	if len(tables) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range tables {
		c.count[t]++
	}
	if _, err := c.file.Write([]byte{'.'}); err != nil {
		c.lost = true
		return
	}
	c.bytes++
}

func (c *changes) moment(tables []string) Moment {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, err := c.file.Stat()
	if err != nil || c.lost {
		return Moment{}
	}
	m := Moment{others: i.Size() - c.bytes, known: true}
	for _, t := range tables {
		m.ours += c.count[t] // they only grow, so that equal sums are equal parts
	}
	return m
}

// memoLife is how long something is kept at most, for a process that was killed
// after it wrote and before it could tell.
const memoLife = 5 * time.Minute

// Memo keeps what was read from some tables of the main file until somebody writes
// to one of them, whatever process does. On PostgreSQL, where other nodes write
// too, it keeps nothing. What it holds is shared by all who ask, so nobody may
// change it. It is safe for concurrent use.
type Memo[K comparable, T any] struct {
	db     *DB
	tables []string
	most   int
	weigh  func(T) int

	mu     sync.Mutex // guards what follows
	kept   map[K]memo[T]
	weight int
}

type memo[T any] struct {
	v      T
	at     Moment
	until  time.Time
	weight int
}

// NewMemo returns a memo of things that are read from those tables and together
// weigh so much at most. Without weigh each weighs 1.
func NewMemo[K comparable, T any](d *DB, most int, weigh func(T) int, tables ...string) *Memo[K, T] {
	if weigh == nil {
		weigh = func(T) int { return 1 }
	}
	return &Memo[K, T]{db: d, tables: tables, most: most, weigh: weigh, kept: map[K]memo[T]{}}
}

// Now is the moment to take before what is to be put is read.
func (m *Memo[K, T]) Now() Moment {
	if m.db.changed.file == nil {
		return Moment{}
	}
	return m.db.changed.moment(m.tables)
}

// Get returns what was put since the last change, and the moment with which
// something new is to be put.
func (m *Memo[K, T]) Get(k K) (v T, at Moment, ok bool) {
	at = m.Now()
	if !at.known {
		return v, at, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.kept[k]
	if !ok || e.at != at || m.db.Now().After(e.until) {
		return v, at, false
	}
	return e.v, at, true
}

// Put keeps something that was read after the moment at. Where there is no room,
// others make it, whichever they are.
func (m *Memo[K, T]) Put(k K, v T, at Moment) {
	e := memo[T]{v: v, at: at, until: m.db.Now().Add(memoLife), weight: m.weigh(v)}
	if !at.known || e.weight > m.most {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.weight += e.weight - m.kept[k].weight
	m.kept[k] = e
	for other, o := range m.kept {
		if m.weight <= m.most {
			break
		}
		if other != k {
			m.weight -= o.weight
			delete(m.kept, other)
		}
	}
}

// Read returns what is kept, or reads it in a transaction of its own.
func (m *Memo[K, T]) Read(ctx context.Context, k K, read func(q Q) (T, error)) (T, error) {
	v, at, ok := m.Get(k)
	if ok {
		return v, nil
	}
	err := m.db.Read(ctx, func(q Q) (err error) {
		v, err = read(q)
		return err
	})
	if err == nil {
		m.Put(k, v, at)
	}
	return v, err
}
