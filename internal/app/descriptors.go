package app

import "syscall"

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
