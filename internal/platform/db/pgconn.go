package db

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// onceConnector makes connections that send a query without arguments in one
// round trip. bun writes the arguments into the text, so that almost every text
// is new; preparing each would cost another round trip and push River's prepared
// statements out of the cache.
type onceConnector struct{ driver.Connector }

// Connect takes a connection of the pool.
func (c onceConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &onceConn{conn.(*stdlib.Conn)}, nil
}

// onceConn is a connection of pgx with another way to ask.
type onceConn struct{ *stdlib.Conn }

// QueryContext runs a query; one without arguments by the simple protocol.
func (c *onceConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		args = []driver.NamedValue{{Ordinal: 1, Value: pgx.QueryExecModeSimpleProtocol}}
	}
	return c.Conn.QueryContext(ctx, query, args)
}
