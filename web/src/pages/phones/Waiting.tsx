// Phones that wait for an operator's word, and those that only asked so far.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { devices, unclaimed } from "../../api/calls";
import type { Device, Unclaimed } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { Mac } from "../../components/Mac";
import { Page } from "../../components/Page";
import { When } from "../../components/When";
import { ClaimList } from "./Claims";
import { phoneColumns } from "./columns";

function useAdopt() {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: async (rows: Device[]) => {
      let failed = 0;
      for (const row of rows) await devices.adopt(org.id, row.id).catch(() => (failed += 1));
      return { done: rows.length - failed, failed };
    },
    onSuccess: ({ done, failed }) => {
      void client.invalidateQueries({ queryKey: keys.org(org.id) });
      if (done) void message.success(t("waiting.approved", { count: done }));
      if (failed) void message.error(t("waiting.approve_failed", { count: failed }));
    },
  });
}

function WaitingList() {
  const { t } = useTranslation();
  const { org, site } = useScope();
  const to = useTo();
  const may = useCan("device.write");
  const adopt = useAdopt();
  return (
    <ListTable
      id="waiting"
      label={t("waiting.yours")}
      queryKey={keys.list(org.id, "devices")}
      fetch={(query) => devices.list(org.id, query)}
      fixed={site ? { life: "waiting", site } : { life: "waiting" }}
      columns={[
        ...phoneColumns(t, to).filter((column) => !["config", "life", "lines"].includes(column.key)),
        {
          key: "approve",
          title: t("waiting.approve"),
          width: 110,
          render: (d) => (
            <Button size="small" type="primary" disabled={!may} onClick={() => adopt.mutate([d])}>
              {t("waiting.approve")}
            </Button>
          ),
        },
      ]}
      rowKey={(d) => d.id}
      search={t("phones.search")}
      href={(d) => to(`/phones/${d.mac}`)}
      bulk={(selection) => (
        <Button
          size="small"
          type="primary"
          disabled={!may || selection.all}
          loading={adopt.isPending}
          onClick={() => adopt.mutate(selection.rows, { onSuccess: selection.clear })}
        >
          {t("waiting.approve")}
        </Button>
      )}
      empty={<Empty title={t("waiting.empty_title")} text={t("waiting.empty_text")} />}
    />
  );
}

function UnclaimedList() {
  const { t } = useTranslation();
  const columns: Column<Unclaimed>[] = [
    { key: "mac", title: t("phone.mac"), render: (u) => <Mac mac={u.mac} /> },
    { key: "vendor", title: t("phone.vendor"), render: (u) => u.vendor || "–" },
    { key: "model", title: t("phone.model"), render: (u) => u.model || "–" },
    { key: "firmware", title: t("phone.firmware"), render: (u) => u.firmware || "–" },
    { key: "address", title: t("phone.address"), render: (u) => <span className="mono">{u.address}</span> },
    { key: "door", title: t("log.door"), render: (u) => u.door },
    { key: "first", title: t("waiting.first"), render: (u) => <When at={u.first_at} relative /> },
    { key: "last", title: t("waiting.last"), render: (u) => <When at={u.last_at} relative /> },
    { key: "requests", title: t("waiting.requests"), align: "end", render: (u) => u.requests },
  ];
  return (
    <ListTable
      id="unclaimed"
      label={t("waiting.strangers")}
      queryKey={["global", "unclaimed", "list"]}
      fetch={unclaimed.list}
      refetchInterval={10_000}
      columns={columns}
      rowKey={(u) => u.mac}
      search={t("waiting.search")}
      empty={<Empty title={t("waiting.no_strangers")} text={t("waiting.no_strangers_text")} />}
    />
  );
}

const leads = { yours: "waiting.lead", claims: "claims.lead", strangers: "waiting.lead_strangers" } as const;

export default function Waiting() {
  const { t } = useTranslation();
  const may = useCan("unclaimed.read");
  const [params, setParams] = useSearchParams();
  const show = params.get("show");
  const tab = show === "claims" || (may && show === "strangers") ? show : "yours";
  const items = [
    { key: "yours", label: t("waiting.yours") },
    { key: "claims", label: t("claims.title") },
    ...(may ? [{ key: "strangers", label: t("waiting.strangers") }] : []),
  ];
  return (
    <Page title={t("nav.waiting")} lead={t(leads[tab])}>
      <Tabs items={items} activeKey={tab} onChange={(key) => setParams(key === "yours" ? {} : { show: key })} />
      {tab === "yours" ? <WaitingList /> : tab === "claims" ? <ClaimList /> : <UnclaimedList />}
    </Page>
  );
}
