// How a task gets on: done, failed, pending; delivered apart from confirmed.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { devices, tasks } from "../../api/calls";
import type { Device, Run, Task } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Loading, Problem } from "../Blank";
import { Glyph } from "../Glyph";
import { Mac } from "../Mac";
import { State } from "../State";
import "./plan.css";

const final = new Set(["success", "failed", "timeout", "cancelled", "ended"]);
const shown = 20;

/** isFinal tells whether a task's state will not change by itself any more. */
export function isFinal(task: Task | undefined): boolean {
  return !!task && final.has(task.state);
}

/** useTask keeps one task fresh until it is final. */
export function useTask(id: string) {
  const { org } = useScope();
  return useQuery({
    queryKey: keys.one(org.id, "tasks", id),
    queryFn: () => tasks.get(org.id, id),
    refetchInterval: ({ state }) => (isFinal(state.data) ? false : 3_000),
  });
}

/** Tally shows a task's counts as one bar and in words. */
export function Tally({ task }: { task: Task }) {
  const { t } = useTranslation();
  const of = (...names: string[]) => names.reduce((sum, name) => sum + (task.counts?.[name] ?? 0), 0);
  const done = of("success", "success_late");
  const failed = of("failed", "timeout");
  const open = of("pending", "running");
  const other = of("cancelled", "ended", "superseded");
  const total = Math.max(1, done + failed + open + other);
  const parts: [string, number][] = [
    ["done", done],
    ["failed", failed],
    ["open", open],
    ["other", other],
  ];
  return (
    <div className="tally">
      <div className="tally-bar" aria-hidden="true">
        {parts.map(([name, n]) => n > 0 && <span key={name} className={name} style={{ inlineSize: `${(100 * n) / total}%` }} />)}
      </div>
      <ul aria-live="polite">
        {parts.map(([name, n]) => (n > 0 || name !== "other") && <li key={name}>{t(`tally.${name}`, { count: n })}</li>)}
      </ul>
    </div>
  );
}

/** Arrival says of one run whether the bytes were taken, and whether the phone agreed. */
export function Arrival({ run, device }: { run: Run; device: Device | undefined }) {
  const { t } = useTranslation();
  if (!device || !run.to_revision) return <span className="muted">–</span>;
  const delivered = device.delivered_revision === run.to_revision;
  const confirmed = device.confirmed_revision === run.to_revision;
  return (
    <span className="row">
      <span className={`state ${delivered ? "ok" : "idle"}`} data-delivered={delivered}>
        <Glyph name={delivered ? "check" : "clock"} />
        {delivered ? t("arrival.delivered") : t("arrival.not_delivered")}
      </span>
      <span className={`state ${confirmed ? "ok" : "idle"}`}>
        <Glyph name={confirmed ? "checks" : "dash"} />
        {confirmed ? t("arrival.confirmed") : t("arrival.not_confirmed")}
      </span>
    </span>
  );
}

function Runs({ id, done }: { id: string; done: boolean }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const runs = useQuery({
    queryKey: keys.one(org.id, "tasks", id, "runs"),
    queryFn: () => tasks.runs(org.id, id, { limit: shown }),
    refetchInterval: done ? false : 3_000,
  });
  const items = runs.data?.items ?? [];
  const phones = useQueries({
    queries: items.map((run) => ({
      queryKey: keys.one(org.id, "devices", run.mac),
      queryFn: () => devices.get(org.id, run.mac),
      refetchInterval: done ? (false as const) : 3_000,
    })),
  });
  return (
    <ul className="runs">
      {items.map((run, i) => (
        <li key={run.id}>
          <Link to={to(`/phones/${run.mac}`)} className="clip">
            {run.device_name || <Mac mac={run.mac} />}
          </Link>
          <State kind="run" of={run.state} />
          <Arrival run={run} device={phones[i]?.data} />
          {run.reason && <p className="muted">{run.reason}</p>}
        </li>
      ))}
      {(runs.data?.total ?? 0) > shown && (
        <li>
          <Link to={to(`/tasks/${id}`)}>{t("plan.more_phones", { count: (runs.data?.total ?? 0) - shown })}</Link>
        </li>
      )}
    </ul>
  );
}

export function TaskProgress({ id }: { id: string }) {
  const { t } = useTranslation();
  const to = useTo();
  const task = useTask(id);
  if (task.isPending) return <Loading />;
  if (task.isError) return <Problem error={task.error} retry={() => void task.refetch()} />;
  return (
    <div className="stack">
      <div className="row">
        <State kind="task" of={task.data.state} />
        <Link className="end" to={to(`/tasks/${id}`)}>
          {t("plan.open_task")}
        </Link>
      </div>
      <Tally task={task.data} />
      <p className="muted">{t("arrival.help")}</p>
      <Runs id={id} done={isFinal(task.data)} />
    </div>
  );
}
