package secret_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/secret"
)

func exists(yes bool) func() (bool, error) { return func() (bool, error) { return yes, nil } }

func TestLoadRoot(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "root.key")

	_, err := secret.LoadRoot(path, exists(true))
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), path) {
		t.Fatalf("missing beside a database: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a key was made although the database exists")
	}
	if _, err := secret.LoadRoot(path, func() (bool, error) { return false, errors.New("disk on fire") }); err == nil {
		t.Fatal("made a key without knowing whether a database exists")
	}
	made, err := secret.LoadRoot(path, exists(false))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	again, err := secret.LoadRoot(path, exists(true))
	if err != nil || again.ID() != made.ID() {
		t.Fatalf("read again: %v, %v", again, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.LoadRoot(path, exists(true)); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatalf("readable by others: %v", err)
	}
}

func TestLoadRoot_damaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if _, err := secret.LoadRoot(good, exists(false)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	key := strings.Index(text, "\nkey ") + 5
	flipped := []byte(text)
	flipped[key] ^= 1
	for name, damaged := range map[string]string{
		"empty": "", "cut": text[:key+10], "flipped": string(flipped), "no check": text[:strings.Index(text, "check")],
		"other file": "-----BEGIN PRIVATE KEY-----\n", "no key": text[:strings.Index(text, "id ")],
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := secret.LoadRoot(path, exists(true))
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), text[key:key+20]) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func TestNew_refuses_another_root(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "root.key")
	root, err := secret.LoadRoot(path, exists(false))
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err := secret.Exists(t.Context(), d); sealed || err != nil {
		t.Fatalf("Exists on an empty database = %v, %v", sealed, err)
	}
	vaultOf(t, d, root)
	if sealed, err := secret.Exists(t.Context(), d); !sealed || err != nil {
		t.Fatalf("Exists = %v, %v", sealed, err)
	}
	other := filepath.Join(dir, "other.key")
	foreign, err := secret.LoadRoot(other, exists(false))
	if err != nil {
		t.Fatal(err)
	}
	_, err = secret.New(t.Context(), d, foreign)
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), other) || !strings.Contains(err.Error(), root.ID()) {
		t.Fatalf("New with another root = %v", err)
	}
}

// FuzzParseRoot has the text of a key file refused as Invalid, or its first key
// found in it.
func FuzzParseRoot(f *testing.F) {
	path := filepath.Join(f.TempDir(), "root.key")
	if _, err := secret.LoadRoot(path, exists(false)); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(append(append([]byte{}, good...), good...))
	f.Add([]byte(strings.ReplaceAll(string(good), "\n", "\r\n")))
	f.Add([]byte(strings.Replace(string(good), "key ", "key A", 1)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := secret.ParseRoot(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !strings.Contains(string(text), r.ID()) {
			t.Fatalf("%q gives the key %s", text, r.ID())
		}
	})
}
