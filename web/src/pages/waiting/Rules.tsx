// The rules by which an organization takes strangers in, in the order in which
// they are asked, and what they would do with the phones that wait now.
import { ArrowDownOutlined, ArrowUpOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Switch } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { adoption } from "../../api/calls";
import type { AdoptionRule } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useSites } from "../../app/useSites";
import { Empty, Loading, Problem } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";
import { slicePage } from "../../lib/slice";
import { DryRun } from "./DryRun";
import { swapped, useChange, useGroups, useWho } from "./useRules";
import { useModelTemplates } from "./useTemplates";

function Place({ rule }: { rule: AdoptionRule }) {
  const { t } = useTranslation();
  const name = (all: { id: string; name: string }[], id: string) => all.find((one) => one.id === id)?.name ?? t("rules.gone");
  const sites = useSites();
  const groups = useGroups();
  const templates = useModelTemplates();
  const texts = [
    rule.site_id ? name(sites, rule.site_id) : t("rules.site_own"),
    ...(rule.group_id ? [t("rules.in_group", { group: name(groups, rule.group_id) })] : []),
    ...(rule.template_id ? [t("rules.has_template", { template: name(templates, rule.template_id) })] : []),
  ];
  return (
    <span className="chips">
      {texts.map((text) => (
        <span key={text}>{text}</span>
      ))}
    </span>
  );
}

function Order({ rule, rules }: { rule: AdoptionRule; rules: AdoptionRule[] }) {
  const { t } = useTranslation();
  const may = useCan("org.write");
  const change = useChange();
  const at = rules.findIndex((one) => one.id === rule.id);
  const go = (by: -1 | 1) => change.mutate(swapped(rules, rule.id, by).map(({ rule: one, position }) => ({ rule: one, body: { position } })));
  return (
    <span className="row tight order">
      <span className="place">{at + 1}</span>
      <Button
        type="text"
        size="small"
        icon={<ArrowUpOutlined />}
        aria-label={t("rules.up", { name: rule.name })}
        disabled={!may || at <= 0 || change.isPending}
        onClick={() => go(-1)}
      />
      <Button
        type="text"
        size="small"
        icon={<ArrowDownOutlined />}
        aria-label={t("rules.down", { name: rule.name })}
        disabled={!may || at === rules.length - 1 || change.isPending}
        onClick={() => go(1)}
      />
    </span>
  );
}

function On({ rule }: { rule: AdoptionRule }) {
  const { t } = useTranslation();
  const may = useCan("org.write");
  const change = useChange();
  return (
    <Switch
      size="small"
      checked={rule.enabled}
      disabled={!may}
      loading={change.isPending}
      aria-label={t("rules.on_of", { name: rule.name })}
      onChange={(enabled) => change.mutate([{ rule, body: { enabled } }])}
    />
  );
}

function useColumns(rules: AdoptionRule[]): Column<AdoptionRule>[] {
  const { t } = useTranslation();
  const who = useWho();
  return [
    { key: "order", title: t("rules.order"), width: 96, render: (rule) => <Order rule={rule} rules={rules} /> },
    { key: "on", title: t("rules.on"), width: 60, render: (rule) => <On rule={rule} /> },
    { key: "name", title: t("rules.name"), render: (rule) => <strong>{rule.name}</strong> },
    {
      key: "who",
      title: t("rules.who_title"),
      render: (rule) => {
        const texts = who(rule.match);
        return (
          <span className="chips">
            {texts.length === 0 ? <span>{t("rules.everybody")}</span> : texts.map((text) => <span key={text}>{text}</span>)}
          </span>
        );
      },
    },
    { key: "where", title: t("rules.where_title"), render: (rule) => <Place rule={rule} /> },
    {
      key: "action",
      title: t("rules.what"),
      render: (rule) => <span className={rule.action === "adopt" ? "chip ok" : "chip"}>{t(`rules.action.${rule.action}`)}</span>,
    },
    {
      key: "hits",
      title: t("rules.hits"),
      align: "end",
      render: (rule) => (
        <span>
          {rule.hits} {rule.last_hit && <span className="muted">· <When at={rule.last_hit} relative /></span>}
        </span>
      ),
    },
  ];
}

function Now() {
  const { t } = useTranslation();
  const { org } = useScope();
  const query = useQuery({ queryKey: keys.list(org.id, "waiting", "dry-run"), queryFn: () => adoption.dryRun(org.id), refetchInterval: 10_000 });
  return (
    <section className="card now" aria-labelledby="dry-run">
      <h2 id="dry-run">{t("rules.dry_run")}</h2>
      <div className="body">
        {query.isPending ? (
          <Loading />
        ) : query.isError ? (
          <Problem error={query.error} retry={() => void query.refetch()} />
        ) : (
          <DryRun rows={query.data.items} />
        )}
      </div>
    </section>
  );
}

/** Rules is a tab of the page of what waits; edit opens the dialog. */
export function Rules({ edit, add }: { edit: (rule: AdoptionRule) => void; add: ReactNode }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("org.write");
  const ask = useRemove();
  const key = keys.list(org.id, "adoption-rules");
  const { data } = useQuery({ queryKey: [...key, "whole"], queryFn: () => adoption.list(org.id) });
  const columns = useColumns(data?.items ?? []);
  const who = useWho();
  return (
    <div className="stack">
      <ListTable<AdoptionRule>
        id="adoption-rules"
        label={t("rules.title")}
        queryKey={key}
        fetch={(query) => adoption.list(org.id).then((all) => slicePage(all, query, (rule) => [rule.name, ...who(rule.match)].join(" ")))}
        columns={columns}
        rowKey={(rule) => rule.id}
        search={t("rules.search")}
        actions={(rule) => [
          { key: "edit", label: t("action.edit"), disabled: !may, onClick: () => edit(rule) },
          {
            key: "delete",
            danger: true,
            label: t("action.delete_ask"),
            disabled: !may,
            onClick: () =>
              ask({
                title: t("rules.delete_title"),
                rows: [rule],
                name: (one) => one.name,
                lost: t("rules.delete_lost"),
                remove: (one) => adoption.remove(org.id, one.id, one.version),
                stale: keys.org(org.id),
              }),
          },
        ]}
        empty={<Empty title={t("rules.empty")} text={t("rules.empty_text")} action={add} />}
      />
      <Now />
    </div>
  );
}
