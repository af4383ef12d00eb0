import type { TFunction } from "i18next";
import { Link } from "react-router";
import type { Task } from "../../api/types";
import type { Column } from "../../components/ListTable/types";
import { State } from "../../components/State";
import { When } from "../../components/When";

function sum(task: Task, ...names: string[]): number {
  return names.reduce((total, name) => total + (task.counts?.[name] ?? 0), 0);
}

// The server's own name for a push without a note; people read theirs instead.
const plainPush = /^Push to (\d+) phones$/;

/** taskName is what a task is called, in the viewer's words where nobody named it. */
export function taskName(t: TFunction, task: Task): string {
  const count = plainPush.exec(task.name)?.[1];
  if (count) return t("task.push_name", { count: Number(count) });
  return task.name || t(`task.kind.${task.kind}`, { defaultValue: task.kind });
}

/** taskColumns are the columns of every list of tasks. */
export function taskColumns(t: TFunction, to: (path: string) => string): Column<Task>[] {
  return [
    { key: "state", title: t("task.state"), width: 130, render: (x) => <State kind="task" of={x.state} /> },
    { key: "name", title: t("task.name"), render: (x) => <Link to={to(`/tasks/${x.id}`)}>{taskName(t, x)}</Link> },
    { key: "done", title: t("task.done"), align: "end", render: (x) => sum(x, "success", "success_late") },
    { key: "failed", title: t("task.failed"), align: "end", render: (x) => sum(x, "failed", "timeout") },
    { key: "pending", title: t("task.pending"), align: "end", render: (x) => sum(x, "pending", "running") },
    { key: "author", title: t("task.author"), render: (x) => x.author || "–" },
    { key: "created", title: t("task.created"), render: (x) => <When at={x.created_at} /> },
    { key: "ended", title: t("task.ended"), render: (x) => <When at={x.ended_at} /> },
    { key: "deadline", title: t("task.deadline"), hidden: true, render: (x) => <When at={x.deadline} /> },
  ];
}
