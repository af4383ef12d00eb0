package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"bellwether/internal/platform/fault"
)

// SQLite's result codes, https://www.sqlite.org/rescode.html. The low byte is
// the primary code.
const (
	liteBusy, liteInterrupt, liteIO, liteFull, liteCantOpen = 5, 9, 10, 13, 14
	liteForeignKey, litePrimaryKey, liteUnique, liteRowID   = 787, 1555, 2067, 2579
)

// mapped hides an engine's words from the reader and keeps them for errors.As
// and Cause.
type mapped struct {
	shown *fault.Error
	cause error
}

// Error returns the message for the reader.
func (m *mapped) Error() string { return m.shown.Error() }

// Unwrap returns both the classified error and its cause.
func (m *mapped) Unwrap() []error { return []error{m.shown, m.cause} }

// Cause returns the engine's own words for an error that Read or Write mapped,
// for the log; "" for others.
func Cause(err error) string {
	var m *mapped
	if !errors.As(err, &m) {
		return ""
	}
	return m.cause.Error()
}

// Map classifies an engine's error, as Read and Write do with what their
// function returns. A store uses it where it must tell the kind earlier.
func Map(err error) error { return mapError(context.Background(), err) }

func mapError(ctx context.Context, err error) error {
	var classified *fault.Error
	if err == nil || errors.As(err, &classified) {
		return err
	}
	kind, msg := classify(err)
	if msg != "" {
		return &mapped{fault.New(kind, "%s", msg), err}
	}
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// classify returns the kind and a message for the reader, or "" for what stays
// internal.
func classify(err error) (fault.Kind, string) {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.NotFound, "there is no such thing"
	case errors.Is(err, syscall.ENOSPC):
		return fault.Unavailable, "the disk is full"
	case errors.As(err, &lite):
		return classifyLite(lite.Code())
	case errors.As(err, &pg):
		return classifyPg(pg.Code)
	case errors.As(err, &connect):
		return fault.Unavailable, "the database does not answer"
	}
	return fault.Internal, ""
}

func classifyLite(code int) (fault.Kind, string) {
	switch code {
	case liteUnique, litePrimaryKey, liteRowID:
		return fault.Conflict, "that exists already"
	case liteForeignKey:
		return fault.Conflict, "something else still refers to it, or what it refers to is gone"
	}
	switch code & 0xff {
	case liteFull:
		return fault.Unavailable, "the disk is full"
	case liteBusy:
		return fault.Unavailable, "the database is busy"
	case liteIO, liteCantOpen:
		return fault.Unavailable, "the database file cannot be read or written"
	}
	return fault.Internal, ""
}

// classifyPg goes by SQLSTATE, PostgreSQL 15 manual, appendix A.
func classifyPg(state string) (fault.Kind, string) {
	switch state {
	case "23505":
		return fault.Conflict, "that exists already"
	case "23503":
		return fault.Conflict, "something else still refers to it, or what it refers to is gone"
	case "53100":
		return fault.Unavailable, "the disk is full"
	case "40001", "40P01":
		return fault.Unavailable, "others changed the same things at the same time"
	}
	for _, class := range []string{"08", "53", "57P", "28"} {
		if strings.HasPrefix(state, class) {
			return fault.Unavailable, "the database does not answer as it should"
		}
	}
	return fault.Internal, ""
}
