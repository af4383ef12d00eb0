// Package web carries the built console inside the program. The folder dist is
// made by "npm run build"; without it only a marker file is embedded and the
// server says that this program was built without its console.
//
// Start reading at FS.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built console with index.html at its root. Where the program
// was built without the console, index.html does not exist.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist
	}
	return sub
}
