import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConfigItem } from "../../api/types";
import { useExplain } from "../../components/Blank";
import { ValueInput } from "../../components/ValueInput";
import { checkValue, type DraftChange, rangeText, valueLabel } from "../../lib/value";
import type { Draft } from "./usePhone";

interface Props {
  item: ConfigItem;
  change: DraftChange | undefined;
  draft: Draft;
  close: () => void;
}

/** Hint says what a parameter may be and what it does. */
export function Hint({ item }: { item: ConfigItem }) {
  const { t } = useTranslation();
  const ranges = rangeText(item.ranges ?? []);
  return (
    <p className="config-hint">
      {item.help} {ranges && t("value.range", { ranges, unit: item.unit })}{" "}
      {item.default !== null && item.default !== "" && t("value.default", { value: valueLabel(item, item.default) })}{" "}
      {item.reboot && <span className="chip warn">{t("value.reboot")}</span>}
    </p>
  );
}

/** EditValue edits one value in place; saving goes to the draft, not to the phone. */
export function EditValue({ item, change, draft, close }: Props) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const explain = useExplain();
  const start = item.secret ? "" : change && change.kind !== "remove" ? change.to : item.value;
  const [value, setValue] = useState(start);
  const wrong = checkValue(item, value);
  const overridden = draft.draft.some((setting) => setting.key === item.key);

  const run = (work: Promise<unknown>) =>
    void work.then(close, (error: unknown) => void message.error(explain(error), 6));
  const save = () => {
    if (wrong || (item.secret && value === "")) return;
    if (value === start && !change && item.layer === "override") return close();
    run(draft.set(item.key, value));
  };
  return (
    <div className="config-edit">
      <div className="row wrap">
        <ValueInput
          autoFocus
          spec={item}
          label={item.label || item.key}
          value={value}
          bad={wrong !== ""}
          onChange={setValue}
          onEnter={save}
          onEscape={close}
        />
        <Button type="primary" disabled={wrong !== ""} loading={draft.save.isPending} onClick={save}>
          {t("config.keep")}
        </Button>
        <Button onClick={close}>{t("action.cancel")}</Button>
        {change && <Button onClick={() => run(draft.undo(item.key))}>{t("config.undo")}</Button>}
        {overridden && (!change || change.kind === "change") && (
          <Button danger onClick={() => run(draft.remove(item.key))}>
            {t("config.remove_override")}
          </Button>
        )}
      </div>
      {wrong && (
        <p className="config-wrong" role="alert">
          {t(wrong, { ranges: rangeText(item.ranges ?? []) })}
        </p>
      )}
      <Hint item={item} />
    </div>
  );
}
