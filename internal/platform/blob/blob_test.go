package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"bellwether/internal/platform/blob"
	"bellwether/internal/platform/fault"
)

func open(t *testing.T) (*blob.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, dir
}

func put(t *testing.T, s *blob.Store, content []byte) blob.Hash {
	t.Helper()
	h, n, err := s.Put(context.Background(), bytes.NewReader(content), 1<<20)
	if err != nil || n != int64(len(content)) {
		t.Fatalf("Put = %d, %v", n, err)
	}
	return h
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestStore(t *testing.T) {
	t.Parallel()
	s, dir := open(t)
	ctx := context.Background()
	content := bytes.Repeat([]byte("firmware"), 5000)
	h := put(t, s, content)
	if h2 := put(t, s, content); h2 != h || len(files(t, dir)) != 1 {
		t.Errorf("the same content is kept twice: %v", files(t, dir))
	}
	if want := blob.Hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"); put(t, s, nil) != want {
		t.Error("the hash is not SHA-256")
	}
	r, size, err := s.Get(ctx, h)
	if err != nil || size != int64(len(content)) {
		t.Fatalf("Get = %d, %v", size, err)
	}
	if err := iotest.TestReader(r, content); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.Delete(ctx, h); err != nil {
			t.Errorf("Delete = %v", err)
		}
	}
	if _, _, err := s.Get(ctx, h); !fault.Is(err, fault.NotFound) {
		t.Errorf("Get = %v, want NotFound", err)
	}
}

func TestGet_damaged(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("x"), 100_000)
	for name, damage := range map[string]func(path string) error{
		"flipped":   func(p string) error { return rewrite(p, func(b []byte) []byte { b[70_000] ^= 1; return b }) },
		"short":     func(p string) error { return rewrite(p, func(b []byte) []byte { return b[:99_999] }) },
		"long":      func(p string) error { return rewrite(p, func(b []byte) []byte { return append(b, 'x') }) },
		"empty":     func(p string) error { return rewrite(p, func([]byte) []byte { return nil }) },
		"last byte": func(p string) error { return rewrite(p, func(b []byte) []byte { b[99_999] = 'y'; return b }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := open(t)
			h := put(t, s, content)
			if err := damage(files(t, dir)[0]); err != nil {
				t.Fatal(err)
			}
			r, size, err := s.Get(context.Background(), h)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err == nil || int64(len(got)) >= size && size > 0 {
				t.Errorf("all %d bytes were read, error %v", len(got), err)
			}
			if size < 2 {
				return
			}
			part, _, err := s.Get(context.Background(), h)
			if err != nil {
				t.Fatal(err)
			}
			defer part.Close()
			if _, err := part.Seek(1, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if n, err := part.Read(make([]byte, 10)); err == nil || n > 0 {
				t.Errorf("%d bytes were read after a seek, error %v", n, err)
			}
		})
	}
}

// TestGet_parts: read in any order, each part is checked when it is given, also
// where the file was changed after it had been checked as a whole.
func TestGet_parts(t *testing.T) {
	t.Parallel()
	s, dir := open(t)
	content := make([]byte, 1<<20-77)
	for i := range content {
		content[i] = byte(i >> 10)
	}
	h := put(t, s, content)
	r, _, err := s.Get(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := func(from, n int64) error {
		got := make([]byte, n)
		if _, err := r.Seek(from, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, got); err != nil {
			return err
		}
		if !bytes.Equal(got, content[from:from+n]) {
			t.Errorf("from %d other bytes came", from)
		}
		return nil
	}
	for _, from := range []int64{1<<20 - 300, 5, 262_140, 0, 700_000, 1<<20 - 84} {
		if err := at(from, 7); err != nil {
			t.Errorf("from %d: %v", from, err)
		}
	}
	if err := rewrite(files(t, dir)[0], func(b []byte) []byte { b[600_000] ^= 1; return b }); err != nil {
		t.Fatal(err)
	}
	if err := at(1<<20-400, 77); err != nil {
		t.Errorf("a part that is as it was: %v", err)
	}
	if at(600_100, 10) == nil {
		t.Error("a changed part was given")
	}
	if at(0, 1<<20-77) == nil {
		t.Error("a changed file was given as a whole")
	}
}

func rewrite(path string, change func([]byte) []byte) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, change(b), 0o600)
}

func TestPut_refuses_and_leaves_nothing(t *testing.T) {
	t.Parallel()
	s, dir := open(t)
	broken := errors.New("broken")
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := s.Put(context.Background(), strings.NewReader("12345"), 4); !fault.Is(err, fault.Invalid) {
		t.Errorf("beyond the limit: %v", err)
	}
	if _, _, err := s.Put(context.Background(), strings.NewReader("1234"), 4); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, _, err := s.Put(context.Background(), iotest.ErrReader(broken), 4); !errors.Is(err, broken) {
		t.Errorf("a broken upload: %v", err)
	}
	if _, _, err := s.Put(gone, strings.NewReader("1234"), 4); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled upload: %v", err)
	}
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d files are left: %v", n, files(t, dir))
	}
}

func TestOpen_clears_drafts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range []string{"left", "at work"} {
		if err := os.WriteFile(filepath.Join(dir, "tmp", name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, "tmp", "left"), old, old); err != nil {
		t.Fatal(err)
	}
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if left := files(t, dir); len(left) != 1 || filepath.Base(left[0]) != "at work" {
		t.Errorf("left: %v, want the one at work", left)
	}
}

func TestGet_odd_names(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	for _, h := range []blob.Hash{"", "..", "../../etc/passwd", blob.Hash(strings.Repeat("A", 64)), blob.Hash(strings.Repeat("g", 64)), blob.Hash(strings.Repeat("a", 65))} {
		if _, _, err := s.Get(context.Background(), h); !fault.Is(err, fault.Invalid) {
			t.Errorf("Get(%q) = %v, want Invalid", h, err)
		}
		if err := s.Delete(context.Background(), h); !fault.Is(err, fault.Invalid) {
			t.Errorf("Delete(%q) = %v, want Invalid", h, err)
		}
	}
}
