// Package page is how a part of a list is asked for and given, without saying
// where the list comes from. platform/db puts it onto queries.
package page

// Page asks for a part of a list. The zero value is the first part in the
// list's own order.
type Page struct {
	Limit  int    // 1..limit.ListMax; 0 means limit.ListDefault
	Cursor string // from the part before; "" begins
	Sort   string // a name out of the list's orders, with a leading '-' for descending
}

// Slice is a part of a list.
type Slice[T any] struct {
	Items []T
	Next  string // cursor of the next part, "" at the end
	Total int    // rows of the whole list
}
