package tftpd

import (
	"bufio"
	"strings"
)

// Lines is a text as netascii has it, read in parts of a size.
func Lines(text string, size int) string {
	l, p, out := &lines{in: bufio.NewReader(strings.NewReader(text))}, make([]byte, size), ""
	for {
		n, err := l.Read(p)
		out += string(p[:n])
		if err != nil {
			return out
		}
	}
}
