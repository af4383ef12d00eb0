import { Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import type { Column } from "./types";
import type { ListState } from "./useListState";

interface Props<T> {
  columns: Column<T>[];
  state: ListState;
  ticking: { checked: boolean; some: boolean; toggle: () => void } | null;
  expands: boolean;
  acts: boolean;
}

function nextSort(now: string | undefined, name: string): string {
  if (now === name) return `-${name}`;
  return now === `-${name}` ? "" : name;
}

function direction(sort: string | undefined, name: string | undefined): "ascending" | "descending" | undefined {
  if (!name || !sort) return undefined;
  if (sort === name) return "ascending";
  return sort === `-${name}` ? "descending" : undefined;
}

export function Head<T>({ columns, state, ticking, expands, acts }: Props<T>) {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        {ticking && (
          <th scope="col" className="tick">
            <Checkbox
              checked={ticking.checked}
              indeterminate={ticking.some && !ticking.checked}
              onChange={ticking.toggle}
              aria-label={t("list.tick_page")}
            />
          </th>
        )}
        {expands && (
          <th scope="col" className="tick">
            <span className="visually-hidden">{t("list.details")}</span>
          </th>
        )}
        {columns.map((column) => {
          const sorted = direction(state.sort, column.sort);
          return (
            <th
              key={column.key}
              scope="col"
              aria-sort={sorted}
              className={column.align === "end" ? "num" : undefined}
              style={column.width ? { inlineSize: column.width } : undefined}
            >
              {column.sort ? (
                <button type="button" onClick={() => state.set("sort", nextSort(state.sort, column.sort ?? ""))}>
                  {column.title}
                  <span className="arrow" aria-hidden="true">
                    {sorted === "ascending" ? "↑" : sorted === "descending" ? "↓" : ""}
                  </span>
                </button>
              ) : (
                column.title
              )}
            </th>
          );
        })}
        {acts && (
          <th scope="col" className="more">
            <span className="visually-hidden">{t("list.row_actions")}</span>
          </th>
        )}
      </tr>
    </thead>
  );
}
