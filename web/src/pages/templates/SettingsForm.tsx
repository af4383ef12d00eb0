// The catalog as a form: a ticked parameter is in the template, the others are
// left to weaker layers.
import { SearchOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Setting, Template } from "../../api/types";
import { Empty, Loading, Problem } from "../../components/Blank";
import { ValueInput } from "../../components/ValueInput";
import { expand, type KnownKey, useCatalog, useKeys } from "../../lib/catalog";
import { checkValue, rangeText, valueLabel } from "../../lib/value";
import "./templates.css";

interface Props {
  template: Template;
  items: Setting[];
  change: (items: Setting[]) => void;
  editable: boolean;
}

const step = 80;

interface RowProps {
  known: KnownKey;
  value: string | undefined;
  editable: boolean;
  set: (value: string | undefined) => void;
}

function Row({ known, value, editable, set }: RowProps) {
  const { t } = useTranslation();
  const on = value !== undefined;
  const wrong = on ? checkValue(known.spec, value) : "";
  const ranges = rangeText(known.spec.ranges);
  return (
    <li className={on ? "on" : undefined} data-key={known.key}>
      <Checkbox
        checked={on}
        disabled={!editable}
        aria-label={t("templates.include", { name: known.label })}
        onChange={(e) => set(e.target.checked ? (known.spec.default ?? "") : undefined)}
      />
      <div className="names">
        <span>{known.label}</span>
        <span className="mono muted">{known.key}</span>
      </div>
      <div className="value">
        {on && editable ? (
          <ValueInput spec={known.spec} label={known.label} value={value} bad={wrong !== ""} onChange={set} />
        ) : on ? (
          <span>{value}</span>
        ) : (
          known.spec.default !== null && <span className="muted">{t("value.default", { value: valueLabel(known.spec, known.spec.default) })}</span>
        )}
        {wrong && <p className="config-wrong">{t(wrong, { ranges })}</p>}
      </div>
      <p className="muted">
        {known.help} {ranges && t("value.range", { ranges, unit: known.spec.unit })} {known.reboot && t("value.reboot")}
      </p>
    </li>
  );
}

export function SettingsForm({ template, items, change, editable }: Props) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const [only, setOnly] = useState(items.length > 0);
  const [limit, setLimit] = useState(step);
  const known = useCatalog(template.vendor, template.model);
  const values = new Map(items.map((item) => [item.key, item.value]));
  const every = useKeys(known.data?.items, "");
  const matching = useKeys(known.data?.items, q);
  const names = new Set(every.map((one) => one.key));
  const strange = items.filter((item) => !names.has(item.key) && item.key.includes(q)).map((item) => expand(item.key));
  const shown = [...strange, ...matching].filter((one) => !one.lineOwned && (!only || values.has(one.key)));
  const set = (key: string, value: string | undefined) => {
    const rest = items.filter((item) => item.key !== key);
    change(value === undefined ? rest : [...rest, { key, value }]);
  };
  if (known.isPending) return <Loading />;
  if (known.isError) return <Problem error={known.error} retry={() => void known.refetch()} />;
  return (
    <section className="settings-form">
      <div className="config-tools">
        <Input
          allowClear
          prefix={<SearchOutlined />}
          placeholder={t("templates.find")}
          aria-label={t("templates.find")}
          style={{ inlineSize: 280 }}
          value={q}
          onChange={(e) => {
            setQ(e.target.value);
            setLimit(step);
            if (e.target.value) setOnly(false);
          }}
        />
        <label className="row">
          <Switch size="small" checked={only} onChange={setOnly} />
          {t("templates.only_included")}
        </label>
        <span className="muted">{t("templates.included", { count: items.length })}</span>
      </div>
      {shown.length === 0 ? (
        <Empty
          title={t(q ? "list.no_match" : "templates.nothing_included")}
          text={t(q ? "config.no_match_text" : "templates.nothing_included_text")}
          action={only ? <Button onClick={() => setOnly(false)}>{t("templates.show_all")}</Button> : undefined}
        />
      ) : (
        <ul>
          {shown.slice(0, limit).map((one) => (
            <Row
              key={one.key}
              known={one}
              value={values.get(one.key)}
              editable={editable}
              set={(value) => set(one.key, value)}
            />
          ))}
          {shown.length > limit && (
            <li className="more">
              <Button onClick={() => setLimit(limit + 4 * step)}>{t("templates.more", { count: shown.length - limit })}</Button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
