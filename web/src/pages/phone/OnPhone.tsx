// What a phone says of itself: its system, its network, its accounts, and where it
// holds other values than it should.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Details, Device, Drifted } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { Loading, Problem } from "../../components/Blank";
import { Glyph, type GlyphName } from "../../components/Glyph";
import { When } from "../../components/When";
import { spanText } from "../../lib/span";
import { SyncCard } from "./SyncCard";

const groups = ["system", "ipv4", "ipv6", "energy"] as const;

// The catalog's keys have no digits.
const worded = (name: string) => name.replace("ipv4", "network").replace("ipv6", "network_six").replace(".", "_");

const registrations: Record<string, [tone: string, glyph: GlyphName]> = {
  registered: ["ok", "check"],
  unregistered: ["bad", "cross"],
  unknown: ["idle", "question"],
};

function Fresh({ details }: { details: Details }) {
  const { t } = useTranslation();
  if (details.freshness === "live") return null;
  return (
    <div className={`note ${details.freshness === "known" ? "" : "warn"}`} role="status">
      <Glyph name={details.freshness === "known" ? "clock" : "warn"} size={14} />
      <div>
        <p>{t(`on_phone.freshness.${details.freshness}`)}</p>
        {details.why && <p className="muted">{details.why}</p>}
      </div>
    </div>
  );
}

function Fields({ details, group }: { details: Details; group: (typeof groups)[number] }) {
  const { t, i18n } = useTranslation();
  const fields = (details.fields ?? []).filter((field) => field.name.startsWith(`${group}.`));
  if (fields.length === 0) return null;
  const said = (name: string, value: string) =>
    name.endsWith("uptime") && /^\d+$/.test(value) ? spanText(Number(value) * 1000, i18n.language) : value;
  return (
    <section className="card">
      <h2>{t(`on_phone.group.${worded(group)}`)}</h2>
      <dl className="body facts">
        {group === "system" && (
          <>
            <dt>{t("on_phone.started")}</dt>
            <dd>
              <When at={details.started_at} never="–" />{" "}
              {details.start_reason && <span className="muted">{t(`on_phone.start.${details.start_reason}`)}</span>}
            </dd>
          </>
        )}
        {fields.map((field) => [
          <dt key={field.name}>{t(`on_phone.field.${worded(field.name)}`)}</dt>,
          <dd key={`${field.name}=`}>
            {field.at ? said(field.name, field.value) || "–" : <span className="muted" title={field.why}>{t("on_phone.untold")}</span>}
          </dd>,
        ])}
      </dl>
    </section>
  );
}

function Accounts({ details }: { details: Details }) {
  const { t } = useTranslation();
  return (
    <section className="card wide">
      <h2>{t("on_phone.accounts")}</h2>
      <div className="body">
        {(details.accounts ?? []).length === 0 ? (
          <p className="muted">{t("on_phone.no_accounts")}</p>
        ) : (
          <table className="plain">
            <thead>
              <tr>
                {(["account", "user_id", "server", "registration", "call"] as const).map((name) => (
                  <th key={name} scope="col">{t(`on_phone.column.${name}`)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(details.accounts ?? []).map((account) => {
                const [tone, glyph] = registrations[account.status] ?? ["idle", "question"];
                return (
                  <tr key={account.account}>
                    <td>
                      {account.account} {account.name} {account.local && <span className="chip warn">{t("on_phone.local")}</span>}
                    </td>
                    <td className="mono">{account.user_id || "–"}</td>
                    <td>
                      {account.server_name} <span className="mono muted">{account.server_address}</span>
                    </td>
                    <td>
                      <span className={`state ${tone}`}>
                        <Glyph name={glyph} size={13} /> {t(`on_phone.status.${account.status}`)}
                      </span>{" "}
                      {account.told && <span className="muted">{account.told}</span>}
                    </td>
                    <td>{account.call ? t(`on_phone.call.${account.call}`) : "–"}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

function Drift({ list }: { list: Drifted[] }) {
  const { t } = useTranslation();
  return (
    <section className="card wide">
      <h2>{t("on_phone.drift")}</h2>
      <div className="body">
        {list.length === 0 ? (
          <p className="muted">{t("on_phone.no_drift")}</p>
        ) : (
          <table className="plain">
            <thead>
              <tr>
                {(["setting", "desired", "reported", "since", "policy"] as const).map((name) => (
                  <th key={name} scope="col">{t(`on_phone.column.${name}`)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {list.map((one) => (
                <tr key={one.key}>
                  <td>
                    {one.label} <code className="muted">{one.key}</code>
                  </td>
                  <td className="mono">{one.desired || "–"}</td>
                  <td className="mono">{one.reported || "–"}</td>
                  <td><When at={one.found_at} relative /></td>
                  <td>
                    {t(`on_phone.policy.${one.policy}`)} {one.enforced_at && <span className="muted">{t("on_phone.enforced")} <When at={one.enforced_at} relative /></span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

/** OnPhone asks the phone, and shows what it said before where it cannot be asked. */
export function OnPhone({ device, review }: { device: Device; review: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const key = keys.one(org.id, "devices", device.mac, "on-phone");
  const details = useQuery({ queryKey: [...key, "details"], queryFn: () => devices.details(org.id, device.id), staleTime: 30_000 });
  const drift = useQuery({ queryKey: [...key, "drift"], queryFn: () => devices.drift(org.id, device.id) });
  if (details.isPending) return <Loading />;
  if (!details.data) return <Problem error={details.error} retry={() => void details.refetch()} />;
  return (
    <div className="overview">
      <section className="card wide">
        <h2 className="row spread">
          <span>
            {t("on_phone.title")}{" "}
            <span className="muted">
              {t("on_phone.read_at")} <When at={details.data.read_at} relative never={t("phone.never")} />
            </span>
          </span>
          <Button size="small" loading={details.isFetching} onClick={() => void client.invalidateQueries({ queryKey: key })}>
            {t("on_phone.reload")}
          </Button>
        </h2>
        <div className="body">
          <Fresh details={details.data} />
          {details.data.freshness === "live" && <p className="muted">{t("on_phone.freshness.live")}</p>}
        </div>
      </section>
      {details.data.freshness !== "never" && (
        <>
          <Accounts details={details.data} />
          {groups.map((group) => (
            <Fields key={group} details={details.data} group={group} />
          ))}
          <Drift list={drift.data?.items ?? []} />
          <SyncCard device={device} review={review} />
        </>
      )}
    </div>
  );
}
