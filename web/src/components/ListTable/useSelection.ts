import { useState } from "react";
import type { ListQuery, Page } from "../../api/types";
import type { Selection } from "./types";

interface Options<T> {
  page: Page<T> | undefined;
  query: ListQuery;
  rowKey: (row: T) => string;
}

const nothing: Selection<never>["rows"] = [];

/** useSelection keeps what is ticked; another filter forgets it, another page does not. */
export function useSelection<T>({ page, query, rowKey }: Options<T>) {
  const { cursor: _, limit: __, ...matching } = query;
  const place = JSON.stringify(matching);
  const [kept, setKept] = useState<{ place: string; rows: Map<string, T>; all: boolean }>({
    place,
    rows: new Map(),
    all: false,
  });
  const mine = kept.place === place;
  const rows = mine ? kept.rows : new Map<string, T>();
  const all = mine && kept.all;
  const set = (next: Map<string, T>, everything = false) => setKept({ place, rows: next, all: everything });

  const items: T[] = page?.items ?? nothing;
  const isTicked = (row: T) => all || rows.has(rowKey(row));
  const pageTicked = items.length > 0 && items.every(isTicked);
  const toggle = (row: T) => {
    const next = new Map(all ? items.map((one) => [rowKey(one), one]) : rows);
    if (!next.delete(rowKey(row))) next.set(rowKey(row), row);
    set(next);
  };
  const togglePage = () => {
    const next = new Map(all ? [] : rows);
    items.forEach((row) => (pageTicked ? next.delete(rowKey(row)) : next.set(rowKey(row), row)));
    set(next);
  };
  const selection: Selection<T> = {
    rows: [...rows.values()],
    all,
    count: all ? (page?.total ?? 0) : rows.size,
    query: matching,
    clear: () => set(new Map()),
  };
  return {
    selection,
    isTicked,
    pageTicked,
    some: selection.count > 0,
    toggle,
    togglePage,
    tickAll: () => set(new Map(rows), true),
    canTickAll: pageTicked && !all && (page?.total ?? 0) > rows.size,
  };
}
