// What a phone tells by itself: its lines, its calls, and what lately happened on it.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Device, DeviceEvent } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { Loading, Problem } from "../../components/Blank";
import { State } from "../../components/State";
import { When } from "../../components/When";

function Happened({ event }: { event: DeviceEvent }) {
  const { t } = useTranslation();
  const beside = [event.line > 0 && t("talk.on_line", { line: event.line }), event.number, event.address].filter(Boolean).join(" · ");
  return (
    <li>
      <When at={event.at} relative />
      <span>{t(`talk.event.${event.event}`)}</span>
      <span className="muted">{beside}</span>
    </li>
  );
}

function Events({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const list = useQuery({
    queryKey: keys.one(org.id, "device-events", device.id, "events"),
    queryFn: () => devices.events(org.id, device.id),
  });
  if (list.isPending) return <Loading />;
  if (list.isError) return <Problem error={list.error} retry={() => void list.refetch()} />;
  if (list.data.items.length === 0) return <p className="muted">{t("talk.no_events")}</p>;
  return (
    <ul className="happened" tabIndex={0} aria-label={t("talk.events")}>
      {list.data.items.map((event) => (
        <Happened key={event.id} event={event} />
      ))}
    </ul>
  );
}

/** Talk is a card with what a phone told by its action URLs. */
export function Talk({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("request.read");
  const told = useQuery({
    queryKey: keys.one(org.id, "device-events", device.id, "telephony"),
    queryFn: () => devices.telephony(org.id, device.id),
  });
  return (
    <section className="card wide">
      <h2 className="row spread">
        {t("talk.title")}
        {told.data && <State kind="call" of={told.data.call} explain />}
      </h2>
      <div className="body stack">
        {told.isPending && <Loading />}
        {told.isError && <Problem error={told.error} retry={() => void told.refetch()} />}
        {told.data && told.data.lines.length > 0 && (
          <dl className="facts">
            {told.data.lines.map((line) => (
              <div className="fact" key={line.line}>
                <dt>
                  {t("talk.line", { line: line.line })} <span className="mono">{line.user}</span>
                </dt>
                <dd className="row">
                  <State kind="line" of={line.state} explain />
                  {line.at && <When at={line.at} relative />}
                </dd>
              </div>
            ))}
          </dl>
        )}
        {may ? <Events device={device} /> : <p className="muted">{t("talk.no_right")}</p>}
        <p className="muted">{t("talk.help")}</p>
      </div>
    </section>
  );
}
