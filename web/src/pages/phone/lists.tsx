// The lists on a phone's page: what it asked for, its revisions, its tasks.
import { useTranslation } from "react-i18next";
import { devices, requests, tasks } from "../../api/calls";
import type { Device, Revision } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { When } from "../../components/When";
import { slicePage } from "../../lib/slice";
import { logColumns, useVerdictFilter } from "../log/columns";
import { LogDetail } from "../log/LogDetail";
import { taskColumns } from "../tasks/columns";

export function PhoneRequests({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const verdict = useVerdictFilter();
  return (
    <ListTable
      id="phone-requests"
      label={t("phone.tab.requests")}
      queryKey={keys.list(org.id, "requests")}
      fetch={(query) => requests.list(org.id, query)}
      fixed={{ mac: device.mac }}
      columns={logColumns(t, to).filter((column) => column.key !== "mac")}
      rowKey={(row) => row.id}
      filters={[verdict]}
      refetchInterval={5_000}
      expand={(row) => <LogDetail row={row} />}
      empty={<Empty title={t("log.phone_empty")} text={t("log.phone_empty_text")} />}
    />
  );
}

function Mark({ on, word }: { on: boolean; word: string }) {
  if (!on) return null;
  return (
    <span className="chip ok">
      <Glyph name="check" size={10} />
      {word}
    </span>
  );
}

export function PhoneRevisions({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const columns: Column<Revision>[] = [
    { key: "seq", title: t("revision.seq"), width: 70, align: "end", render: (r) => r.seq },
    { key: "id", title: t("revision.id"), render: (r) => <span className="mono">{r.id.slice(0, 12)}</span> },
    {
      key: "state",
      title: t("revision.state"),
      render: (r) => (
        <span className="row">
          <Mark on={r.desired} word={t("revision.desired")} />
          <Mark on={r.delivered} word={t("revision.delivered")} />
          <Mark on={r.confirmed} word={t("revision.confirmed")} />
        </span>
      ),
    },
    { key: "created", title: t("revision.created"), render: (r) => <When at={r.created_at} /> },
    { key: "author", title: t("revision.author"), render: (r) => r.author || "–" },
    { key: "reason", title: t("revision.reason"), render: (r) => r.reason || "–" },
    { key: "keys", title: t("revision.keys"), align: "end", render: (r) => r.keys },
    { key: "epoch", title: t("revision.epoch"), align: "end", hidden: true, render: (r) => r.epoch },
  ];
  return (
    <ListTable
      id="revisions"
      label={t("phone.tab.revisions")}
      queryKey={keys.one(org.id, "devices", device.mac, "revisions")}
      fetch={(query) => devices.revisions(org.id, device.id).then((all) => slicePage(all, query, (r) => r.reason))}
      columns={columns}
      rowKey={(r) => `${r.seq}`}
      empty={<Empty title={t("revision.empty")} text={t("revision.empty_text")} />}
    />
  );
}

export function PhoneTasks({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  return (
    <ListTable
      id="phone-tasks"
      label={t("phone.tab.tasks")}
      queryKey={keys.list(org.id, "tasks")}
      fetch={(query) => tasks.list(org.id, query)}
      fixed={{ device: device.id }}
      columns={taskColumns(t, to)}
      rowKey={(task) => task.id}
      href={(task) => to(`/tasks/${task.id}`)}
      empty={<Empty title={t("task.phone_empty")} text={t("task.phone_empty_text")} />}
    />
  );
}
