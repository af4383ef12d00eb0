// From a change to the phones: the plan as it would be, the push, its progress.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Drawer, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { devices, plans } from "../../api/calls";
import { ApiError } from "../../api/client";
import type { Plan, PlanBody, PlanChange, PlanGroup, Task } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Loading, Problem, useExplain } from "../Blank";
import { Glyph } from "../Glyph";
import { PlanView } from "./PlanView";
import { TaskProgress } from "./TaskProgress";
import "./plan.css";

interface Props {
  title: string;
  body: PlanBody;
  close: () => void;
}

// On how many phones values without a spelling would stay behind.
function undeliverable(plan: Plan): number {
  return plan.warnings.find((warning) => warning.code === "undeliverable")?.devices ?? 0;
}

/** useOverrideHere saves a shadowed value as an override of each phone of a group. */
function useOverrideHere(done: () => void) {
  const { org } = useScope();
  const { message } = App.useApp();
  const explain = useExplain();
  return useMutation({
    mutationFn: async ({ group, change }: { group: PlanGroup; change: PlanChange }) => {
      for (const { id } of group.devices) {
        const { overrides_draft, overrides_version } = await devices.config(org.id, id);
        const items = [...overrides_draft.filter((one) => one.key !== change.key), { key: change.key, value: change.new }];
        await devices.putOverrides(org.id, id, overrides_version, items);
      }
    },
    onSuccess: done,
    onError: (error) => void message.error(explain(error), 6),
  });
}

function usePush() {
  const { org } = useScope();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ plan, confirm }: { plan: Plan; confirm: boolean }) => plans.push(org.id, plan.hash, confirm),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.org(org.id) }),
  });
}

/** useTaskToast tells of a task that goes on after its dialog was closed. */
function useTaskToast(): (task: Task, phones: number) => void {
  const { t } = useTranslation();
  const to = useTo();
  const { notification } = App.useApp();
  return (task, phones) =>
    notification.info({
      key: task.id,
      title: t("plan.started", { count: phones }),
      description: (
        <Link to={to(`/tasks/${task.id}`)} onClick={() => notification.destroy(task.id)}>
          {t("plan.open_task")}
        </Link>
      ),
    });
}

/** PlanDrawer is mounted while it is open; it asks for the plan anew each time. */
export function PlanDrawer({ title, body: asked, close: shut }: Props) {
  const { t } = useTranslation();
  const explain = useExplain();
  const { org } = useScope();
  const may = useCan("plan.push");
  const [body, setBody] = useState(asked);
  const [note, setNote] = useState("");
  const [sure, setSure] = useState(false);
  const push = usePush();
  const toast = useTaskToast();
  const close = () => {
    if (push.data) toast(push.data, push.variables?.plan.devices ?? 0);
    shut();
  };
  const query = useQuery({
    queryKey: ["plan", org.id, body],
    queryFn: () => plans.make(org.id, body),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const override = useOverrideHere(() => {
    setBody({ ...body, move: { ...body.move, overrides: true } });
    void query.refetch();
  });
  const again = useMutation({ mutationFn: () => plans.make(org.id, { ...body, note }) });
  const plan = query.data;
  const asks = plan ? undeliverable(plan) : 0;
  const stale = push.error instanceof ApiError && push.error.code === "stale_plan";

  // A note belongs to the plan, so it is planned again with it before the push.
  const confirm = async () => {
    if (!plan) return;
    const final = note ? await again.mutateAsync() : plan;
    push.mutate({ plan: final, confirm: sure });
  };
  const footer = push.data ? (
    <div className="row">
      <Button className="end" onClick={close}>
        {t("action.close")}
      </Button>
    </div>
  ) : (
    <div className="row">
      <Input
        value={note}
        maxLength={256}
        placeholder={t("plan.note")}
        aria-label={t("plan.note")}
        onChange={(e) => setNote(e.target.value)}
      />
      <Button onClick={close}>{t("action.cancel")}</Button>
      <Button
        type="primary"
        disabled={!plan || plan.devices === 0 || !may || (asks > 0 && !sure)}
        loading={push.isPending || again.isPending}
        onClick={() => void confirm()}
      >
        {t("plan.push", { count: plan?.devices ?? 0 })}
      </Button>
    </div>
  );
  return (
    <Drawer open title={push.data ? t("task.kind.push") : title} size={760} onClose={close} footer={footer}>
      {push.data ? (
        <TaskProgress id={push.data.id} />
      ) : query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} retry={() => void query.refetch()} />
      ) : (
        <div className="stack">
          {push.isError && (
            <div className="note bad" role="alert">
              <Glyph name="cross" />
              <span>{stale ? t("plan.stale") : explain(push.error)}</span>
              <span className="end">
                <Button size="small" onClick={() => (push.reset(), void query.refetch())}>
                  {t("plan.again")}
                </Button>
              </span>
            </div>
          )}
          {!may && <div className="note warn">{t("plan.not_allowed")}</div>}
          <PlanView plan={query.data} override={(group, change) => override.mutate({ group, change })} />
          {asks > 0 && (
            <Checkbox checked={sure} onChange={(e) => setSure(e.target.checked)}>
              {t("plan.confirm_undeliverable", { count: asks })}
            </Checkbox>
          )}
        </div>
      )}
    </Drawer>
  );
}
