package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"modernc.org/sqlite"

	"bellwether/internal/platform/fault"
)

// Insert writes one row model or a slice of them.
func Insert(ctx context.Context, q Q, row any) error {
	_, err := q.NewInsert().Model(row).Exec(ctx)
	return err
}

// UpdateAt writes a row model by its primary key where its version column still
// is version. Where it is not, the answer is a Conflict that says that the
// thing named what was changed meanwhile.
func UpdateAt(ctx context.Context, q Q, row any, version int64, what string) error {
	res, err := q.NewUpdate().Model(row).WherePK().Where("version = ?", version).Exec(ctx)
	return AtVersion(res, err, what)
}

// AtVersion turns the result of a versioned update or delete into an error: a
// Conflict with code "version" where no row was hit.
func AtVersion(res sql.Result, err error, what string) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.New(fault.Conflict, "the %s was changed by someone else meanwhile; load it again", what).WithCode("version")
}

// One scans the single row of sel into its model; a missing row is a NotFound
// that names what is missing.
func One(ctx context.Context, sel *bun.SelectQuery, what string) error {
	err := sel.Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "%s not found", what)
	}
	return err
}

// IsUnique reports whether err says that a row with the same key exists. A
// store uses it to name what is taken.
func IsUnique(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return lite.Code() == liteUnique || lite.Code() == litePrimaryKey || lite.Code() == liteRowID
	case errors.As(err, &pg):
		return pg.Code == "23505"
	}
	return false
}
