package lan

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Holder names the process that holds a port of this machine, as "nginx, process
// 812"; "" where the kernel does not show it, as for processes of others without
// the right to look at them. transport is "tcp" or "udp".
func Holder(transport string, port uint16) string { return holder(os.DirFS("/proc"), transport, port) }

// holder reads it out of a tree like /proc.
func holder(proc fs.FS, transport string, port uint16) string {
	var inodes []string
	for _, table := range []string{transport, transport + "6"} {
		b, err := fs.ReadFile(proc, path.Join("net", table))
		if err == nil {
			inodes = append(inodes, sockets(string(b), transport, port)...)
		}
	}
	if len(inodes) == 0 {
		return ""
	}
	list, err := fs.ReadDir(proc, ".")
	if err != nil {
		return ""
	}
	for _, d := range list {
		if _, err := strconv.Atoi(d.Name()); err != nil || !holds(proc, d.Name(), inodes) {
			continue
		}
		name, err := fs.ReadFile(proc, path.Join(d.Name(), "comm"))
		if err != nil {
			return "process " + d.Name()
		}
		return strings.TrimSpace(string(name)) + ", process " + d.Name()
	}
	return ""
}

// sockets are the inodes of sockets that hold a port, out of a table of proc(5):
// for TCP those that listen.
func sockets(table, transport string, port uint16) (out []string) {
	const listens = "0A"
	want := fmt.Sprintf("%04X", port)
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 {
			continue
		}
		_, at, ok := strings.Cut(f[1], ":")
		if ok && at == want && (transport != "tcp" || f[3] == listens) {
			out = append(out, "socket:["+f[9]+"]")
		}
	}
	return out
}

func holds(proc fs.FS, pid string, inodes []string) bool {
	dir := path.Join(pid, "fd")
	list, err := fs.ReadDir(proc, dir)
	if err != nil {
		return false // somebody else's
	}
	return slices.ContainsFunc(list, func(d fs.DirEntry) bool {
		to, err := fs.ReadLink(proc, path.Join(dir, d.Name()))
		return err == nil && slices.Contains(inodes, to)
	})
}
