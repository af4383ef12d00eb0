// Package phonepath reads the paths that phones ask for, alike on every file
// door: /<name>, /d/<name>, /firmware/<name>, /p/<token>/<name> and
// /p/<token>/resources/<name>. There is no tree behind them: a path is two or
// three words, and nothing in it is ever given to a file system.
package phonepath

import (
	"slices"
	"strings"

	"bellwether/internal/platform/limit"
)

// Path is a path that was read.
type Path struct {
	Token  string // of /p/<token>/…, "" for none
	Folder string // "d", "firmware" or "resources", "" for none
	Name   string // the last part, as it was written; beside a Problem it is for the ledger alone
	// Problem is why it is no path of ours, in words; "" where it is one.
	// Beside it there is no Token.
	Problem string
}

// Parse reads a path that was decoded once. Doubled slashes count once, as old
// phones write them, and the case of a folder does not matter.
func Parse(path string) Path {
	if len(path) > limit.PathBytes {
		return Path{Problem: "the path is too long"}
	}
	if strings.ContainsRune(path, '\\') {
		return Path{Name: last(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })), Problem: "the path leads out of its folder"}
	}
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if slices.Contains(parts, "..") || slices.Contains(parts, ".") {
		return Path{Name: last(parts), Problem: "the path leads out of its folder"}
	}
	return place(parts)
}

func place(parts []string) Path {
	is := func(i int, folder string) bool { return strings.EqualFold(parts[i], folder) }
	switch n := len(parts); {
	case n == 0:
		return Path{Problem: "no file is named"}
	case n == 1:
		return Path{Name: parts[0]}
	case n == 2 && is(0, "firmware"):
		return Path{Folder: "firmware", Name: parts[1]}
	case n == 2 && is(0, "d"):
		return Path{Folder: "d", Name: parts[1]}
	case n == 3 && is(0, "p"):
		return Path{Token: parts[1], Name: parts[2]}
	case n == 4 && is(0, "p") && is(2, "resources"):
		return Path{Token: parts[1], Folder: "resources", Name: parts[3]}
	}
	return Path{Name: last(parts), Problem: "there is no such folder"}
}

// last is the last part of a path, unless that stands where a token belongs.
func last(parts []string) string {
	n := len(parts)
	if n == 0 || n > 1 && strings.EqualFold(parts[n-2], "p") {
		return ""
	}
	return parts[n-1]
}
