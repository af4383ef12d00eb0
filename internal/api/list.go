package api

import (
	"strconv"
	"strings"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/page"
)

// Paging are the query parameters of every list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"0" maximum:"500" doc:"rows at most; 0 is the default of 100"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the part before"`
	Sort   string `query:"sort" maxLength:"64" doc:"an order of this list, with a leading - for descending"`
}

func (p Paging) page() page.Page { return page.Page{Limit: p.Limit, Cursor: p.Cursor, Sort: p.Sort} }

// List is the body of every list.
type List[T any] struct {
	Body struct {
		Items      []T    `json:"items"`
		NextCursor string `json:"next_cursor" doc:"empty at the end"`
		Total      int    `json:"total"`
		TotalExact bool   `json:"total_exact" doc:"false: the total is an estimate"`
	}
}

// listOf encodes a part of a list.
func listOf[T, U any](s page.Slice[T], encode func(T) U) *List[U] {
	out := new(List[U])
	out.Body.Items = make([]U, len(s.Items))
	for i, it := range s.Items {
		out.Body.Items[i] = encode(it)
	}
	out.Body.NextCursor, out.Body.Total, out.Body.TotalExact = s.Next, s.Total, true
	return out
}

// whole is a list that is always given in one part.
func whole[T, U any](items []T, encode func(T) U) *List[U] {
	return listOf(page.Slice[T]{Items: items, Total: len(items)}, encode)
}

// One is a single object with its version.
type One[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func one[T any](body T, version int64) *One[T] {
	return &One[T]{ETag: strconv.Quote(strconv.FormatInt(version, 10)), Body: body}
}

// Nothing is an answer without a body.
type Nothing struct{}

// IfMatch is the header that every change of an object needs.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"the ETag that the change is made from"`
}

// version reads the header: 428 without one, 412 for what is no ETag of ours.
func (m IfMatch) version() (int64, error) {
	if m.IfMatch == "" {
		return 0, &Problem{Title: "Precondition Required", Status: 428, Detail: "say with If-Match which version the change is made from", Code: "if_match"}
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(m.IfMatch, "W/"), `"`), 10, 64)
	if err != nil {
		return 0, fault.New(fault.Conflict, "the version in If-Match is not one of this object").WithCode("version")
	}
	return n, nil
}
