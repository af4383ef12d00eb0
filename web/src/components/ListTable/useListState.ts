import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import type { ListQuery } from "../../api/types";
import { usePref } from "../../app/prefs";

const start: string[] = [];

export const pageSizes = [25, 50, 100, 200];

interface Options {
  id: string;
  names: string[];
  fixed?: ListQuery;
  defaultSort?: string;
}

/**
 * useListState keeps a list's search, filters and order in the URL, its page
 * size per operator, and the way through the pages in memory: a cursor is no
 * address, so a copied link opens on the first page.
 */
export function useListState({ id, names, fixed, defaultSort }: Options) {
  const [params, setParams] = useSearchParams();
  const [size, setSize] = usePref<number>(`list.${id}.size`, 50);
  const wanted: ListQuery = { ...fixed, limit: size };
  for (const name of ["q", ...names]) {
    const value = params.get(name);
    if (value) wanted[name] = value;
  }
  const sort = params.get("sort") ?? defaultSort;
  if (sort) wanted.sort = sort;
  const place = JSON.stringify(wanted);
  // The trail of cursors belongs to one query; another query starts at its first page.
  const [trail, setTrail] = useState<{ place: string; cursors: string[] }>({ place, cursors: [] });
  const cursors = trail.place === place ? trail.cursors : start;

  const query = useMemo<ListQuery>(() => {
    const base = JSON.parse(place) as ListQuery;
    const cursor = cursors.at(-1);
    return cursor ? { ...base, cursor } : base;
  }, [place, cursors]);

  const set = useCallback(
    (name: string, value: string) =>
      setParams(
        (old) => {
          const next = new URLSearchParams(old);
          if (value) next.set(name, value);
          else next.delete(name);
          return next;
        },
        { replace: name === "q" },
      ),
    [setParams],
  );
  const clear = useCallback(
    () =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        ["q", ...names].forEach((name) => next.delete(name));
        return next;
      }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [setParams, names.join()],
  );
  const filtered = ["q", ...names].some((name) => params.get(name));

  return {
    query,
    size,
    setSize,
    sort,
    page: cursors.length,
    value: (name: string) => params.get(name) ?? "",
    set,
    clear,
    filtered,
    next: (cursor: string) => setTrail({ place, cursors: [...cursors, cursor] }),
    previous: () => setTrail({ place, cursors: cursors.slice(0, -1) }),
  };
}

export type ListState = ReturnType<typeof useListState>;
