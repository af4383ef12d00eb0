// Everything that waits for an operator's word, as one list, and the rules by
// which phones are taken in.
import { PlusOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { waiting } from "../../api/calls";
import type { AdoptionRule, PlanBody } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty, useExplain } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Selection } from "../../components/ListTable/types";
import { Page } from "../../components/Page";
import { PlanDrawer } from "../../components/plan/PlanDrawer";
import { formatMac } from "../../lib/mac";
import { mayApprove, mayReject, waitingKinds, type WaitingRow } from "../../lib/waiting";
import { ApproveDialog } from "./ApproveDialog";
import { useWaitingColumns } from "./columns";
import { EditRule } from "./EditRule";
import { type Outcome, Outcomes } from "./Outcomes";
import { ClaimLan } from "../lan/ClaimLan";
import { Prove } from "./Prove";
import { Rules } from "./Rules";
import { useDecide } from "./useDecide";
import { pageOf, useWaitingRows, waitingKey } from "./useWaiting";
import "./waiting.css";

function useRelease() {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const explain = useExplain();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: (row: WaitingRow) => waiting.release(org.id, row.deviceId),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.org(org.id) });
      void message.success(t("waiting.released"));
    },
    onError: (error) => void message.error(explain(error), 6),
  });
}

/** useRefuse asks, then refuses. */
function useRefuse(tell: (outcome: Outcome) => void) {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const decide = useDecide();
  const explain = useExplain();
  return (rows: WaitingRow[], clear?: () => void): void =>
    void modal.confirm({
      title: t("refuse.title", { count: rows.length }),
      icon: null,
      okText: t("claims.reject"),
      okButtonProps: { danger: true },
      cancelText: t("action.cancel"),
      content: (
        <div className="stack">
          <p>{t("refuse.text")}</p>
          <ul className="lost">
            {rows.slice(0, 8).map((row) => (
              <li key={row.key}>
                <span className="mono">{formatMac(row.mac)}</span> {row.name || row.model} {row.address && `· ${row.address}`}
              </li>
            ))}
            {rows.length > 8 && <li className="muted">{t("remove.more", { count: rows.length - 8 })}</li>}
          </ul>
        </div>
      ),
      onOk: () => decide("reject", rows).then((outcome) => (clear?.(), tell(outcome)), (error: unknown) => void message.error(explain(error), 6)),
    });
}

interface Open {
  approve?: WaitingRow[];
  /** clear forgets what was ticked, once it is decided. */
  clear?: () => void;
  prove?: WaitingRow;
  /** lan is the phone to claim through its own web page. */
  lan?: WaitingRow;
  outcome?: Outcome;
  plan?: PlanBody;
}

function WaitingList() {
  const { t } = useTranslation();
  const { org, site } = useScope();
  const to = useTo();
  const may = useCan("device.write");
  const mayProve = useCan("claim.prove");
  const pooled = useCan("unclaimed.read");
  const { message } = App.useApp();
  const read = useWaitingRows();
  const release = useRelease();
  const [open, setOpen] = useState<Open>({});
  const tell = (outcome: Outcome, plan: PlanBody | null = null) => {
    open.clear?.();
    const failed = outcome.decided.some((one) => !one.done);
    if (!failed) void message.success(t(outcome.how === "approve" ? "waiting.approved" : "waiting.rejected", { count: outcome.decided.length }));
    setOpen({ outcome: failed ? outcome : undefined, plan: plan ?? undefined });
  };
  const refuse = useRefuse(tell);
  const all = async (selection: Selection<WaitingRow>) =>
    selection.all ? pageOf(await read(), { ...selection.query, limit: undefined, cursor: undefined }).items : selection.rows;
  const columns = useWaitingColumns({
    may,
    approve: (row) => setOpen({ approve: [row] }),
    release: (row) => release.mutate(row),
  });
  const actions = (row: WaitingRow) => [
    { key: "approve", label: t("waiting.approve_ask"), disabled: !may || !mayApprove(row), onClick: () => setOpen({ approve: [row] }) },
    { key: "lan", label: t("lan.ask"), disabled: !may || !mayApprove(row) || !row.address, onClick: () => setOpen({ lan: row }) },
    {
      key: "prove",
      label: t("prove.ask"),
      disabled: !mayProve || (row.kind !== "claim" && row.kind !== "contested"),
      onClick: () => setOpen({ prove: row }),
    },
    { key: "release", label: t("waiting.release"), disabled: !may || row.kind !== "quarantined", onClick: () => release.mutate(row) },
    { key: "refuse", danger: true, label: t("waiting.reject_ask"), disabled: !may || !mayReject(row), onClick: () => refuse([row]) },
  ];
  return (
    <>
      <ListTable<WaitingRow>
        id="waiting"
        label={t("nav.waiting")}
        queryKey={waitingKey(org.id, site)}
        fetch={async (query) => pageOf(await read(), query)}
        refetchInterval={pooled ? 3_000 : 5_000}
        columns={columns}
        rowKey={(row) => row.key}
        search={t("waiting.search")}
        filters={[
          { name: "kind", label: t("waiting.kind"), width: 190, options: waitingKinds.map((value) => ({ value, label: t(`waiting.kinds.${value}`) })) },
        ]}
        actions={actions}
        bulk={(selection) => (
          <>
            <Button
              size="small"
              type="primary"
              disabled={!may}
              onClick={() => void all(selection).then((rows) => setOpen({ approve: rows.filter(mayApprove), clear: selection.clear }))}
            >
              {t("waiting.approve_selected")}
            </Button>
            <Button size="small" danger disabled={!may} onClick={() => void all(selection).then((rows) => refuse(rows.filter(mayReject), selection.clear))}>
              {t("waiting.reject_selected")}
            </Button>
          </>
        )}
        empty={
          <Empty
            title={t("waiting.empty_title")}
            text={t("waiting.empty_text")}
            action={
              <Link to={to("/plug-in")}>
                <Button type="primary">{t("nav.plug_in")}</Button>
              </Link>
            }
          />
        }
      />
      {open.approve && (
        <ApproveDialog
          rows={open.approve}
          done={tell}
          close={() => setOpen(({ approve: _, ...rest }) => rest)}
        />
      )}
      {open.lan && <ClaimLan phone={open.lan} close={() => setOpen({})} />}
      {open.prove && <Prove row={open.prove} close={() => setOpen({})} />}
      {open.outcome && <Outcomes outcome={open.outcome} close={() => setOpen(({ outcome: _, ...rest }) => rest)} />}
      {open.plan && !open.outcome && <PlanDrawer title={t("plan.title")} body={open.plan} close={() => setOpen({})} />}
    </>
  );
}

export default function Waiting() {
  const { t } = useTranslation();
  const to = useTo();
  const mayRule = useCan("org.write");
  const [params, setParams] = useSearchParams();
  const [rule, setRule] = useState<AdoptionRule | "new" | null>(null);
  const rules = params.get("show") === "rules";
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!mayRule} onClick={() => setRule("new")}>
      {t("rules.add")}
    </Button>
  );
  const plugIn = (
    <Link to={to("/plug-in")}>
      <Button>{t("nav.plug_in")}</Button>
    </Link>
  );
  return (
    <Page title={t("nav.waiting")} lead={t(rules ? "rules.lead" : "waiting.lead")} actions={rules ? add : plugIn}>
      <Tabs
        activeKey={rules ? "rules" : "waiting"}
        onChange={(key) => setParams(key === "rules" ? { show: "rules" } : {})}
        items={[
          { key: "waiting", label: t("rules.waiting") },
          { key: "rules", label: t("rules.title") },
        ]}
      />
      {rules ? <Rules edit={setRule} add={add} /> : <WaitingList />}
      {rule && <EditRule rule={rule === "new" ? null : rule} close={() => setRule(null)} />}
    </Page>
  );
}
