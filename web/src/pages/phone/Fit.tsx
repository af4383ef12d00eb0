// What of a phone's configuration other hardware would not get, and what else changes.
import { useTranslation } from "react-i18next";
import type { Fit as Answer, FitKey, Unfit } from "../../api/types";
import { Glyph } from "../../components/Glyph";
import { Layer, layers } from "../../components/Layer";

interface Source {
  layer: string;
  name: string;
  settings: Unfit[];
}

/** bySource puts settings together that come from one place, the weakest layer first. */
function bySource(settings: Unfit[]): Source[] {
  const found = new Map<string, Source>();
  for (const one of settings) {
    const id = `${one.layer}/${one.source_id}`;
    const source = found.get(id) ?? { layer: one.layer, name: one.source, settings: [] };
    source.settings.push(one);
    found.set(id, source);
  }
  const rank = (layer: string) => layers.findIndex((one) => one === layer);
  return [...found.values()].sort((a, b) => rank(a.layer) - rank(b.layer));
}

function Setting({ of }: { of: Pick<FitKey, "key" | "label" | "value"> }) {
  const { t } = useTranslation();
  return (
    <>
      {of.label} <span className="mono muted">{of.key}</span>{" "}
      {of.value === "" ? <span className="muted">{t("value.empty")}</span> : <span className="mono">{of.value}</span>}
    </>
  );
}

function Sources({ fit }: { fit: Answer }) {
  const { t } = useTranslation();
  return (
    <div className="fit-list" tabIndex={0} role="region" aria-label={t("fit.list")}>
      {fit.lines_beyond.length > 0 && (
        <section>
          <h3>
            <Layer of="line" /> {t("fit.lines", { count: fit.becomes.lines })}
          </h3>
          <ul>
            {fit.lines_beyond.map((one) => (
              <li key={one.line}>
                {t("lines.line", { n: one.line })}: <span className="mono">{one.user_id}</span> {one.name}
              </li>
            ))}
          </ul>
        </section>
      )}
      {bySource(fit.undeliverable).map((source) => (
        <section key={source.layer + source.name}>
          <h3>
            <Layer of={source.layer} /> {source.layer === "override" ? t("fit.own") : source.name}{" "}
            <span className="muted">{t("fit.settings", { count: source.settings.length })}</span>
          </h3>
          <ul>
            {source.settings.map((one) => (
              <li key={one.key} data-key={one.key}>
                <Setting of={one} />
                <div className="muted">
                  {one.why}
                  {one.already && ` · ${t("fit.already")}`}
                </div>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Defaults({ fit }: { fit: Answer }) {
  const { t } = useTranslation();
  if (fit.other_defaults.length === 0) return null;
  return (
    <details>
      <summary>{t("fit.defaults", { count: fit.other_defaults.length })}</summary>
      <ul className="lost">
        {fit.other_defaults.map((one) => (
          <li key={one.key}>
            {one.label} <span className="mono muted">{one.key}</span> <del className="mono">{one.was}</del>{" "}
            <span className="visually-hidden">{t("plan.becomes")}</span> <span className="mono">{one.becomes}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Else is what is to be known besides, each in one line. */
function Else({ fit }: { fit: Answer }) {
  const { t } = useTranslation();
  const { was, becomes } = fit;
  const says = [
    was.dialect !== becomes.dialect && t("fit.dialect", { was: was.dialect, becomes: becomes.dialect }),
    was.dialect === becomes.dialect && fit.respelled > 0 && t("fit.respelled", { count: fit.respelled }),
    was.model !== becomes.model && fit.firmware && t("fit.firmware", { firmware: fit.firmware }),
    fit.kept_by_old > 0 && t("fit.kept", { count: fit.kept_by_old }),
    ...fit.notes.map((one) => t(`fit.note.${one.code}`, { name: one.name, model: becomes.model, defaultValue: one.text })),
  ].filter(Boolean);
  return (
    <>
      {says.length > 0 && (
        <ul className="lost">
          {says.map((one) => (
            <li key={String(one)}>{one}</li>
          ))}
        </ul>
      )}
      {fit.delivered_again.length > 0 && (
        <details>
          <summary>{t("fit.again", { count: fit.delivered_again.length })}</summary>
          <ul className="lost">
            {fit.delivered_again.map((one) => (
              <li key={one.key}>
                <Setting of={one} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Fit stands in the dialog that replaces a phone, before it is confirmed. */
export function Fit({ fit }: { fit: Answer }) {
  const { t } = useTranslation();
  const lost = fit.undeliverable.length;
  const lines = fit.lines_beyond.length;
  const behind = [lost > 0 && t("fit.settings", { count: lost }), lines > 0 && t("fit.accounts", { count: lines })].filter(Boolean);
  return (
    <div className="fit stack" data-fit={fit.becomes.model}>
      {fit.problem && (
        <div className="note bad" role="alert">
          <Glyph name="cross" />
          <span>{t("fit.problem", { why: fit.problem })}</span>
        </div>
      )}
      {!fit.problem && behind.length === 0 && (
        <div className="note ok">
          <Glyph name="check" />
          <span>{t("fit.all")}</span>
        </div>
      )}
      {behind.length > 0 && (
        <>
          <div className="note warn">
            <Glyph name="warn" />
            <span>
              <strong>{t("fit.behind", { what: behind.join(t("fit.and")) })}</strong> {t("fit.stay")}
            </span>
          </div>
          <Sources fit={fit} />
        </>
      )}
      <Else fit={fit} />
      <Defaults fit={fit} />
    </div>
  );
}
