package db

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/page"
)

// Page asks for a part of a list.
type Page = page.Page

// Slice is a part of a list.
type Slice[T any] = page.Slice[T]

// Sort is one order that a list offers.
type Sort struct {
	Expr   string // SQL expression
	Number bool   // the expression is an integer, else text
}

// Sorts is the enumeration of a list's orders by their public name.
type Sorts map[string]Sort

type cursor struct {
	Sort  string `json:"s"`
	Value string `json:"v"`
	ID    string `json:"i"`
}

// Pager puts the order and the page of a list onto a query and reads the cursor
// off its rows. The rows' model must have a column sort_value (text).
type Pager struct {
	limit int
	name  string
}

// NewPager applies p to sel. idExpr is the unique column that breaks ties; def
// is the order where p names none. It fails with Invalid for an unknown order,
// a limit out of range or a cursor that is not one of this list.
func NewPager(sel *bun.SelectQuery, p Page, sorts Sorts, def, idExpr string) (*Pager, error) {
	if p.Limit == 0 {
		p.Limit = limit.ListDefault
	}
	if p.Limit < 1 || p.Limit > limit.ListMax {
		return nil, fault.InvalidFields("the list cannot be given so", fault.Field{Path: "limit", Message: "1 to " + strconv.Itoa(limit.ListMax)})
	}
	if p.Sort == "" {
		p.Sort = def
	}
	name, desc := strings.CutPrefix(p.Sort, "-")
	s, ok := sorts[name]
	if !ok {
		return nil, fault.InvalidFields("the list cannot be given so", fault.Field{Path: "sort", Message: "unknown order"})
	}
	dir, than := "ASC", ">"
	if desc {
		dir, than = "DESC", "<"
	}
	if p.Cursor != "" {
		c, err := readCursor(p.Cursor, p.Sort)
		if err != nil {
			return nil, err
		}
		var v any = c.Value
		if s.Number {
			if v, err = strconv.ParseInt(c.Value, 10, 64); err != nil {
				return nil, badCursor()
			}
		}
		sel.Where("("+s.Expr+", "+idExpr+") "+than+" (?, ?)", v, c.ID)
	}
	sel.ColumnExpr("CAST(" + s.Expr + " AS text) AS sort_value")
	sel.OrderExpr(s.Expr + " " + dir).OrderExpr(idExpr + " " + dir).Limit(int64(p.Limit) + 1)
	return &Pager{limit: p.Limit, name: p.Sort}, nil
}

// Cut drops the row beyond the page and returns how many stay and the cursor
// behind the last of them; key gives a row's sort_value and id.
func (p *Pager) Cut(n int, key func(i int) (value, id string)) (keep int, next string) {
	if n <= p.limit {
		return n, ""
	}
	v, id := key(p.limit - 1)
	b, err := json.Marshal(cursor{Sort: p.name, Value: v, ID: id})
	if err != nil {
		return p.limit, ""
	}
	return p.limit, base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(s, sort string) (cursor, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &c) != nil || c.Sort != sort || c.ID == "" {
		return cursor{}, badCursor()
	}
	return c, nil
}

func badCursor() error {
	return fault.InvalidFields("the list cannot be given so", fault.Field{Path: "cursor", Message: "not a cursor of this list and order; begin again without one"})
}

// Prefix returns the pattern for `LIKE ? ESCAPE '\'` that matches what begins
// with s.
func Prefix(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// Count returns how many rows sel would give without order and page.
func Count(ctx context.Context, sel *bun.SelectQuery) (int, error) {
	n, err := sel.Count(ctx)
	return int(n), err
}
