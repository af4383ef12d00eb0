package app

import (
	"net"
	"net/netip"
	"sync"
	"syscall"

	"bellwether/internal/platform/slots"
)

// Of the files and connections that the system lets the program have open, the
// doors for phones may take half and leave the rest to the database, the console
// and the files that phones fetch: so that nobody who opens connections without end
// takes those away.
const (
	doorsShare = 2
	tftpShare  = 8 // a transfer holds an image open
)

// manyFiles stands for a system that sets no bound.
const manyFiles = 1 << 20

// openFiles is how many files and connections the program may have open.
func openFiles() int {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil || r.Cur > manyFiles {
		return manyFiles
	}
	return int(r.Cur)
}

// bounded is a listener whose connections have a place among those of all doors; one
// that finds none is closed at once, and the phone comes again.
type bounded struct {
	net.Listener
	places *slots.Slots
}

// Accept returns the next connection that has a place.
func (b bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.places.Take(netip.Addr{}) {
			return &placed{Conn: c, places: b.places}, nil
		}
		_ = c.Close() // it is nobody's
	}
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	places *slots.Slots
	once   sync.Once
}

// Close closes the connection.
func (p *placed) Close() error {
	err := p.Conn.Close()
	p.once.Do(func() { p.places.Give(netip.Addr{}) })
	return err
}
