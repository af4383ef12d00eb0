import type { MenuProps } from "antd";
import type { ReactNode } from "react";
import type { ListQuery, Page } from "../../api/types";

/** Column is one column of a list; sort is the server's name for its order. */
export interface Column<T> {
  key: string;
  title: string;
  render: (row: T) => ReactNode;
  sort?: string;
  width?: number | string;
  align?: "start" | "end";
  hidden?: boolean;
}

/** Filter narrows a list by one field: by choice where it has options, else by text. */
export interface Filter {
  name: string;
  label: string;
  options?: { value: string; label: string }[];
  width?: number;
}

/** Selection is what the operator ticked: some rows, or all that match. */
export interface Selection<T> {
  rows: T[];
  all: boolean;
  count: number;
  query: ListQuery;
  clear: () => void;
}

export interface ListTableProps<T> {
  /** id keeps the operator's columns and page size. */
  id: string;
  label: string;
  queryKey: readonly unknown[];
  fetch: (query: ListQuery) => Promise<Page<T>>;
  /** fixed is sent with every query and stays out of the URL. */
  fixed?: ListQuery;
  columns: Column<T>[];
  rowKey: (row: T) => string;
  filters?: Filter[];
  search?: string;
  defaultSort?: string;
  empty: ReactNode;
  href?: (row: T) => string;
  actions?: (row: T) => MenuProps["items"];
  bulk?: (selection: Selection<T>) => ReactNode;
  expand?: (row: T) => ReactNode;
  tools?: ReactNode;
  refetchInterval?: number | false;
}
