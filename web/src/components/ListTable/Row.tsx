import { MoreOutlined } from "@ant-design/icons";
import { Button, Checkbox, Dropdown } from "antd";
import type { KeyboardEvent, MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Glyph } from "../Glyph";
import type { Column, ListTableProps } from "./types";

interface Props<T> {
  row: T;
  table: Pick<ListTableProps<T>, "href" | "actions" | "expand">;
  columns: Column<T>[];
  ticked: boolean | null;
  active: boolean;
  open: boolean;
  menuOpen: boolean;
  span: number;
  onTick: () => void;
  onToggle: () => void;
  onMenu: (open: boolean) => void;
  onFocus: () => void;
}

// A click on a row opens it, but not one on something that has its own effect.
function isOwn(event: MouseEvent): boolean {
  const target = event.target as HTMLElement;
  return !!target.closest("a, button, input, label, .ant-dropdown, .ant-popover") || !!getSelection()?.toString();
}

export function Row<T>(props: Props<T>) {
  const { row, table, columns, ticked, active, open, menuOpen, span } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const enter = () => {
    if (table.href) void navigate(table.href(row));
    else if (table.expand) props.onToggle();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.target !== event.currentTarget) return;
    event.preventDefault();
    enter();
  };
  const opens = !!table.href || !!table.expand;
  return (
    <>
      <tr
        tabIndex={active ? 0 : -1}
        className={`${ticked ? "ticked" : ""} ${opens ? "opens" : ""}`}
        onFocus={(event) => event.target === event.currentTarget && props.onFocus()}
        onKeyDown={onKeyDown}
        onClick={(event) => !isOwn(event) && enter()}
      >
        {ticked !== null && (
          <td className="tick">
            <Checkbox checked={ticked} onChange={props.onTick} aria-label={t("list.tick_row")} />
          </td>
        )}
        {table.expand && (
          <td className="tick">
            <Button
              type="text"
              size="small"
              className={open ? "twist open" : "twist"}
              aria-expanded={open}
              aria-label={t("list.details")}
              icon={<Glyph name="play" size={9} />}
              onClick={props.onToggle}
            />
          </td>
        )}
        {columns.map((column) => (
          <td key={column.key} className={column.align === "end" ? "num" : undefined}>
            {column.render(row)}
          </td>
        ))}
        {table.actions && (
          <td className="more">
            <Dropdown
              menu={{ items: table.actions(row) ?? [] }}
              trigger={["click"]}
              open={menuOpen}
              onOpenChange={props.onMenu}
              placement="bottomRight"
            >
              <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("list.row_actions")} />
            </Dropdown>
          </td>
        )}
      </tr>
      {open && table.expand && (
        <tr className="detail">
          <td colSpan={span}>{table.expand(row)}</td>
        </tr>
      )}
    </>
  );
}
