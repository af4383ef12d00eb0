package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bellwether/internal/config"
)

// fileState is what became of the configuration file.
type fileState struct {
	Path    string `json:"path"`
	Written bool   `json:"written"`
	Edited  bool   `json:"edited"` // by hand: it is used as it stands
}

// ownFile is the configuration file as it was found. One that "up" wrote begins
// with a line that tells by a digest whether anybody changed it since.
type ownFile struct {
	there, edited bool
	body          []byte // below that line
}

const ownLine = "# Written by bellwether up. Edit it freely: an edited file is used and never overwritten. "

// readOwn reads the file; one that is not there is no error.
func readOwn(file string) (f ownFile, err error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("read the configuration: %w", err)
	}
	f.there, f.edited, f.body = true, true, b
	head, body, ok := bytes.Cut(b, []byte("\n"))
	if ok && string(head) == ownLine+digestOf(body) {
		f.edited, f.body = false, body
	}
	return f, nil
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// write puts the settings into the file and reports whether that changed it. One
// that was edited is kept beside it.
func (f ownFile) write(file string, c config.Config) (changed bool, err error) {
	var body bytes.Buffer
	if err := config.Print(&body, c); err != nil {
		return false, err
	}
	if f.there && !f.edited && bytes.Equal(f.body, body.Bytes()) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return false, fmt.Errorf("make the folder of the configuration: %w", err)
	}
	if f.edited {
		if err := os.Rename(file, file+".old"); err != nil {
			return false, fmt.Errorf("keep the old configuration: %w", err)
		}
	}
	whole := append([]byte(ownLine+digestOf(body.Bytes())+"\n"), body.Bytes()...)
	next := file + ".new"
	if err := os.WriteFile(next, whole, 0o600); err != nil {
		return false, fmt.Errorf("write the configuration: %w", err)
	}
	if err := os.Rename(next, file); err != nil {
		return false, fmt.Errorf("write the configuration: %w", err)
	}
	return true, nil
}
