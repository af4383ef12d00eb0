package org

import (
	"bellwether/internal/api"                // want "internal/domain/org may not import internal/api: a noun imports only the nouns above it: audit, access"
	"bellwether/internal/domain/device"      // want "internal/domain/org may not import internal/domain/device"
	_ "bellwether/internal/platform/db"      // want "nothing registers itself"
	"bellwether/internal/platform/db/dbtest" // want "internal/platform/db/dbtest is for tests only"
	"bellwether/internal/vendors"
	. "strings" // want "nothing registers itself"

	"database/sql"                // want "SQL lives in platform/db and in files named store.go"
	"example.org/strange/module"  // want "a new module gets an ADR and a line"
	"github.com/riverqueue/river" // want "River is behind platform/jobs"
	"github.com/uptrace/bun"      // want "SQL lives in platform/db"
	"os/exec"                     // want "only the PBX host and the reader of hostile spreadsheets run programs"
)

var counter int // want "package-level variable counter"

var Exported = []string{"a"} // want "package-level variable Exported"

var changed = map[string]int{"a": 1} // want "package-level variable changed"

var computed = device.New() // want "package-level variable computed"

var _ vendors.Vendor = (*fake)(nil)

func init() { // want "func init: nothing happens before main"
	changed["b"] = 2
}
