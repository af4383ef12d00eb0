import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Device } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useRemove } from "../../components/useRemove";
import { formatMac } from "../../lib/mac";

/** usePhoneRemoval gives a function that asks, then deletes phones. */
export function usePhoneRemoval(): (rows: Device[], then?: () => void) => void {
  const { t } = useTranslation();
  const { org } = useScope();
  const ask = useRemove();
  return (rows, then) =>
    ask({
      title: t("phones.delete_title", { count: rows.length }),
      rows,
      name: (d) => [formatMac(d.mac), d.name, (d.lines ?? []).map((line) => line.user_id).join(", ")].filter(Boolean).join(" · "),
      lost: t("phones.delete_lost"),
      remove: (d) => devices.remove(org.id, d.id, d.version),
      stale: keys.org(org.id),
      then,
    });
}
