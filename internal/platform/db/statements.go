package db

import (
	"context"
	"database/sql/driver"
)

// statementsMost is how many prepared statements a connection to SQLite keeps.
const statementsMost = 128

// liteConn is what the SQLite library's connections can do.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// liteStmt and liteRows are what its statements and their answers can do.
type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type liteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// preparing is a connection that keeps the statements which were run lately, so that
// SQLite parses and plans a query once and not each time. A connection is used by
// one goroutine at a time, as the driver's contract says.
type preparing struct {
	liteConn
	kept map[string]*statement
	runs uint64
}

type statement struct {
	liteStmt
	used uint64 // at which run, for what makes room
	busy bool   // its answer is still being read
}

// QueryContext runs a query.
func (p *preparing) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, args := p.statement(ctx, query, args)
	if s == nil {
		return p.liteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	r, ok := rows.(liteRows)
	if !ok {
		return rows, nil
	}
	s.busy = true
	return &answer{r, s}, nil
}

// ExecContext runs a statement without an answer.
func (p *preparing) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, args := p.statement(ctx, query, args)
	if s == nil {
		return p.liteConn.ExecContext(ctx, query, args)
	}
	return s.ExecContext(ctx, args)
}

// Close gives all statements back, and then the connection.
func (p *preparing) Close() error {
	for _, s := range p.kept {
		_ = s.Close()
	}
	p.kept = nil
	return p.liteConn.Close()
}

// statement returns the kept statement for a query, and what to bind to it; none
// where the text is to be run as it is.
func (p *preparing) statement(ctx context.Context, query string, args []driver.NamedValue) (*statement, []driver.NamedValue) {
	text, values := query, args
	if len(args) == 0 {
		var ok bool
		if text, values, ok = literals(query); !ok {
			return nil, args
		}
	} else if !repeats(query) || len(query) > textMost {
		return nil, args
	}
	p.runs++
	if s, ok := p.kept[text]; ok {
		if s.busy {
			return nil, args
		}
		s.used = p.runs
		return s, values
	}
	made, err := p.PrepareContext(ctx, text)
	if err != nil {
		return nil, args // what is wrong is told by running it as it is
	}
	l, ok := made.(liteStmt)
	if !ok {
		_ = made.Close()
		return nil, args
	}
	p.makeRoom()
	s := &statement{liteStmt: l, used: p.runs}
	p.kept[text] = s
	return s, values
}

// makeRoom drops the statement that was not run for longest.
func (p *preparing) makeRoom() {
	if len(p.kept) < statementsMost {
		return
	}
	oldest := ""
	for text, s := range p.kept {
		if !s.busy && (oldest == "" || s.used < p.kept[oldest].used) {
			oldest = text
		}
	}
	if s, ok := p.kept[oldest]; ok {
		_ = s.Close()
		delete(p.kept, oldest)
	}
}

// answer is the answer of a kept statement.
type answer struct {
	liteRows
	of *statement
}

// Close leaves the statement to the next.
func (a *answer) Close() error {
	a.of.busy = false
	return a.liteRows.Close()
}
