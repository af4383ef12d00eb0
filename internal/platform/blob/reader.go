package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

const (
	partSize  = 256 << 10 // bytes that are checked at once after a Seek
	partsKept = 64        // blobs whose parts' sums are kept in memory, 32 kB for 256 MB
)

// sum is the SHA-256 of a part.
type sum = [sha256.Size]byte

// reader checks the content while it goes through. In order it sums up as it
// reads. Once somebody read out of order it checks part by part, against sums
// that were taken while the whole was checked.
type reader struct {
	store *Store
	f     *os.File
	hash  Hash
	size  int64
	sum   hash.Hash

	at     int64 // position of the next Read
	summed int64 // bytes that sum has seen, from the beginning without a gap

	parts []sum // nil while reading in order
	buf   []byte
	from  int64 // position of buf, which was checked
}

var errDamaged = errors.New("a stored file is damaged")

// Read reads on; see Get.
func (r *reader) Read(p []byte) (int, error) {
	if r.parts == nil && r.at == r.summed && r.summed < r.size {
		return r.inOrder(p)
	}
	if r.size == 0 && Hash(hex.EncodeToString(sha256.New().Sum(nil))) != r.hash {
		return 0, r.damaged(errDamaged)
	}
	if r.at >= r.size {
		return 0, io.EOF
	}
	if r.at < r.from || r.at >= r.from+int64(len(r.buf)) {
		if err := r.part(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.at-r.from:])
	r.at += int64(n)
	return n, nil
}

func (r *reader) inOrder(p []byte) (int, error) {
	n, err := r.f.ReadAt(p[:min(int64(len(p)), r.size-r.at)], r.at)
	if err != nil && (!errors.Is(err, io.EOF) || n == 0) {
		return 0, r.damaged(err)
	}
	r.sum.Write(p[:n])
	r.at += int64(n)
	r.summed += int64(n)
	if r.summed == r.size && Hash(hex.EncodeToString(r.sum.Sum(nil))) != r.hash {
		// The last bytes are held back, so that nobody takes the file for whole.
		return 0, r.damaged(errDamaged)
	}
	return n, nil
}

// part reads the part in which the next Read begins.
func (r *reader) part() error {
	if r.parts == nil {
		parts, err := r.store.partsOf(r.hash, io.NewSectionReader(r.f, 0, r.size))
		if err != nil {
			return r.damaged(err)
		}
		r.parts, r.buf = parts, make([]byte, 0, partSize)
	}
	i := r.at / partSize
	r.from = i * partSize
	buf := r.buf[:min(partSize, r.size-r.from)]
	r.buf = r.buf[:0]
	if _, err := r.f.ReadAt(buf, r.from); err != nil {
		return r.damaged(err)
	}
	if i >= int64(len(r.parts)) || sha256.Sum256(buf) != r.parts[i] {
		return r.damaged(errDamaged)
	}
	r.buf = buf
	return nil
}

func (r *reader) damaged(err error) error { return fmt.Errorf("read blob %s: %w", r.hash, err) }

// partsOf returns the sums of a blob's parts. The first time it reads and checks
// the whole.
func (s *Store) partsOf(h Hash, content io.Reader) ([]sum, error) {
	s.mu.Lock()
	known := s.parts[h]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	whole, parts, buf := sha256.New(), []sum{}, make([]byte, partSize)
	for {
		n, err := io.ReadFull(content, buf)
		if n > 0 {
			whole.Write(buf[:n])
			parts = append(parts, sha256.Sum256(buf[:n]))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if Hash(hex.EncodeToString(whole.Sum(nil))) != h {
		return nil, errDamaged
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.parts {
		if len(s.parts) < partsKept {
			break
		}
		delete(s.parts, other)
	}
	s.parts[h] = parts
	return parts, nil
}

// Seek moves the position of the next Read. At the beginning it reads in order
// again.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("a position before the beginning")
	}
	if offset == 0 && r.parts == nil {
		r.sum.Reset()
		r.summed = 0
	}
	r.at = offset
	return offset, nil
}

// Close closes the file.
func (r *reader) Close() error { return r.f.Close() }
