// The effective configuration: every value, why it has it, edited in place.
import { SearchOutlined } from "@ant-design/icons";
import type { UseQueryResult } from "@tanstack/react-query";
import { Button, Input, Switch } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { devices } from "../../api/calls";
import type { Config, ConfigItem, Device } from "../../api/types";
import { useCan, useScope } from "../../app/scope";
import { Empty, Loading, Problem } from "../../components/Blank";
import { expand, type KnownKey, useCatalog, useKeys } from "../../lib/catalog";
import { AddSetting } from "./AddSetting";
import { ConfigRow } from "./ConfigRow";
import type { Draft } from "./usePhone";

interface Props {
  device: Device;
  config: UseQueryResult<Config>;
  draft: Draft;
}

interface Section {
  name: string;
  items: ConfigItem[];
}

/** matches looks for all words of q in what is shown of an item. */
function matches(item: ConfigItem, words: string[]): boolean {
  const text = `${item.key} ${item.label} ${item.value} ${item.delivered_as} ${item.section} ${item.page}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function sectionsOf(items: ConfigItem[]): Section[] {
  const sections = new Map<string, ConfigItem[]>();
  for (const item of items) {
    const name = [item.page, item.section].filter(Boolean).join(" › ");
    sections.set(name, [...(sections.get(name) ?? []), item]);
  }
  // Pages stay together, in the order in which the catalog first names them.
  const pages = [...new Set(items.map((item) => item.page))];
  return [...sections]
    .map(([name, list]) => ({
      name,
      page: pages.indexOf(list[0]?.page ?? ""),
      items: list.sort((a, b) => a.key.localeCompare(b.key, "en", { numeric: true })),
    }))
    .sort((a, b) => a.page - b.page);
}

/** unset is the row of a parameter that nothing gives a value. */
function unset(known: KnownKey): ConfigItem {
  const { key, label, help, page, section, reboot, spec } = known;
  return {
    ...{ key, label, help, page, section, reboot },
    ...{ type: spec.type, options: spec.options, ranges: spec.ranges, unit: spec.unit, secret: spec.secret },
    ...{ value: "", default: null, layer: "default", source: "", source_id: "", source_version: 0, author: "", at: null },
    ...{ shadowed: [], delivered_as: "", undeliverable: false, why: "", state: "set", reported: null },
  };
}

// What the phone has, then what the catalog knows besides, then what only the draft has.
function useRows(device: Device, items: ConfigItem[] | undefined, draft: Draft) {
  const catalog = useCatalog(device.vendor, device.model);
  const known = useKeys(catalog.data?.items, "");
  const drafted = draft.changes.map((change) => change.key).join(" ");
  return useMemo(() => {
    const rows = new Map((items ?? []).map((item) => [item.key, item]));
    for (const one of known) if (!rows.has(one.key)) rows.set(one.key, unset(one));
    for (const key of drafted.split(" ")) if (key && !rows.has(key)) rows.set(key, unset(expand(key)));
    const lineOwned = new Set(known.filter((one) => one.lineOwned).map((one) => one.key));
    return { rows: [...rows.values()], lineOwned };
  }, [items, known, drafted]);
}

function useParam(name: string) {
  const [params, setParams] = useSearchParams();
  const set = (value: string) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return [params.get(name) ?? "", set] as const;
}

function Pages({ pages, page, pick }: { pages: [string, number][]; page: string; pick: (page: string) => void }) {
  const { t } = useTranslation();
  const total = pages.reduce((sum, [, n]) => sum + n, 0);
  return (
    <nav className="config-pages" aria-label={t("config.pages")}>
      <ul>
        {[["", total] as [string, number], ...pages].map(([name, n]) => (
          <li key={name}>
            <button type="button" aria-current={page === name} onClick={() => pick(name)}>
              <span>{name || t("config.all_pages")}</span>
              <span className="muted">{n}</span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Configuration({ device, config, draft }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("device.write");
  const [q, setQ] = useParam("q");
  const [page, setPage] = useParam("page");
  const [mode, setMode] = useParam("show");
  const [adding, setAdding] = useState(false);
  const changed = useMemo(() => new Set(draft.changes.map((change) => change.key)), [draft.changes]);
  const { rows: all, lineOwned } = useRows(device, config.data?.items, draft);
  if (config.isPending) return <Loading />;
  if (!config.data) return <Problem error={config.error} retry={() => void config.refetch()} />;

  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all
    .filter((item) => mode === "all" || item.layer !== "default" || item.state !== "set" || changed.has(item.key))
    .filter((item) => matches(item, words));
  const counted = new Map<string, number>();
  found.forEach((item) => counted.set(item.page, (counted.get(item.page) ?? 0) + 1));
  const pages = [...counted].filter(([name]) => name).sort(([a], [b]) => a.localeCompare(b));
  const sections = sectionsOf(page && counted.has(page) ? found.filter((item) => item.page === page) : found);
  return (
    <div className="config">
      <div className="config-tools">
        <Input
          allowClear
          prefix={<SearchOutlined />}
          placeholder={t("config.search")}
          aria-label={t("config.search")}
          style={{ inlineSize: 280 }}
          value={q}
          onChange={(e) => setQ(e.target.value)}
        />
        <label className="row">
          <Switch size="small" checked={mode !== "all"} onChange={(on) => setMode(on ? "" : "all")} />
          {t("config.only_differences")}
        </label>
        <span className="muted" aria-live="polite">
          {t("config.count", { count: found.length, total: all.length })}
        </span>
        <div className="row end">
          <Button href={devices.rendered(org.id, device.mac)} target="_blank" rel="noreferrer">
            {t("config.rendered")}
          </Button>
          <Button disabled={!may} onClick={() => setAdding(true)}>
            {t("config.add")}
          </Button>
        </div>
      </div>
      <div className="config-body">
        <Pages pages={pages} page={counted.has(page) ? page : ""} pick={setPage} />
        <div className="config-rows">
          {found.length === 0 && (
            <Empty
              title={t(q ? "list.no_match" : "config.empty_title")}
              text={t(q ? "config.no_match_text" : "config.empty_text")}
              action={q && mode !== "all" ? <Button onClick={() => setMode("all")}>{t("config.show_all")}</Button> : undefined}
            />
          )}
          {sections.map((section) => (
            <section key={section.name} aria-label={section.name || t("config.other")}>
              <h2>{section.name || t("config.other")}</h2>
              {section.items.map((item) => (
                <ConfigRow
                  key={item.key}
                  item={item}
                  change={draft.changes.find((one) => one.key === item.key)}
                  draft={draft}
                  editable={may && !lineOwned.has(item.key)}
                  lineOwned={lineOwned.has(item.key)}
                />
              ))}
            </section>
          ))}
        </div>
      </div>
      {adding && <AddSetting device={device} draft={draft} close={() => setAdding(false)} />}
    </div>
  );
}
