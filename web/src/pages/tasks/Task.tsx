import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { devices, tasks } from "../../api/calls";
import type { Run, Task as TaskType } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Loading, Problem, useExplain } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { Mac } from "../../components/Mac";
import { Page } from "../../components/Page";
import { Arrival, isFinal, Tally, useTask } from "../../components/plan/TaskProgress";
import { State, statesOf } from "../../components/State";
import { When } from "../../components/When";
import { taskName } from "./columns";

function Cancel({ task }: { task: TaskType }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { modal, message } = App.useApp();
  const explain = useExplain();
  const may = useCan("task.write");
  const cancel = useMutation({
    mutationFn: () => tasks.cancel(org.id, task.id),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.all(org.id, "tasks") }),
    onError: (error) => void message.error(explain(error)),
  });
  const open = (task.counts?.pending ?? 0) + (task.counts?.running ?? 0);
  const ask = () =>
    modal.confirm({
      title: t("task.cancel_title"),
      icon: null,
      content: t("task.cancel_text", { count: open }),
      okText: t("task.cancel"),
      okButtonProps: { danger: true },
      cancelText: t("task.keep"),
      onOk: () => cancel.mutateAsync().catch(() => undefined),
    });
  if (isFinal(task)) return null;
  return (
    <Button danger disabled={!may} loading={cancel.isPending} onClick={ask}>
      {t("task.cancel")}
    </Button>
  );
}

function RunArrival({ run }: { run: Run }) {
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: keys.one(org.id, "devices", run.mac),
    queryFn: () => devices.get(org.id, run.mac),
  });
  return <Arrival run={run} device={data} />;
}

function Runs({ task }: { task: TaskType }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const columns: Column<Run>[] = [
    { key: "state", title: t("task.state"), width: 130, render: (r) => <State kind="run" of={r.state} /> },
    {
      key: "phone",
      title: t("task.phone"),
      render: (r) => <Link to={to(`/phones/${r.mac}`)}>{r.device_name || <Mac mac={r.mac} />}</Link>,
    },
    { key: "mac", title: t("phone.mac"), render: (r) => <Mac mac={r.mac} /> },
    { key: "arrival", title: t("task.arrival"), render: (r) => <RunArrival run={r} /> },
    { key: "reason", title: t("log.reason"), render: (r) => <span title={r.reason}>{r.reason || "–"}</span> },
    { key: "started", title: t("task.started"), hidden: true, render: (r) => <When at={r.started_at} /> },
    { key: "ended", title: t("task.ended"), render: (r) => <When at={r.ended_at} /> },
  ];
  const states = statesOf("run").map((value) => ({ value, label: t(`state.run.${value}`) }));
  return (
    <ListTable
      id="runs"
      label={t("task.runs")}
      queryKey={keys.list(org.id, "tasks", task.id, "runs")}
      fetch={(query) => tasks.runs(org.id, task.id, query)}
      columns={columns}
      rowKey={(run) => run.id}
      filters={[{ name: "state", label: t("task.state"), options: states }]}
      refetchInterval={isFinal(task) ? false : 3_000}
      empty={<span />}
    />
  );
}

export default function Task() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const task = useTask(id);
  if (task.isPending) return <Loading />;
  if (!task.data) return <Problem error={task.error} retry={() => void task.refetch()} />;
  const { data } = task;
  const name = taskName(t, data);
  return (
    <Page
      title={name}
      actions={<Cancel task={data} />}
      lead={
        <span className="row wrap">
          <State kind="task" of={data.state} />
          {t("task.by", { author: data.author })} <When at={data.created_at} />
          {!isFinal(data) && data.deadline && (
            <>
              · {t("task.deadline")} <When at={data.deadline} />
            </>
          )}
        </span>
      }
    >
      <Tally task={data} />
      <p className="muted">{t("arrival.help")}</p>
      <Runs task={data} />
    </Page>
  );
}
