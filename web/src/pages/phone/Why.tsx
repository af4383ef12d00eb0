// Why a value is what it is: the layer in force, those it hides, how it is
// spelled for this phone and what the phone says.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ConfigItem } from "../../api/types";
import { useTo } from "../../app/useTo";
import { Glyph } from "../../components/Glyph";
import { Layer } from "../../components/Layer";
import { When } from "../../components/When";
import { isUnset, rangeText } from "../../lib/value";
import { useShown } from "./ConfigRow";

const templated = new Set(["model", "site", "group"]);

function Source({ item }: { item: ConfigItem }) {
  const { t } = useTranslation();
  const to = useTo();
  const version = item.source_version > 0 ? ` ${t("config.version", { version: item.source_version })}` : "";
  if (templated.has(item.layer) && item.source_id) {
    return (
      <Link to={to(`/templates/${item.source_id}`)}>
        {item.source}
        {version}
      </Link>
    );
  }
  return (
    <span>
      {item.source || t(`layer_help.${item.layer}`, { defaultValue: "" })}
      {version}
    </span>
  );
}

function Ladder({ item }: { item: ConfigItem }) {
  const { t } = useTranslation();
  const shown = useShown();
  const author = item.author && <> · {item.author}</>;
  return (
    <ol className="ladder">
      <li className="in-force">
        {!isUnset(item) && <Layer of={item.layer} />}
        <span className="mono">{isUnset(item) ? t("value.unset") : shown(item, item.value)}</span>
        <span className="muted">
          <Source item={item} />
          {author} {item.at && <>· <When at={item.at} /></>}
        </span>
      </li>
      {(item.shadowed ?? []).map((shadow) => (
        <li key={shadow.layer + shadow.source}>
          <Layer of={shadow.layer} />
          <del className="mono">{shown(item, shadow.value)}</del>
          <span className="muted">
            {shadow.source}
            {shadow.author && <> · {shadow.author}</>} {shadow.at && <>· <When at={shadow.at} /></>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function OnThePhone({ item }: { item: ConfigItem }) {
  const { t } = useTranslation();
  const shown = useShown();
  const ranges = rangeText(item.ranges ?? []);
  return (
    <dl className="facts">
      <dt>{t("config.spelled")}</dt>
      <dd>
        {item.undeliverable ? (
          <span className="state bad">
            <Glyph name="cross" />
            {t("config.no_spelling")}
          </span>
        ) : (
          <span className="mono">{item.delivered_as || "–"}</span>
        )}
      </dd>
      <dt>{t("config.reported")}</dt>
      <dd>
        {item.reported === null || item.reported === undefined ? (
          <span className="muted">{t("config.not_reported")}</span>
        ) : (
          <span className={item.reported === item.value ? "state ok" : "state warn"}>
            <Glyph name={item.reported === item.value ? "checks" : "warn"} />
            <span className="mono">{item.reported}</span>
          </span>
        )}
      </dd>
      <dt>{t("config.default")}</dt>
      <dd>
        {item.default === null || item.default === undefined ? (
          <span className="muted">{t("config.no_default")}</span>
        ) : (
          <span className="mono">{shown(item, item.default)}</span>
        )}
      </dd>
      {ranges && (
        <>
          <dt>{t("config.range")}</dt>
          <dd>
            {ranges} {item.unit}
          </dd>
        </>
      )}
    </dl>
  );
}

export function Why({ item }: { item: ConfigItem }) {
  const { t } = useTranslation();
  return (
    <div className="why-panel">
      {item.help && <p>{item.help}</p>}
      {item.state === "reset" && <div className="note">{t("config.reset_help")}</div>}
      {item.state === "residue" && <div className="note warn">{t("config.residue_help", { value: item.value })}</div>}
      {item.undeliverable && <div className="note bad">
          <span>
            {t("config.undeliverable_help")} {item.why && <span className="muted">({item.why})</span>}
          </span>
        </div>}
      {item.reboot && <p className="muted">{t("value.reboot_help")}</p>}
      <div className="why-columns">
        <section>
          <h3>{t("config.why_title")}</h3>
          <Ladder item={item} />
        </section>
        <section>
          <h3>{t("config.on_phone")}</h3>
          <OnThePhone item={item} />
        </section>
      </div>
    </div>
  );
}
