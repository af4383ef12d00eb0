import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, NavLink } from "react-router";
import { alarms, orgs } from "../../api/calls";
import { BrandMark } from "../../components/BrandMark";
import { keys } from "../query";
import { useCan, useScope } from "../scope";
import { useTo } from "../useTo";
import { groups, home, type Section } from "./sections";

function useWaiting(): number {
  const { org } = useScope();
  const { data } = useQuery({ queryKey: keys.all(org.id, "counts"), queryFn: () => orgs.counts(org.id) });
  return data?.waiting ?? 0;
}

// Those that nobody has seen yet.
function useAlarms(): number {
  const { org } = useScope();
  const query = { state: "active", limit: 1 };
  const { data } = useQuery({
    queryKey: keys.list(org.id, "alarms", "badge"),
    queryFn: () => alarms.list(org.id, query),
    enabled: useCan("alarm.read"),
  });
  return data?.total ?? 0;
}

function RailLink({ section, count }: { section: Section; count?: number }) {
  const { t } = useTranslation();
  const to = useTo();
  const allowed = useCan(section.permission ?? "");
  if (section.permission && !allowed) return null;
  return (
    <li>
      <NavLink to={to(section.path)} end={section.end} className="rail-link" title={t(section.name)}>
        {section.icon}
        <span className="words">{t(section.name)}</span>
        {!!count && <span className="count words">{count}</span>}
      </NavLink>
    </li>
  );
}

export function Rail() {
  const { t } = useTranslation();
  const to = useTo();
  const counts: Record<string, number> = { "/waiting": useWaiting(), "/alarms": useAlarms() };
  return (
    <aside className="rail">
      <Link to={to("/")} className="brand">
        <BrandMark size={22} />
        <span className="words">Bellwether</span>
      </Link>
      <nav aria-label={t("nav.label")}>
        <ul>
          <RailLink section={home} />
        </ul>
        {groups.map((group) => (
          <div className="rail-group" key={group.name}>
            <h2 id={group.name}>{t(group.name)}</h2>
            <ul aria-labelledby={group.name}>
              {group.sections.map((section) => (
                <RailLink
                  key={section.path}
                  section={section}
                  count={counts[section.path]}
                />
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </aside>
  );
}
