import { memo, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConfigItem } from "../../api/types";
import { Glyph } from "../../components/Glyph";
import { Layer } from "../../components/Layer";
import { type DraftChange, isUnset, masked, valueLabel } from "../../lib/value";
import { EditValue } from "./EditValue";
import type { Draft } from "./usePhone";
import { Why } from "./Why";

interface Props {
  item: ConfigItem;
  change: DraftChange | undefined;
  draft: Draft;
  editable: boolean;
  lineOwned: boolean;
}

/** useShown gives a value as people read it; a secret stays masked. */
export function useShown(): (item: ConfigItem, value: string) => string {
  const { t } = useTranslation();
  return (item, value) => {
    if (value === "") return t("value.empty");
    if (item.secret) return masked;
    if (item.type === "bool" && (value === "yes" || value === "no")) return t(`value.${value}`);
    return valueLabel(item, value);
  };
}

function Value({ item, change }: { item: ConfigItem; change: DraftChange | undefined }) {
  const { t } = useTranslation();
  const shown = useShown();
  const now = isUnset(item) ? t("value.unset") : shown(item, item.value);
  const text = item.value === "" ? <span className="muted">{now}</span> : now;
  const unit = item.unit && item.value !== "" ? <span className="muted"> {item.unit}</span> : null;
  if (!change) {
    return (
      <>
        {item.state === "set" ? text : <span className="muted">{text}</span>}
        {unit}
      </>
    );
  }
  return (
    <>
      <del>{text}</del> <span aria-hidden="true">→</span>{" "}
      <ins>
        {change.kind === "remove" ? t("config.falls_back") : shown(item, change.to)}
        {change.kind !== "remove" && item.unit && ` ${item.unit}`}
      </ins>
    </>
  );
}

function Marks({ item, change }: { item: ConfigItem; change: DraftChange | undefined }) {
  const { t } = useTranslation();
  const shadowed = (item.shadowed ?? []).length;
  return (
    <span className="config-marks">
      {change && <span className="chip draft">{t(`draft.${change.kind}`)}</span>}
      {item.undeliverable && (
        <span className="chip bad">
          <Glyph name="cross" size={10} />
          {t("config.undeliverable")}
        </span>
      )}
      {item.state === "reset" && (
        <span className="chip info">
          <Glyph name="half" size={10} />
          {t("config.reset")}
        </span>
      )}
      {item.state === "residue" && (
        <span className="chip warn">
          <Glyph name="warn" size={10} />
          {t("config.residue")}
        </span>
      )}
      {shadowed > 0 && <span className="muted">{t("config.shadows", { count: shadowed })}</span>}
    </span>
  );
}

function Row({ item, change, draft, editable, lineOwned }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [editing, setEditing] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open || editing) row.current?.scrollIntoView({ block: "nearest" });
  }, [open, editing]);
  const label = item.label || item.key;
  return (
    <div
      ref={row}
      className={`config-row${open ? " open" : ""}${change ? " drafted" : ""}`}
      data-key={item.key}
    >
      <div className="config-line">
        <button
          type="button"
          className="config-why"
          aria-expanded={open}
          aria-label={t("config.why", { name: label })}
          title={t("config.why", { name: label })}
          onClick={() => setOpen(!open)}
        >
          <Glyph name="play" size={9} />
        </button>
        <button type="button" className="config-name" tabIndex={-1} onClick={() => setOpen(!open)}>
          <span>{label}</span>
          <span className="mono muted">{item.key}</span>
        </button>
        {editing ? (
          <EditValue item={item} change={change} draft={draft} close={() => setEditing(false)} />
        ) : (
          <>
            <button
              type="button"
              className="config-value"
              disabled={!editable}
              title={lineOwned ? t("config.line_owns") : editable ? t("config.edit", { name: label }) : undefined}
              onClick={() => setEditing(true)}
            >
              <Value item={item} change={change} />
            </button>
            <span className="config-from">
              {!isUnset(item) && <Layer of={item.layer} />}
              {item.layer !== "default" && item.layer !== "override" && item.source && (
                <span className="muted clip">
                  {item.source}
                  {item.source_version > 0 && ` v${item.source_version}`}
                </span>
              )}
            </span>
            <Marks item={item} change={change} />
          </>
        )}
      </div>
      {open && <Why item={item} />}
    </div>
  );
}

// Hundreds of rows stand on the page; one that did not change is not drawn again.
export const ConfigRow = memo(
  Row,
  (a, b) =>
    a.item === b.item &&
    a.editable === b.editable &&
    a.lineOwned === b.lineOwned &&
    a.draft.draft === b.draft.draft &&
    a.change?.kind === b.change?.kind &&
    a.change?.to === b.change?.to,
);
