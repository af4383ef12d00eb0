package ipp

import "strings"

// Path is a request's path taken apart.
type Path struct {
	Token string // of /p/<token>/, "" for none
	Op    Operation
}

// ParsePath reads the path of a request, however many slashes the phone put between
// its parts. It reports false for one that is no operation of phones.
func ParsePath(path string) (Path, bool) {
	rest := strings.TrimLeft(path, "/")
	var p Path
	if t, ok := strings.CutPrefix(rest, "p/"); ok {
		p.Token, rest, ok = strings.Cut(t, "/")
		if !ok || p.Token == "" {
			return Path{}, false
		}
		rest = strings.TrimLeft(rest, "/")
	}
	rest = strings.TrimRight(rest, "/")
	for _, op := range []Operation{KeepAlive, Init, Alert} {
		if len(rest) == len(Prefix)+len(op) && strings.EqualFold(rest[len(Prefix):], string(op)) && strings.EqualFold(rest[:len(Prefix)], Prefix) {
			p.Op = op
			return p, true
		}
	}
	return Path{}, false
}
