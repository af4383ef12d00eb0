package db_test

import (
	"fmt"
	"testing"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
)

// BenchmarkRead is one query in a transaction of its own, with a text that was
// not seen before, as bun makes them.
func BenchmarkRead(b *testing.B) {
	ctx := system()
	for name, open := range map[string]func() *db.DB{
		db.SQLite:   func() *db.DB { return dbtest.New(b) },
		db.Postgres: func() *db.DB { return dbtest.Open(b, db.Config{URL: dbtest.URL(b)}) },
	} {
		b.Run(name, func(b *testing.B) {
			d := open()
			n := 0
			for b.Loop() {
				n++
				var ids []string
				err := d.Read(ctx, func(q db.Q) error {
					return q.NewRaw("SELECT id FROM tenants WHERE id = ?", fmt.Sprint(n)).Scan(ctx, &ids)
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
