import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { devices } from "../../api/calls";
import type { Device, PlanBody } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import { useCopy } from "../../components/Mac";
import { Page } from "../../components/Page";
import { PlanDrawer } from "../../components/plan/PlanDrawer";
import { statesOf } from "../../components/State";
import { formatMac, parseMac } from "../../lib/mac";
import { AddPhone, useModelOptions } from "./AddPhone";
import { PhonesBulk } from "./Bulk";
import { phoneColumns } from "./columns";
import { usePhoneRemoval } from "./usePhoneRemoval";

function useFilters() {
  const { t } = useTranslation();
  const models = useModelOptions();
  const options = (kind: "reach" | "config" | "life") =>
    statesOf(kind).map((value) => ({ value, label: t(`state.${kind}.${value}`) }));
  return [
    { name: "reach", label: t("phone.reach"), options: options("reach") },
    { name: "config_state", label: t("phone.config"), options: options("config") },
    { name: "model", label: t("phone.model"), options: models },
    { name: "life", label: t("phone.life"), options: options("life") },
  ];
}

function EmptyPhones({ add }: { add: () => void }) {
  const { t } = useTranslation();
  const { site, setSite } = useScope();
  if (site) {
    return (
      <Empty
        title={t("phones.none_here")}
        text={t("phones.none_here_text")}
        action={<Button onClick={() => setSite("")}>{t("phones.all_sites")}</Button>}
      />
    );
  }
  return (
    <Empty
      title={t("phones.empty_title")}
      text={t("phones.empty_text")}
      action={
        <Button type="primary" onClick={add}>
          {t("phones.add")}
        </Button>
      }
    />
  );
}

export default function Phones() {
  const { t } = useTranslation();
  const { org, site } = useScope();
  const to = useTo();
  const navigate = useNavigate();
  const copy = useCopy();
  const may = useCan("device.write");
  const [params, setParams] = useSearchParams();
  const [plan, setPlan] = useState<PlanBody | null>(null);
  const removal = usePhoneRemoval();
  const filters = useFilters();
  const adding = params.get("add") === "1";
  const setAdding = (on: boolean) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (on) next.set("add", "1");
        else next.delete("add");
        return next;
      },
      { replace: true },
    );
  const actions = (d: Device) => [
    { key: "open", label: t("phones.open"), onClick: () => void navigate(to(`/phones/${d.mac}`)) },
    { key: "config", label: t("phone.tab.config"), onClick: () => void navigate(to(`/phones/${d.mac}/config`)) },
    { key: "commands", label: t("phone.tab.commands"), onClick: () => void navigate(to(`/phones/${d.mac}/commands`)) },
    { key: "log", label: t("phones.log"), onClick: () => void navigate(to(`/log?mac=${d.mac}`)) },
    { key: "copy", label: t("copy.mac"), onClick: () => void copy(formatMac(d.mac)) },
    { type: "divider" as const },
    { key: "delete", danger: true, disabled: !may, label: t("action.delete_ask"), onClick: () => removal([d]) },
  ];
  return (
    <Page
      title={t("nav.all_phones")}
      actions={
        <Button
          type="primary"
          icon={<PlusOutlined />}
          disabled={!may}
          title={may ? undefined : t("problem.no_right")}
          onClick={() => setAdding(true)}
        >
          {t("phones.add")}
        </Button>
      }
    >
      <ListTable
        id="phones"
        label={t("nav.all_phones")}
        queryKey={keys.list(org.id, "devices")}
        fetch={({ q, ...query }) =>
          devices.list(org.id, { ...query, q: typeof q === "string" && q ? (parseMac(q) ?? q) : undefined })
        }
        fixed={site ? { site } : undefined}
        columns={phoneColumns(t, to)}
        rowKey={(d) => d.id}
        filters={filters}
        search={t("phones.search")}
        defaultSort="mac"
        href={(d) => to(`/phones/${d.mac}`)}
        actions={actions}
        bulk={(selection) => <PhonesBulk selection={selection} plan={setPlan} />}
        empty={<EmptyPhones add={() => setAdding(true)} />}
      />
      {adding && <AddPhone close={() => setAdding(false)} />}
      {plan && <PlanDrawer title={t("plan.title")} body={plan} close={() => setPlan(null)} />}
    </Page>
  );
}
