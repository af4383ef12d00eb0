package ftpd

import (
	"errors"
	"io"
	"os"
	"time"

	ftpserver "github.com/fclairamb/ftpserverlib"
	"github.com/spf13/afero"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
)

// errNotFound is the plain refusal, the same for every name and asker.
var errNotFound = errors.New("file not found")

// files is a session's file system as the library wants one. It has no files:
// what it is asked for by name is asked of domain/provision, every folder seems
// to be there and to be empty, and nothing can be changed.
type files struct{ session *session }

var (
	_ ftpserver.ClientDriver                      = files{}
	_ ftpserver.ClientDriverExtentionFileTransfer = files{}
	_ ftpserver.ClientDriverExtensionFileList     = files{}
)

// GetHandle opens a file for reading.
func (f files) GetHandle(name string, flags int, _ int64) (ftpserver.FileTransfer, error) {
	if flags != os.O_RDONLY {
		return nil, os.ErrPermission
	}
	a := f.session.open(name)
	file, size, ok := a.Open()
	if !ok {
		a.Done(f.session.driver.ctx, provision.Outcome{Status: ftpserver.StatusActionNotTaken})
		f.session.driver.cfg.Metrics.files.WithLabelValues(string(a.door), "refused").Inc()
		return nil, errNotFound
	}
	f.session.driver.work.Add(1)
	return &transfer{asked: a, session: f.session, body: file, size: size}, nil
}

// Stat tells the size and time of a file to the commands that want those, and of
// anything else that it is a folder: phones and programs change into the folders
// of a path before they fetch.
func (f files) Stat(name string) (os.FileInfo, error) {
	if len(name) > limit.PathBytes {
		return nil, errNotFound
	}
	switch f.session.cc.GetLastCommand() {
	case "SIZE", "MDTM":
	case "STAT", "MLST", "RNFR", "HASH":
		return nil, errNotFound
	default:
		return info{folder: true}, nil
	}
	a := f.session.open(name)
	_, size, ok := a.Open()
	if !ok {
		a.Done(f.session.driver.ctx, provision.Outcome{Status: ftpserver.StatusActionNotTaken})
		return nil, errNotFound
	}
	f.session.keep(a)
	return info{size: size, modified: a.Modified}, nil
}

// ReadDir lists nothing.
func (files) ReadDir(string) ([]os.FileInfo, error) { return nil, nil }

// Name names the file system.
func (files) Name() string { return "phones" }

// The rest is refused.

func (files) Create(string) (afero.File, error)                     { return nil, os.ErrPermission }
func (files) Mkdir(string, os.FileMode) error                       { return os.ErrPermission }
func (files) MkdirAll(string, os.FileMode) error                    { return os.ErrPermission }
func (files) Open(string) (afero.File, error)                       { return nil, os.ErrPermission }
func (files) OpenFile(string, int, os.FileMode) (afero.File, error) { return nil, os.ErrPermission }
func (files) Remove(string) error                                   { return os.ErrPermission }
func (files) RemoveAll(string) error                                { return os.ErrPermission }
func (files) Rename(string, string) error                           { return os.ErrPermission }
func (files) Chmod(string, os.FileMode) error                       { return os.ErrPermission }
func (files) Chown(string, int, int) error                          { return os.ErrPermission }
func (files) Chtimes(string, time.Time, time.Time) error            { return os.ErrPermission }

// transfer is a file on its way.
type transfer struct {
	asked
	session *session
	body    io.ReadSeeker
	size    int64
	sent    int64
	skipped bool // the peer asked for a part
	failed  bool
}

// Read reads the next bytes.
func (t *transfer) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	t.sent += int64(n)
	return n, err
}

// Seek moves on for a peer that has the beginning already.
func (t *transfer) Seek(offset int64, whence int) (int64, error) {
	t.skipped = true
	n, err := t.body.Seek(offset, whence)
	if err == nil && n > t.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Write is refused.
func (t *transfer) Write([]byte) (int, error) { return 0, os.ErrPermission }

// TransferError hears that the bytes did not go out.
func (t *transfer) TransferError(error) { t.failed = true }

// Close says what went out. FTP has no acknowledgement by the peer: complete
// means that every byte was handed to its connection.
func (t *transfer) Close() error {
	defer t.session.driver.work.Done()
	whole := !t.failed && t.sent == t.size && !t.skipped
	o := provision.Outcome{Status: ftpserver.StatusClosingDataConn, Bytes: t.sent, Complete: whole}
	result := "complete"
	if t.failed {
		o.Status, result = ftpserver.StatusActionNotTaken, "broken"
	}
	t.session.driver.cfg.Metrics.files.WithLabelValues(string(t.door), result).Inc()
	t.Done(t.session.driver.ctx, o)
	return nil
}

// info is what is told of a name.
type info struct {
	size     int64
	modified time.Time
	folder   bool
}

// Name is empty: the asker knows it.
func (info) Name() string { return "" }

// Size is the file's, 0 of a folder.
func (i info) Size() int64 { return i.size }

// Mode says that it can be read.
func (i info) Mode() os.FileMode {
	if i.folder {
		return os.ModeDir | 0o555
	}
	return 0o444
}

// ModTime is when the content was published.
func (i info) ModTime() time.Time { return i.modified }

// IsDir tells folders.
func (i info) IsDir() bool { return i.folder }

// Sys is nothing.
func (info) Sys() any { return nil }
