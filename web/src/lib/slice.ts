// Lists that the server gives whole are searched, ordered and paged here.
import type { ListQuery, Page } from "../api/types";

/** slicePage cuts a whole list to the page asked for; words is what q searches in. */
export function slicePage<T>(whole: Page<T>, query: ListQuery, words: (row: T) => string): Page<T> {
  const wanted = (query.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = whole.items.filter((row) => {
    const text = words(row).toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const from = Number(query.cursor ?? 0);
  const to = from + (query.limit ?? found.length);
  return {
    items: found.slice(from, to),
    next_cursor: to < found.length ? String(to) : "",
    total: found.length,
    total_exact: true,
  };
}
