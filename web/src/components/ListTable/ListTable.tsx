// The one table of all lists: order, filters and pages by the server, filters in
// the URL, columns and page size per operator, rows by keyboard.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHotkeys } from "../../app/hotkeys";
import { usePref } from "../../app/prefs";
import { Empty, Problem } from "../Blank";
import { ColumnChooser, useColumns } from "./ColumnChooser";
import { Head } from "./Head";
import { Pager } from "./Pager";
import { Row } from "./Row";
import { Toolbar } from "./Toolbar";
import type { ListTableProps } from "./types";
import { useListState } from "./useListState";
import { useSelection } from "./useSelection";
import "./ListTable.css";

const skeleton = Array.from({ length: 8 }, (_, i) => i);

export function ListTable<T>(props: ListTableProps<T>) {
  const { id, label, queryKey, fetch, fixed, rowKey, filters = [], expand, actions, bulk } = props;
  const { t } = useTranslation();
  const [density] = usePref<"compact" | "roomy">("density", "compact");
  const state = useListState({ id, names: filters.map((f) => f.name), fixed, defaultSort: props.defaultSort });
  const columns = useColumns(id, props.columns);
  const list = useQuery({
    queryKey: [...queryKey, state.query],
    queryFn: () => fetch(state.query),
    placeholderData: keepPreviousData,
    refetchInterval: props.refetchInterval ?? false,
  });
  const rows = list.data?.items ?? [];
  const picks = useSelection({ page: list.data, query: state.query, rowKey });
  const [active, setActive] = useState(0);
  const [menu, setMenu] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const body = useRef<HTMLTableSectionElement>(null);

  // Where the focus is, by the page itself: keys may come faster than renders.
  const lines = () => [...(body.current?.querySelectorAll<HTMLElement>("tr[tabindex]") ?? [])];
  const focused = () => lines().findIndex((line) => line.contains(document.activeElement));
  const step = (by: number) => {
    const from = focused();
    const to = Math.max(0, Math.min(rows.length - 1, from < 0 ? active : from + by));
    setActive(to);
    lines()[to]?.focus();
  };
  const current = () => rows[Math.max(0, focused() < 0 ? active : focused())];
  const onCurrent = (act: (row: T) => void) => () => {
    const row = current();
    if (row !== undefined) act(row);
  };
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    x: onCurrent((row) => bulk && picks.toggle(row)),
    ".": onCurrent((row) => actions && setMenu(rowKey(row))),
  });
  const toggle = (key: string) =>
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(key)) next.add(key);
      return next;
    });

  const span = columns.visible.length + (bulk ? 1 : 0) + (expand ? 1 : 0) + (actions ? 1 : 0);
  return (
    <section className={`list ${density}`} aria-label={label} aria-busy={list.isFetching}>
      <Toolbar
        state={state}
        filters={filters}
        search={props.search}
        busy={list.isFetching}
        refresh={() => void list.refetch()}
      >
        {props.tools}
        <ColumnChooser columns={columns} />
      </Toolbar>
      {bulk && picks.some && (
        <div className="list-bulk" role="status">
          <strong>{t("list.selected", { count: picks.selection.count })}</strong>
          {picks.canTickAll && (
            <Button type="link" size="small" onClick={picks.tickAll}>
              {t("list.select_all", { count: list.data?.total ?? 0 })}
            </Button>
          )}
          <Button type="link" size="small" onClick={picks.selection.clear}>
            {t("list.clear_selection")}
          </Button>
          <div className="row end">{bulk(picks.selection)}</div>
        </div>
      )}
      <div className="list-scroll" tabIndex={-1}>
        {list.isError && !list.data ? (
          <Problem error={list.error} retry={() => void list.refetch()} />
        ) : list.data && rows.length === 0 ? (
          state.filtered ? (
            <Empty
              title={t("list.no_match")}
              text={t("list.no_match_text")}
              action={<Button onClick={state.clear}>{t("list.clear_filters")}</Button>}
            />
          ) : (
            props.empty
          )
        ) : (
          <table>
            <caption className="visually-hidden">{label}</caption>
            <Head
              columns={columns.visible}
              state={state}
              ticking={bulk ? { checked: picks.pageTicked, some: picks.some, toggle: picks.togglePage } : null}
              expands={!!expand}
              acts={!!actions}
            />
            <tbody ref={body}>
              {!list.data &&
                skeleton.map((i) => (
                  <tr key={i}>
                    <td colSpan={span}>
                      <span className="skeleton" style={{ inlineSize: `${68 - ((i * 13) % 40)}%` }} />
                    </td>
                  </tr>
                ))}
              {rows.map((row, i) => (
                <Row
                  key={rowKey(row)}
                  row={row}
                  table={props}
                  columns={columns.visible}
                  ticked={bulk ? picks.isTicked(row) : null}
                  active={i === active}
                  open={open.has(rowKey(row))}
                  menuOpen={menu === rowKey(row)}
                  span={span}
                  onTick={() => picks.toggle(row)}
                  onToggle={() => toggle(rowKey(row))}
                  onMenu={(on) => setMenu(on ? rowKey(row) : "")}
                  onFocus={() => setActive(i)}
                />
              ))}
            </tbody>
          </table>
        )}
      </div>
      <Pager state={state} page={list.data} />
    </section>
  );
}
