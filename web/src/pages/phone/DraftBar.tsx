import { App, Button, Popover } from "antd";
import { useTranslation } from "react-i18next";
import type { Config } from "../../api/types";
import { useCan } from "../../app/scope";
import { useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import type { Draft } from "./usePhone";

interface Props {
  draft: Draft;
  config: Config | undefined;
  review: () => void;
}

/** DraftBar stands on the phone's page as long as its draft differs from what was pushed. */
export function DraftBar({ draft, config, review }: Props) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const explain = useExplain();
  const may = useCan("device.write");
  const { changes } = draft;
  if (changes.length === 0) return null;
  const labelOf = (key: string) => config?.items.find((item) => item.key === key)?.label ?? key;
  const list = (
    <ul className="draft-list">
      {changes.map((change) => (
        <li key={change.key}>
          <span>{labelOf(change.key)}</span>
          <span className="mono">
            {change.kind !== "set" && <del>{change.from || "∅"}</del>} {change.kind !== "remove" && (change.to || "∅")}
          </span>
          <span className="muted">{t(`draft.${change.kind}`)}</span>
        </li>
      ))}
    </ul>
  );
  const discard = () =>
    modal.confirm({
      title: t("draft.discard_title", { count: changes.length }),
      icon: null,
      content: list,
      okText: t("draft.discard"),
      okButtonProps: { danger: true },
      cancelText: t("action.cancel"),
      onOk: () => draft.discard().catch((error: unknown) => void message.error(explain(error))),
    });
  return (
    <div className="note draft draft-bar" role="status">
      <Glyph name="half" size={14} />
      <span>
        <strong data-draft={changes.length}>{t("draft.bar", { count: changes.length })}</strong> {t("draft.bar_help")}
      </span>
      <span className="end">
        <Popover content={list} trigger="click" placement="bottomRight">
          <Button size="small">{t("draft.show")}</Button>
        </Popover>
        <Button size="small" disabled={!may} onClick={discard}>
          {t("draft.discard")}
        </Button>
        <Button size="small" type="primary" onClick={review}>
          {t("draft.review")}
        </Button>
      </span>
    </div>
  );
}
