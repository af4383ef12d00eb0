// A moment in the viewer's zone; UTC on hover.
import { Tooltip } from "antd";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { ago, clockTime, isTime, localeOf, utcTime } from "../lib/time";

// One clock for all relative times on the page.
const clock = { now: Date.now(), listeners: new Set<() => void>(), timer: 0 };

function subscribe(fn: () => void): () => void {
  clock.listeners.add(fn);
  clock.timer ||= window.setInterval(() => {
    clock.now = Date.now();
    clock.listeners.forEach((one) => one());
  }, 5_000);
  return () => clock.listeners.delete(fn);
}

interface Props {
  at: string | null | undefined;
  relative?: boolean;
  never?: string;
}

export function When({ at, relative, never }: Props) {
  const { i18n } = useTranslation();
  const now = useSyncExternalStore(subscribe, () => clock.now);
  if (!isTime(at)) return <span className="muted">{never ?? "–"}</span>;
  // The server's clock may be a little ahead: a sighting never lies in the future.
  const base = Date.parse(at) - now < 60_000 ? Math.max(now, Date.parse(at)) : now;
  const local = clockTime(at, localeOf(i18n.language));
  return (
    <Tooltip title={relative ? `${local} · ${utcTime(at)}` : utcTime(at)} mouseEnterDelay={0.3}>
      <time dateTime={at} className="nowrap">
        {relative ? ago(at, base, i18n.language) : local}
      </time>
    </Tooltip>
  );
}
