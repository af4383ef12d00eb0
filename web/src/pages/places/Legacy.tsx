// What lets phones in with less than a proof: the legacy flag with the phones
// that break when it ends, and a network that is trusted for a while.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { sites } from "../../api/calls";
import type { LegacyFlag, Site } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Loading, Problem, useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { Mac } from "../../components/Mac";
import { When } from "../../components/When";
import { isTime } from "../../lib/time";

/** LegacyChip is the amber mark of a site whose phones may get their configuration in clear text. */
export function LegacyChip({ site }: { site: Site }) {
  const { t } = useTranslation();
  if (site.legacy_state === "off") return null;
  const over = site.legacy_state === "over";
  return (
    <span className={over ? "chip" : "chip warn"} data-legacy={site.legacy_state} title={t(`legacy.help.${site.legacy_state}`)}>
      <Glyph name={over ? "dash" : "warn"} size={10} />
      {t(`legacy.state.${site.legacy_state}`)} <When at={over ? site.legacy_ends : site.legacy_until} />
    </span>
  );
}

/** TrustChip is the amber mark of a site whose network is trusted now. */
export function TrustChip({ site }: { site: Site }) {
  const { t } = useTranslation();
  if (!isTime(site.trusted_until)) return null;
  return (
    <span className="chip warn" data-trusted="true" title={site.trusted_subnets.join(", ")}>
      <Glyph name="warn" size={10} />
      {t("legacy.trusted_until")} <When at={site.trusted_until} />
    </span>
  );
}

function Users({ flag }: { flag: LegacyFlag }) {
  const { t } = useTranslation();
  const to = useTo();
  if (flag.devices.length === 0) return <p className="muted">{t("legacy.nobody")}</p>;
  return (
    <table className="plain">
      <caption>{t("legacy.breaking", { count: flag.breaking })}</caption>
      <thead>
        <tr>
          <th scope="col">{t("claims.phone")}</th>
          <th scope="col">{t("legacy.after")}</th>
          <th scope="col">{t("legacy.last")}</th>
          <th scope="col">{t("log.door")}</th>
          <th scope="col">{t("legacy.safe")}</th>
        </tr>
      </thead>
      <tbody>
        {flag.devices.map((one) => (
          <tr key={one.device.id} data-breaks={one.breaks}>
            <td>
              <Link to={to(`/phones/${one.device.mac}`)}>{one.device.name || <Mac mac={one.device.mac} />}</Link>
            </td>
            <td>
              <span className={one.breaks ? "state bad" : "state ok"}>
                <Glyph name={one.breaks ? "cross" : "check"} />
                {t(one.breaks ? "legacy.breaks" : "legacy.goes_on")}
              </span>
            </td>
            <td>
              <When at={one.last_at} relative /> · <span className="mono">{one.address}</span>
            </td>
            <td>{one.door}</td>
            <td>
              <When at={one.safe_at} relative never={t("phone.never")} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Flag({ site }: { site: Site }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const query = useQuery({
    queryKey: keys.list(org.id, "sites", "legacy", site.id, site.version),
    queryFn: () => sites.legacy(org.id, site.id),
  });
  return (
    <section className="stack" aria-label={t("legacy.title")}>
      <h3>{t("legacy.title")}</h3>
      <p>
        <LegacyChip site={site} /> {t(`legacy.help.${site.legacy_state}`)}
      </p>
      {query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} retry={() => void query.refetch()} />
      ) : (
        query.data.state !== "off" && (
          <>
            <p className="muted">
              {t("legacy.covers")} <span className="mono">{query.data.subnets.join(", ") || "–"}</span> · {t("legacy.until")}{" "}
              <When at={query.data.until} /> · {t("legacy.ends")} <When at={query.data.ends} />
            </p>
            <Users flag={query.data} />
          </>
        )
      )}
    </section>
  );
}

const spans = [1, 2, 4, 8, 24];

function Trust({ site }: { site: Site }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("site.write");
  const client = useQueryClient();
  const explain = useExplain();
  const { message } = App.useApp();
  const [hours, setHours] = useState(4);
  const on = isTime(site.trusted_until);
  const run = useMutation({
    mutationFn: (how: "trust" | "distrust") =>
      how === "trust" ? sites.trustLan(org.id, site.id, hours) : sites.distrustLan(org.id, site.id),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.all(org.id, "sites") }),
    onError: (error) => void message.error(explain(error), 6),
  });
  return (
    <section className="stack" aria-label={t("legacy.trust_title")}>
      <h3>{t("legacy.trust_title")}</h3>
      <p>
        <TrustChip site={site} /> {t("legacy.trust_help")}
      </p>
      <div className="row">
        {on ? (
          <Button disabled={!may} loading={run.isPending} onClick={() => run.mutate("distrust")}>
            {t("legacy.distrust")}
          </Button>
        ) : (
          <>
            <Select
              aria-label={t("legacy.trust_for")}
              style={{ inlineSize: 120 }}
              value={hours}
              options={spans.map((value) => ({ value, label: t("alarms.hours", { count: value }) }))}
              onChange={(value: number) => setHours(value)}
            />
            <Button disabled={!may || site.subnets.length === 0} loading={run.isPending} onClick={() => run.mutate("trust")}>
              {t("legacy.trust")}
            </Button>
          </>
        )}
      </div>
    </section>
  );
}

/** SiteDoors is what a site's row shows when it is opened. */
export function SiteDoors({ site }: { site: Site }) {
  return (
    <div className="site-doors">
      <Flag site={site} />
      <Trust site={site} />
    </div>
  );
}
