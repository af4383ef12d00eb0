package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"testing"
)

// TestStatements has one connection run the same queries with other values, one
// while another's answer is open, and more kinds than it keeps.
func TestStatements(t *testing.T) {
	pool := sql.OpenDB(&connector{dsn: "file:statements?mode=memory"})
	defer func() { _ = pool.Close() }()
	pool.SetMaxOpenConns(1)
	ctx := t.Context()
	conn, err := pool.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := conn.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	do("CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER)")
	for i := range 300 {
		do(fmt.Sprintf("INSERT INTO t VALUES ('ID-%d', %d)", i, 1_000_000+i))
	}
	do("INSERT INTO t VALUES (?, ?)", "ID-300", 1_000_300) // marks of its own
	kept := func() (n int) {
		t.Helper()
		if err := conn.Raw(func(c any) error { n = len(c.(*preparing).kept); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := kept(); n != 1 {
		t.Errorf("%d statements are kept after inserts of one shape", n)
	}

	one := func(query string) (n int) {
		t.Helper()
		if err := conn.QueryRowContext(ctx, query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	for i := range 301 {
		if n := one("SELECT n FROM t WHERE id = 'ID-" + strconv.Itoa(i) + "'"); n != 1_000_000+i {
			t.Fatalf("ID-%d has %d", i, n)
		}
	}
	if n := one("SELECT count(*) FROM t WHERE n BETWEEN 1000010 AND 1000019"); n != 10 {
		t.Errorf("%d rows lie between", n)
	}

	// A second one of the kind while the first's answer is open.
	rows, err := conn.QueryContext(ctx, "SELECT n FROM t WHERE n >= 1000298 ORDER BY n")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var seen []int
	for rows.Next() {
		var n, again int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		_ = conn.Raw(func(c any) error {
			r, err := c.(*preparing).QueryContext(ctx, "SELECT n FROM t WHERE n >= 1000300 ORDER BY n", nil)
			if err != nil {
				return err
			}
			for r.Next(make([]driver.Value, 1)) == nil {
				again++
			}
			return r.Close()
		})
		if seen = append(seen, n); again != 1 {
			t.Errorf("the query inside saw %d rows", again)
		}
	}
	if err := rows.Err(); err != nil || len(seen) != 3 {
		t.Errorf("the query outside saw %v: %v", seen, err)
	}

	for i := range 2 * statementsMost {
		one(fmt.Sprintf("SELECT n AS a%d FROM t WHERE id = 'ID-%d'", i, i%300))
	}
	if n := kept(); n != statementsMost {
		t.Errorf("%d statements are kept, at most %d may be", n, statementsMost)
	}

	// The table changes under the statements; a wrong text is told as it stands.
	do("ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'M'")
	if n := one("SELECT n FROM t WHERE id = 'ID-7' AND more = 'M'"); n != 1_000_007 {
		t.Errorf("after the change ID-7 has %d", n)
	}
	if _, err := conn.ExecContext(ctx, "INSERT INTO t VALUES ('ID-1', 1, '')"); err == nil {
		t.Error("a second ID-1 was let in")
	}
	if _, err := conn.QueryContext(ctx, "SELECT 'A' FROM nowhere"); err == nil { //nolint:rowserrcheck,sqlclosecheck // there are none
		t.Error("a table that does not exist was read")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := conn.ExecContext(ended, "INSERT INTO t VALUES ('ID-999', 1, '')"); err == nil {
		t.Error("a statement ran after its end")
	}
}
