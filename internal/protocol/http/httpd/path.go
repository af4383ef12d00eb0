package httpd

import (
	"slices"
	"strings"

	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/limit"
)

// asked is a path taken apart. Of one with a problem the name is for the ledger,
// and is never a token.
type asked struct {
	token   string
	folder  provision.Folder
	name    string
	problem string // in words; "" for none
}

// split reads a decoded path: /<name>, /p/<token>/<name>, and either with one of
// the folders before the name. Doubled slashes count once. Anything deeper, or
// that leads upwards, is a problem.
func split(path string) asked {
	if len(path) > limit.PathBytes {
		return asked{problem: "the path is too long"}
	}
	if strings.ContainsRune(path, '\\') {
		return asked{name: last(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })), problem: "the path leads out of its folder"}
	}
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if slices.Contains(parts, "..") || slices.Contains(parts, ".") {
		return asked{name: last(parts), problem: "the path leads out of its folder"}
	}
	if len(parts) == 0 {
		return asked{problem: "no file is named"}
	}
	out, rest := asked{name: last(parts)}, parts
	if len(parts) > 2 && parts[0] == "p" {
		out.token, rest = parts[1], parts[2:]
	}
	switch {
	case len(rest) == 1 && out.name != "":
		return out
	case len(rest) == 2 && out.name != "":
		var ok bool
		if out.folder, ok = folderOf(rest[0]); ok {
			return out
		}
	}
	return asked{name: out.name, problem: "there is no such folder"}
}

// folderOf knows the folders by name. The two of AudioCodes' phone manager may
// carry a parameter, as in firmwarefiles;ipp (its guide, "DHCP Option 160").
func folderOf(part string) (provision.Folder, bool) {
	switch part {
	case "firmware":
		return provision.Images, true
	case "resources":
		return provision.Resources, true
	case "d":
		return provision.Challenge, true
	}
	switch name, _, _ := strings.Cut(part, ";"); name {
	case "firmwarefiles":
		return provision.Images, true
	case "configfiles":
		return provision.Root, true
	}
	return "", false
}

// last is the last part of a path, unless that stands where a token belongs.
func last(parts []string) string {
	n := len(parts)
	if n == 0 || n > 1 && parts[n-2] == "p" {
		return ""
	}
	return parts[n-1]
}
