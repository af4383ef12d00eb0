package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bellwether/internal/platform/fault"
)

// maxRootFile is far more than two keys need.
const maxRootFile = 16 << 10

// LoadRoot reads the root key from the file at path. Where there is no file it
// makes one, but only if databaseExists says that there is nothing yet which an
// older key sealed; otherwise it fails with fault.Unavailable and names the
// file, since a new key would make every secret unreadable for ever. It fails
// the same way where others may read the file or where it is damaged.
func LoadRoot(path string, databaseExists func() (bool, error)) (*Root, error) {
	r, err := readRoot(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	exists, err := databaseExists()
	if err != nil {
		return nil, fmt.Errorf("look for a database that needs the key file %s: %w", path, err)
	}
	if exists {
		return nil, fault.New(fault.Unavailable, "the key file %s is missing, and this database holds secrets that only it opens: "+
			"put the file back from your copy; no new one is made while the database exists", path)
	}
	return createRoot(path)
}

func readRoot(path string) (*Root, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "read the key file")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "read the key file")
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Unavailable, "the key file %s is not a plain file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fault.New(fault.Unavailable, "others may read the key file %s (mode %04o): run chmod 600 %s; "+
			"if anybody may have read it, change the root key", path, perm, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRootFile))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "read the key file %s", path)
	}
	r, err := ParseRoot(text)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the key file %s is damaged: put it back from your copy", path)
	}
	r.path = path
	return r, nil
}

func createRoot(path string) (*Root, error) {
	r, err := NewRoot()
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, r.text()); err != nil {
		if errors.Is(err, fs.ErrExist) { // another process was first: take its key
			return readRoot(path)
		}
		return nil, fault.Wrap(fault.Unavailable, err, "make the key file %s", path)
	}
	r.path = path
	return r, nil
}

// writeNew writes a file that did not exist, to the disk and not only to the
// cache. A file that could not be written whole is taken away again.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncDir(filepath.Dir(path))
}

// StageRoot puts a new root key in front of the one in the file and keeps the
// old one behind it. The next start reads both; Vault.Rotate then wraps every
// data key with the new one, and DropOldRoots takes the old one away.
func StageRoot(path string) (*Root, error) {
	old, err := readRoot(path)
	if err != nil {
		return nil, fmt.Errorf("stage a new root key: %w", err)
	}
	if len(old.keys) > 1 {
		return nil, fault.New(fault.Conflict, "%s already holds two keys: finish that change first", path)
	}
	fresh, err := NewRoot()
	if err != nil {
		return nil, err
	}
	fresh.keys = append(fresh.keys, old.keys...)
	fresh.path = path
	return fresh, replaceRoot(fresh)
}

// replaceRoot writes r over its file in one step.
func replaceRoot(r *Root) error {
	fresh := r.path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "write the key file")
	}
	if err := writeNew(fresh, r.text()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "write the key file")
	}
	if err := os.Rename(fresh, r.path); err != nil {
		return fault.Wrap(fault.Unavailable, err, "write the key file")
	}
	return fault.Wrap(fault.Unavailable, syncDir(filepath.Dir(r.path)), "write the key file")
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
