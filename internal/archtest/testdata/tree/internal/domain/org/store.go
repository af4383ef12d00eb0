package org

import (
	"database/sql"
	"errors"
	"regexp"

	"github.com/uptrace/bun"
)

var errGone = errors.New("gone")

var pattern = regexp.MustCompile(`x`)

var table = map[string]int{"a": 1}

func read(q bun.IDB) error { return sql.ErrNoRows }
