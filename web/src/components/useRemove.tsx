// Deleting: says what is lost, asks to type above a threshold, reports done and
// failed apart.
import { useQueryClient } from "@tanstack/react-query";
import { App, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useExplain } from "./Blank";

const typeAbove = 10;

interface Removal<T> {
  title: string;
  rows: T[];
  name: (row: T) => string;
  lost: string;
  remove: (row: T) => Promise<unknown>;
  stale: readonly unknown[];
  then?: () => void;
}

/** useRemove gives a function that asks, then deletes one by one. */
export function useRemove() {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const client = useQueryClient();
  const explain = useExplain();
  return function ask<T>({ title, rows, name, lost, remove, stale, then }: Removal<T>): void {
    const typed = { text: "" };
    const many = rows.length > typeAbove;
    const dialog = modal.confirm({
      title,
      icon: null,
      okText: t("action.delete"),
      okButtonProps: { danger: true, disabled: many },
      cancelText: t("action.cancel"),
      content: (
        <div className="stack">
          <p>{lost}</p>
          <ul className="lost">
            {rows.slice(0, 8).map((row) => (
              <li key={name(row)}>{name(row)}</li>
            ))}
            {rows.length > 8 && <li className="muted">{t("remove.more", { count: rows.length - 8 })}</li>}
          </ul>
          {many && (
            <label className="stack">
              {t("remove.type", { count: rows.length })}
              <Input
                onChange={(e) => {
                  typed.text = e.target.value;
                  dialog.update({ okButtonProps: { danger: true, disabled: typed.text !== String(rows.length) } });
                }}
              />
            </label>
          )}
        </div>
      ),
      onOk: async () => {
        const failures: unknown[] = [];
        for (const row of rows) {
          await remove(row).catch((error: unknown) => failures.push(error));
        }
        await client.invalidateQueries({ queryKey: stale });
        const done = rows.length - failures.length;
        if (done) void message.success(t("remove.done", { count: done }));
        if (failures.length) void message.error(`${t("remove.failed", { count: failures.length })} ${explain(failures[0])}`, 8);
        if (done) then?.();
      },
    });
  };
}
