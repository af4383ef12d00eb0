// From the box to a registered phone: who asks now, and how to have one ask.
import { useQuery } from "@tanstack/react-query";
import { App } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { PlanBody } from "../../api/types";
import { usePref } from "../../app/prefs";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Loading, Problem } from "../../components/Blank";
import { Page } from "../../components/Page";
import { PlanDrawer } from "../../components/plan/PlanDrawer";
import type { WaitingRow } from "../../lib/waiting";
import { ApproveDialog } from "../waiting/ApproveDialog";
import { type Outcome, Outcomes } from "../waiting/Outcomes";
import { narrow, useWaitingRows, waitingKey } from "../waiting/useWaiting";
import "../waiting/waiting.css";
import { Progress } from "./Progress";
import { SetUp } from "./SetUp";
import { StrangerCard } from "./StrangerCard";
import "./plug-in.css";

const shown = 30;
const kept = 12;

function PlugItIn() {
  const { t } = useTranslation();
  return (
    <section className="card plug-it-in">
      <span className="pulse" aria-hidden="true" />
      <h2>{t("plug.empty_title")}</h2>
      <ol>
        <li>{t("plug.empty_1")}</li>
        <li>{t("plug.empty_2")}</li>
        <li>{t("plug.empty_3")}</li>
      </ol>
      <p className="muted">{t("plug.empty_text")}</p>
    </section>
  );
}

interface Open {
  approve?: WaitingRow;
  outcome?: Outcome;
  plan?: PlanBody;
}

export default function PlugIn() {
  const { t } = useTranslation();
  const { org, site } = useScope();
  const to = useTo();
  const pooled = useCan("unclaimed.read");
  const { message } = App.useApp();
  const read = useWaitingRows();
  const [macs, setMacs] = usePref<string[]>(`plug.${org.id}`, []);
  const [open, setOpen] = useState<Open>({});
  const query = useQuery({ queryKey: waitingKey(org.id, site, "cards"), queryFn: read, refetchInterval: pooled ? 2_000 : 5_000 });
  const rows = narrow(query.data ?? [], {}).filter((row) => row.kind !== "quarantined");
  const tell = (outcome: Outcome, plan: PlanBody | null = null) => {
    const done = outcome.decided.flatMap((one) => (one.done && one.device ? [one.device.mac] : []));
    if (outcome.how === "approve" && done.length) setMacs([...done, ...macs.filter((mac) => !done.includes(mac))].slice(0, kept));
    if (outcome.how === "reject" && done.length) void message.success(t("waiting.rejected", { count: done.length }));
    setOpen({ outcome: done.length < outcome.decided.length ? outcome : undefined, plan: plan ?? undefined });
  };
  return (
    <Page title={t("nav.plug_in")} lead={t("plug.lead")} actions={<Link to={to("/waiting")}>{t("plug.as_list")}</Link>}>
      <div className="plug-in">
        <div className="stack" aria-live="polite">
          <Progress macs={macs} drop={(mac) => setMacs(macs.filter((one) => one !== mac))} />
          {query.isPending ? (
            <Loading />
          ) : query.isError ? (
            <Problem error={query.error} retry={() => void query.refetch()} />
          ) : rows.length === 0 ? (
            <PlugItIn />
          ) : (
            <section aria-labelledby="they-wait">
              <h2 id="they-wait">{t("plug.they_wait", { count: rows.length })}</h2>
              <ul className="strangers">
                {rows.slice(0, shown).map((row) => (
                  <StrangerCard key={row.key} row={row} tell={tell} more={() => setOpen({ approve: row })} />
                ))}
              </ul>
              {rows.length > shown && <Link to={to("/waiting")}>{t("plug.more_waiting", { count: rows.length - shown })}</Link>}
            </section>
          )}
        </div>
        <SetUp model={rows.find((row) => row.known)?.model ?? ""} />
      </div>
      {open.approve && (
        <ApproveDialog rows={[open.approve]} done={tell} close={() => setOpen(({ approve: _, ...rest }) => rest)} />
      )}
      {open.outcome && <Outcomes outcome={open.outcome} close={() => setOpen(({ outcome: _, ...rest }) => rest)} />}
      {open.plan && !open.outcome && <PlanDrawer title={t("plan.title")} body={open.plan} close={() => setOpen({})} />}
    </Page>
  );
}
