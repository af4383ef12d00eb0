package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLiterals(t *testing.T) {
	tests := []struct {
		query, text string
		values      []driver.Value
	}{
		{`SELECT * FROM "t" WHERE id = '0190-ab'`, `SELECT * FROM "t" WHERE id = ?`, []driver.Value{"0190-ab"}},
		{`SELECT 'it''s' || 'O''Brien''s'`, `SELECT ? || ?`, []driver.Value{"it's", "O'Brien's"}},
		{`UPDATE t SET "a'b" = 'A', at = 1732650000000 WHERE n = 7`, `UPDATE t SET "a'b" = ?, at = ? WHERE n = 7`, []driver.Value{"A", int64(1732650000000)}},
		{`SELECT a FROM t WHERE state = 'queued' AND j ->> '$.A' = 'X' ORDER BY 1 LIMIT 50`, `SELECT a FROM t WHERE state = 'queued' AND j ->> '$.A' = ? ORDER BY 1 LIMIT 50`, []driver.Value{"X"}},
		{`INSERT INTO t VALUES (X'00ff', x'', -123456, 1234567.5, 1e400000, 99999999999999999999)`, `INSERT INTO t VALUES (?, ?, -?, 1234567.5, 1e400000, 99999999999999999999)`, []driver.Value{[]byte{0, 0xff}, []byte{}, int64(123456)}},
		{`DELETE FROM t2 WHERE c123456 = '' AND [d'1] IN ('Aé', '💡')`, `DELETE FROM t2 WHERE c123456 = '' AND [d'1] IN (?, ?)`, []driver.Value{"Aé", "💡"}},
		{`SELECT 1.000001e+000123, 0x123456`, `SELECT 1.000001e+000123, 0x123456`, nil},
	}
	for _, tt := range tests {
		text, values, ok := literals(tt.query)
		if !ok || text != tt.text {
			t.Errorf("%s became %s (%t), want %s", tt.query, text, ok, tt.text)
		}
		var got []driver.Value
		for i, v := range values {
			if got = append(got, v.Value); v.Ordinal != i+1 {
				t.Errorf("%s: value %d has the place %d", tt.query, i+1, v.Ordinal)
			}
		}
		if !reflect.DeepEqual(got, tt.values) {
			t.Errorf("%s has the values %#v, want %#v", tt.query, got, tt.values)
		}
	}
	for _, asIs := range []string{"", "BEGIN IMMEDIATE", "PRAGMA wal_checkpoint", "SELECT 'open", `SELECT "open`, "SELECT ?", "SELECT :a", "SELECT 'A' -- why", "SELECT /* 'B' */ 1", "SELECT X'0'", "SELECT 'a\x00b'", "SELECT '" + strings.Repeat("A", textMost) + "'"} {
		if text, _, ok := literals(asIs); ok {
			t.Errorf("%.40q became %q, and is to be run as it is", asIs, text)
		}
	}
}

// FuzzLiterals has SQLite judge: a query says the same with its values taken out, or
// cannot be prepared so, in which case it is run as it is.
func FuzzLiterals(f *testing.F) {
	raw := sql.OpenDB(&connector{dsn: "file:fuzz?mode=memory"})
	f.Cleanup(func() { _ = raw.Close() })
	raw.SetMaxOpenConns(1)
	for _, s := range []string{"'A'", "'it''s', 123456789", "X'00ff'", "-1234567", "1e9, 1.5", `'a' AS "x'y"`, "'B' || '💡'", "'q' LIKE 'Q%'", "1234567 + '1234567'", "typeof('5'), typeof(5000000)", "'a' IN ('A', 'a')", "max('A','B') ORDER BY 1", "[x'1]", "`a`", "0x1234567", "1234567e", "'1' = 1", "'1234567' = 1234567"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		query := "SELECT " + s
		text, values, ok := literals(query)
		if !ok {
			return
		}
		conn, err := raw.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		want, wantErr := asked(ctx, conn, query, nil)
		got, gotErr := asked(ctx, conn, text, values)
		if ctx.Err() != nil {
			return // it asks for a gigabyte of zeroes
		}
		if gotErr != nil && strings.Contains(gotErr.Error(), "SQL logic error") {
			return
		}
		if (wantErr == nil) != (gotErr == nil) || wantErr == nil && want != got {
			t.Errorf("%q says %s (%v), and with its values taken out, %q, %s (%v)", query, want, wantErr, text, got, gotErr)
		}
	})
}

// asked runs a query on the library's own connection.
func asked(ctx context.Context, conn *sql.Conn, query string, values []driver.NamedValue) (out string, err error) {
	err = conn.Raw(func(c any) error {
		rows, err := c.(*preparing).liteConn.QueryContext(ctx, query, values)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for range 100 {
			to := make([]driver.Value, len(rows.Columns()))
			if err := rows.Next(to); err != nil {
				break
			}
			out += fmt.Sprintf("%#v;", to)
		}
		return nil
	})
	return out, err
}
