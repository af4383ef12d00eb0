// How a phone is managed: what it told of itself, how it can be called, what holds
// it back, and what was said.
import { useTranslation } from "react-i18next";
import type { Device, Management } from "../../api/types";
import { Empty, Loading, Problem } from "../../components/Blank";
import { When } from "../../components/When";
import { spanText } from "../../lib/span";
import { Conversation } from "./Conversation";
import { Freezes } from "./Freezes";
import { useManagement, useOptions } from "./useCommands";
import "./commands.css";

type Fact = [label: string, value: React.ReactNode];

function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label} className="fact">
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Told({ told }: { told: Management }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{t("managed.told")}</h2>
      <div className="body">
        <Facts
          facts={[
            [t("managed.protocol"), t(`managed.by.${told.protocol}`)],
            [t("managed.maker"), [told.maker, told.oui].filter(Boolean).join(" · ")],
            [t("managed.model"), told.model || told.product_class],
            [t("managed.serial"), told.serial && <span className="mono">{told.serial}</span>],
            [t("managed.software"), told.software],
            [t("managed.hardware"), told.hardware],
            [t("managed.address"), told.address && <span className="mono">{told.address}</span>],
            [t("managed.root"), told.root && <span className="mono">{told.root}</span>],
            [t("managed.version"), told.version],
            [t("managed.status"), told.status],
            [t("managed.user"), [told.user, told.number].filter(Boolean).join(" · ")],
            [t("managed.location"), [told.location, told.region].filter(Boolean).join(" · ")],
            [t("managed.changed"), told.changed_at && <When at={told.changed_at} />],
          ]}
        />
      </div>
    </section>
  );
}

function Called({ device, told }: { device: Device; told: Management }) {
  const { t, i18n } = useTranslation();
  const why = useOptions(device).data?.items.find((one) => one.kind === "reboot");
  return (
    <section className="card">
      <h2>{t("managed.reach")}</h2>
      <div className="body stack">
        {why?.channel && (
          <p>{why.now ? t("managed.callable") : t("managed.not_callable", { why: why.why })}</p>
        )}
        <Facts
          facts={[
            [t("managed.every"), told.every_seconds > 0 && spanText(told.every_seconds * 1_000, i18n.language)],
            [t("managed.last"), <When key="last" at={device.last_seen} relative />],
            [t("phone.expected_by"), <When key="by" at={device.expected_by} />],
            [t("managed.call_url"), told.call_url && <span className="mono">{told.call_url}</span>],
            [t("managed.call_udp"), told.call_udp && <span className="mono">{told.call_udp}</span>],
            [t("managed.called"), told.called_at && <When at={told.called_at} />],
            [t("managed.problem"), told.call_problem],
          ]}
        />
      </div>
    </section>
  );
}

export function Managed({ device }: { device: Device }) {
  const { t } = useTranslation();
  const query = useManagement(device);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  const told = query.data;
  return (
    <div className="stack">
      {told.protocol === "none" ? (
        <section className="card">
          <Empty title={t("managed.none")} text={t("managed.none_text")} />
        </section>
      ) : (
        <div className="managed">
          <Told told={told} />
          <Called device={device} told={told} />
        </div>
      )}
      <Freezes device={device} />
      {told.protocol !== "none" && <Conversation device={device} />}
    </div>
  );
}
