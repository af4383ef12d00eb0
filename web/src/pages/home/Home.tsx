import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { alarms, orgs, requests, tasks } from "../../api/calls";
import type { Counts } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty, Problem } from "../../components/Blank";
import { Glyph, type GlyphName } from "../../components/Glyph";
import { Mac } from "../../components/Mac";
import { Page } from "../../components/Page";
import { Tally } from "../../components/plan/TaskProgress";
import { State } from "../../components/State";
import { When } from "../../components/When";
import { taskName } from "../tasks/columns";
import "./home.css";

type Tile = [name: keyof Counts, glyph: GlyphName, tone: string, path: string];

const reach: Tile[] = [
  ["online", "full", "ok", "/phones?reach=online"],
  ["restricted", "half", "warn", "/phones?reach=restricted"],
  ["offline", "slashed", "idle", "/phones?reach=offline"],
];
const config: Tile[] = [
  ["config_pending", "clock", "info", "/phones?config_state=pending"],
  ["config_delivered", "check", "ok", "/phones?config_state=delivered"],
  ["config_failed", "cross", "bad", "/phones?config_state=failed"],
];
const life: Tile[] = [
  ["devices", "hollow", "idle", "/phones"],
  ["adopted", "check", "ok", "/phones?life=adopted"],
  ["waiting", "clock", "warn", "/waiting"],
];

function Tiles({ title, tiles, counts }: { title: string; tiles: Tile[]; counts: Counts | undefined }) {
  const { t, i18n } = useTranslation();
  const to = useTo();
  return (
    <section className="card tiles">
      <h2>{title}</h2>
      <ul>
        {tiles.map(([name, glyph, tone, path]) => (
          <li key={name}>
            <Link to={to(path)} className="tile">
              <span className="tile-number" data-count={name}>
                {counts ? (counts[name] ?? 0).toLocaleString(i18n.language) : "–"}
              </span>
              <span className={`state ${counts?.[name] ? tone : "idle"}`}>
                <Glyph name={glyph} />
                {t(`home.${name}`)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Refused() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const query = { verdict: "refused", limit: 8 };
  const list = useQuery({
    queryKey: keys.list(org.id, "requests", query),
    queryFn: () => requests.list(org.id, query),
    refetchInterval: 15_000,
  });
  return (
    <section className="card">
      <h2 className="row spread">
        {t("home.refused")}
        <Link to={to("/log?verdict=refused")}>{t("home.all_refused")}</Link>
      </h2>
      <ul className="body feed">
        {list.data?.items.map((row) => (
          <li key={row.id}>
            <When at={row.last_at ?? row.at} relative />
            {row.mac ? (
              <Link to={to(`/log?mac=${row.mac}`)}>
                <Mac mac={row.mac} />
              </Link>
            ) : (
              <span className="mono">{row.address}</span>
            )}
            <span className="clip" title={row.reason}>
              {row.reason}
            </span>
          </li>
        ))}
        {list.data?.items.length === 0 && <li className="muted">{t("home.no_refused")}</li>}
      </ul>
    </section>
  );
}

function Wrong() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const query = { sort: "-severity", limit: 6 };
  const list = useQuery({ queryKey: keys.list(org.id, "alarms", query), queryFn: () => alarms.list(org.id, query) });
  return (
    <section className="card">
      <h2 className="row spread">
        {t("home.alarms")}
        <Link to={to("/alarms")}>{t("home.all_alarms")}</Link>
      </h2>
      <ul className="body feed wide">
        {list.data?.items.map((alarm) => (
          <li key={alarm.id}>
            <span className="clip" title={alarm.text}>
              {alarm.name} · {alarm.subject.name}
            </span>
            <State kind="severity" of={alarm.severity} />
            <When at={alarm.last_at} relative />
          </li>
        ))}
        {list.data?.items.length === 0 && <li className="muted">{t("home.no_alarms")}</li>}
      </ul>
    </section>
  );
}

function Running() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const query = { limit: 5 };
  const list = useQuery({ queryKey: keys.list(org.id, "tasks", query), queryFn: () => tasks.list(org.id, query) });
  return (
    <section className="card">
      <h2 className="row spread">
        {t("home.tasks")}
        <Link to={to("/tasks")}>{t("home.all_tasks")}</Link>
      </h2>
      <ul className="body feed wide">
        {list.data?.items.map((task) => (
          <li key={task.id}>
            <Link to={to(`/tasks/${task.id}`)} className="clip">
              {taskName(t, task)}
            </Link>
            <State kind="task" of={task.state} />
            <When at={task.created_at} relative />
            {task.state === "running" && <Tally task={task} />}
          </li>
        ))}
        {list.data?.items.length === 0 && <li className="muted">{t("home.no_tasks")}</li>}
      </ul>
    </section>
  );
}

export default function Home() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const counts = useQuery({
    queryKey: keys.all(org.id, "counts"),
    queryFn: () => orgs.counts(org.id),
    refetchInterval: 30_000,
  });
  return (
    <Page title={t("nav.home")} narrow>
      {counts.isError && <Problem error={counts.error} retry={() => void counts.refetch()} />}
      {counts.data?.devices === 0 ? (
        <section className="card">
          <Empty
            title={t("phones.empty_title")}
            text={t("phones.empty_text")}
            action={
              <Link to={to("/phones?add=1")}>
                <Button type="primary">{t("phones.add")}</Button>
              </Link>
            }
          />
        </section>
      ) : (
        <div className="home-tiles">
          <Tiles title={t("home.reach")} tiles={reach} counts={counts.data} />
          <Tiles title={t("home.config")} tiles={config} counts={counts.data} />
          <Tiles title={t("home.life")} tiles={life} counts={counts.data} />
        </div>
      )}
      <div className="home-feeds">
        <Wrong />
        <Running />
        <Refused />
      </div>
    </Page>
  );
}
