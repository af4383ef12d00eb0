import { ArrowDownOutlined, ArrowUpOutlined, TableOutlined } from "@ant-design/icons";
import { Button, Checkbox, Popover, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { usePref } from "../../app/prefs";
import type { Column } from "./types";

export interface Arrangement {
  order: string[];
  shown: Record<string, boolean>;
}

const none: Arrangement = { order: [], shown: {} };

/** useColumns gives a list's columns as the operator arranged them. */
export function useColumns<T>(id: string, columns: Column<T>[]) {
  const [kept, keep] = usePref<Arrangement>(`list.${id}.columns`, none);
  const place = (key: string) => {
    const at = kept.order.indexOf(key);
    return at < 0 ? columns.findIndex((column) => column.key === key) : at;
  };
  const ordered = [...columns].sort((a, b) => place(a.key) - place(b.key));
  const isShown = (column: Column<T>) => kept.shown[column.key] ?? !column.hidden;
  return { ordered, isShown, visible: ordered.filter(isShown), kept, keep, reset: () => keep(none) };
}

interface Props<T> {
  columns: ReturnType<typeof useColumns<T>>;
}

/** ColumnChooser shows, hides and moves columns; the choice is kept per operator. */
export function ColumnChooser<T>({ columns }: Props<T>) {
  const { t } = useTranslation();
  const [density, setDensity] = usePref<"compact" | "roomy">("density", "compact");
  const { ordered, isShown, kept, keep, reset } = columns;
  const move = (from: number, by: number) => {
    const order = ordered.map((column) => column.key);
    const [key] = order.splice(from, 1);
    if (key) order.splice(from + by, 0, key);
    keep({ ...kept, order });
  };
  const content = (
    <div className="chooser">
      <ul>
        {ordered.map((column, i) => (
          <li key={column.key}>
            <Checkbox
              checked={isShown(column)}
              onChange={(e) => keep({ ...kept, shown: { ...kept.shown, [column.key]: e.target.checked } })}
            >
              {column.title}
            </Checkbox>
            <Button
              type="text"
              size="small"
              icon={<ArrowUpOutlined />}
              disabled={i === 0}
              aria-label={t("list.move_up", { column: column.title })}
              onClick={() => move(i, -1)}
            />
            <Button
              type="text"
              size="small"
              icon={<ArrowDownOutlined />}
              disabled={i === ordered.length - 1}
              aria-label={t("list.move_down", { column: column.title })}
              onClick={() => move(i, 1)}
            />
          </li>
        ))}
      </ul>
      <div className="row spread">
        <Segmented
          size="small"
          value={density}
          onChange={setDensity}
          options={[
            { value: "compact", label: t("list.compact") },
            { value: "roomy", label: t("list.roomy") },
          ]}
        />
        <Button size="small" type="link" onClick={reset}>
          {t("list.reset_columns")}
        </Button>
      </div>
    </div>
  );
  return (
    <Popover content={content} trigger="click" placement="bottomRight" title={t("list.columns")}>
      <Button icon={<TableOutlined />} aria-label={t("list.columns")} />
    </Popover>
  );
}
