import type { TFunction } from "i18next";
import { Link } from "react-router";
import type { Alarm } from "../../api/types";
import type { Column } from "../../components/ListTable/types";
import { Mac } from "../../components/Mac";
import { State } from "../../components/State";
import { When } from "../../components/When";

/** Subject names what an alarm is about, with the way to it. */
export function Subject({ alarm, to }: { alarm: Alarm; to: (path: string) => string }) {
  const { kind, id, name } = alarm.subject;
  if (kind === "device") return <Link to={to(`/phones/${id}`)}>{/^[0-9a-f]{12}$/.test(name) ? <Mac mac={name} /> : name || id}</Link>;
  if (kind === "site") return <Link to={to("/sites")}>{name}</Link>;
  return <>{name || kind}</>;
}

/** alarmColumns are the columns of the alarms, by the names that AudioCodes' manager gives them. */
export function alarmColumns(t: TFunction, to: (path: string) => string): Column<Alarm>[] {
  return [
    { key: "severity", title: t("alarms.severity"), sort: "severity", width: 110, render: (a) => <State kind="severity" of={a.severity} /> },
    { key: "name", title: t("alarms.name"), sort: "name", render: (a) => <span className="clip brief" title={`${a.name} · ${a.code}`}>{a.name}</span> },
    { key: "text", title: t("alarms.text"), render: (a) => <span className="clip brief" title={a.text}>{a.text}</span> },
    { key: "subject", title: t("alarms.subject"), sort: "subject", render: (a) => <span className="clip brief"><Subject alarm={a} to={to} /></span> },
    { key: "source", title: t("alarms.source"), hidden: true, render: (a) => <span className="mono">{a.source}</span> },
    { key: "address", title: t("alarms.address"), render: (a) => <span className="mono">{a.address || "–"}</span> },
    { key: "state", title: t("alarms.state"), width: 120, render: (a) => <State kind="alarm" of={a.state} /> },
    { key: "count", title: t("alarms.count"), sort: "count", align: "end", width: 70, hidden: true, render: (a) => (a.count > 1 ? `×${a.count}` : "") },
    { key: "changed", title: t("alarms.changed"), sort: "changed_at", hidden: true, render: (a) => <When at={a.changed_at} relative /> },
    { key: "first", title: t("alarms.first"), sort: "first_at", hidden: true, render: (a) => <When at={a.first_at} /> },
    { key: "last", title: t("alarms.last"), sort: "last_at", render: (a) => <When at={a.last_at} relative /> },
  ];
}
