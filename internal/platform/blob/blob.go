// Package blob keeps files by the hash of their content: firmware, ringtones,
// uploads. A blob never changes; the same content is kept once.
//
// What is on the disk is not trusted: Get checks every byte again while it is
// read.
package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"
	"time"

	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/fault"
)

// Hash names a blob: the SHA-256 of its content in lower-case hex.
type Hash string

// ParseHash reads a Hash, and fails with fault.Invalid for anything else than 64
// lower-case hex digits.
func ParseHash(s string) (Hash, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != sha256.Size || hex.EncodeToString(b) != s {
		return "", fault.New(fault.Invalid, "a blob is named by 64 lower-case hex digits")
	}
	return Hash(s), nil
}

// Store keeps blobs as files below one folder. It is safe for concurrent use,
// also by several processes.
type Store struct {
	root *os.Root

	mu    sync.Mutex // guards parts
	parts map[Hash][]sum
}

const (
	drafts = "tmp"          // holds what is being written
	stale  = 24 * time.Hour // age at which a draft is what a crash left
)

// Open makes the folder where it is absent (0700) and clears what an interrupted
// Put left a day ago or earlier.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the blob folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the blob folder: %w", err)
	}
	if err := clearDrafts(root); err != nil {
		return nil, errors.Join(fmt.Errorf("clear unfinished blobs: %w", err), root.Close())
	}
	return &Store{root: root, parts: map[Hash][]sum{}}, nil
}

func clearDrafts(root *os.Root) error {
	if err := root.MkdirAll(drafts, 0o700); err != nil {
		return err
	}
	list, err := fs.ReadDir(root.FS(), drafts)
	if err != nil {
		return err
	}
	old := (clock.System{}).Now().Add(-stale)
	for _, e := range list {
		info, err := e.Info()
		if err != nil || info.ModTime().After(old) {
			continue
		}
		if err := root.Remove(path.Join(drafts, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close ends the use of the folder. Blobs being read stay readable.
func (s *Store) Close() error { return s.root.Close() }

// Put stores what r gives, at most limit bytes, and returns its hash and size.
// It fails with fault.Invalid beyond the limit and with fault.Unavailable on a
// full disk, and leaves nothing behind then. Once it has returned, the blob
// survives a power cut.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error) {
	draft := path.Join(drafts, rand.Text())
	h, n, err := s.write(ctx, draft, r, limit)
	if err == nil {
		err = s.keep(draft, h)
	}
	if err != nil {
		_ = s.root.Remove(draft)
		return "", 0, classify(err)
	}
	return h, n, nil
}

func (s *Store) write(ctx context.Context, draft string, r io.Reader, limit int64) (Hash, int64, error) {
	f, err := s.root.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(&contextReader{ctx, r}, limit+1))
	if err != nil {
		return "", 0, err
	}
	if n > limit {
		return "", 0, fault.New(fault.Invalid, "the file is larger than %d bytes", limit)
	}
	if err := f.Sync(); err != nil {
		return "", 0, err
	}
	return Hash(hex.EncodeToString(sum.Sum(nil))), n, f.Close()
}

// keep moves a draft to its place. Where the blob is there already, the new file
// takes its place: the old one may have been damaged.
func (s *Store) keep(draft string, h Hash) error {
	dir, name := place(h)
	if err := s.root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := s.root.Rename(draft, name); err != nil {
		return err
	}
	for _, d := range []string{dir, path.Dir(dir), "."} {
		if err := s.syncDir(d); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) syncDir(name string) error {
	d, err := s.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get opens a blob and returns its size in bytes. It fails with fault.NotFound
// where there is none. What Read gives was checked: in order, the last bytes come
// only where all of them were right; after a Seek, each part is checked before a
// byte of it is given. A Read fails with fault.Internal where the content is not
// what it was.
func (s *Store) Get(_ context.Context, h Hash) (io.ReadSeekCloser, int64, error) {
	if _, err := ParseHash(string(h)); err != nil {
		return nil, 0, err
	}
	_, name := place(h)
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fault.New(fault.NotFound, "there is no such file")
	}
	if err != nil {
		return nil, 0, classify(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return &reader{store: s, f: f, hash: h, size: info.Size(), sum: sha256.New()}, info.Size(), nil
}

// Delete removes a blob; one that is not there is no error.
func (s *Store) Delete(_ context.Context, h Hash) error {
	if _, err := ParseHash(string(h)); err != nil {
		return err
	}
	_, name := place(h)
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete a blob: %w", err)
	}
	return nil
}

// place returns the folder and the name of a blob, two levels deep so that no
// folder grows large.
func place(h Hash) (dir, name string) {
	dir = path.Join(string(h[:2]), string(h[2:4]))
	return dir, path.Join(dir, string(h))
}

func classify(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.Wrap(fault.Unavailable, err, "the disk is full")
	}
	return err
}

// contextReader ends a copy when its context ends.
type contextReader struct {
	ctx context.Context //nolint:containedctx // lives as long as one copy
	r   io.Reader
}

// Read reads unless the context has ended.
func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
