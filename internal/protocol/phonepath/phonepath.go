// Package phonepath reads the paths that phones ask for, alike on every file
// door: /<name>, /d/<name>, /firmware/<name>, /p/<token>/<name> and
// /p/<token>/resources/<name>, and the folders of AudioCodes' phone manager. There
// is no tree behind them: a path is a few words, and nothing in it is ever given to
// a file system.
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
	Fault   string // a stable code of the problem, "" for none in particular
}

// Parse reads a path that was decoded once. Doubled slashes count once, as old
// phones write them, and the case of a folder does not matter.
func Parse(path string) Path {
	if len(path) > limit.PathBytes {
		return Path{Problem: "the path is too long", Fault: "too_long"}
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
	var out Path
	rest := parts
	if len(parts) > 1 && strings.EqualFold(parts[0], "p") {
		out.Token, rest = parts[1], parts[2:]
	}
	switch len(rest) {
	case 0:
		if len(parts) == 0 {
			return Path{Problem: "no file is named"}
		}
	case 1:
		out.Name = rest[0]
		return out
	case 2:
		folder, ok := folderOf(rest[0])
		if out.Folder, out.Name = folder, rest[1]; ok && (folder != "d" || out.Token == "") {
			return out
		}
	}
	problem, fault := misplaced(parts)
	return Path{Name: last(parts), Problem: problem, Fault: fault}
}

// misplaced says what is wrong with a path of too many parts: phones put together
// what they were given wrongly in two ways.
func misplaced(parts []string) (problem, fault string) {
	tokens := 0
	for i, p := range parts {
		switch strings.ToLower(p) {
		case "http:", "https:", "tftp:", "ftp:", "ftps:":
			return "a protocol such as http: stands inside the path", "path_scheme"
		case "p":
			if i+1 < len(parts) {
				tokens++
			}
		}
	}
	if tokens > 1 {
		return "the folder with the token stands twice in the path", "path_doubled"
	}
	return "there is no such folder", "wrong_folder"
}

// folderOf knows the folders by name. The two of AudioCodes' phone manager may
// carry a parameter, as in firmwarefiles;ipp (its guide, "DHCP Option 160").
func folderOf(part string) (string, bool) {
	part = strings.ToLower(part)
	switch part {
	case "firmware", "resources", "d":
		return part, true
	}
	switch name, _, _ := strings.Cut(part, ";"); name {
	case "firmwarefiles":
		return "firmware", true
	case "configfiles":
		return "", true
	}
	return "", false
}

// last is the last part of a path, unless that stands where a token belongs.
func last(parts []string) string {
	n := len(parts)
	if n == 0 || n > 1 && strings.EqualFold(parts[n-2], "p") {
		return ""
	}
	return parts[n-1]
}
