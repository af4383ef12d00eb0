package db

import (
	"context"

	"github.com/uptrace/bun"
)

// Size returns how many bytes tables take on disk with their indexes; all of the
// database where none is named.
func (d *DB) Size(ctx context.Context, tables ...string) (n int64, err error) {
	err = d.Read(ctx, func(q Q) error {
		switch {
		case d.pool != nil && len(tables) == 0:
			return q.NewRaw("SELECT pg_database_size(current_database())").Scan(ctx, &n)
		case d.pool != nil:
			return q.NewRaw("SELECT sum(pg_total_relation_size(t::regclass))::bigint FROM unnest(ARRAY[?]) AS t", bun.List(tables)).Scan(ctx, &n)
		case len(tables) == 0:
			return q.NewRaw("SELECT (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size())").Scan(ctx, &n)
		}
		return q.NewRaw("SELECT COALESCE(sum(s.pgsize), 0) FROM dbstat AS s JOIN sqlite_schema AS m ON m.name = s.name WHERE m.tbl_name IN (?)", bun.List(tables)).Scan(ctx, &n)
	})
	return n, err
}
