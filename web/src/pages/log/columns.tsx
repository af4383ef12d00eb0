import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { LedgerRow } from "../../api/types";
import type { Column, Filter } from "../../components/ListTable/types";
import { Mac } from "../../components/Mac";
import { State, statesOf } from "../../components/State";
import { When } from "../../components/When";

/** logColumns are the columns of the provisioning log. */
export function logColumns(t: TFunction, to: (path: string) => string): Column<LedgerRow>[] {
  return [
    { key: "at", title: t("log.at"), width: 150, render: (r) => <When at={r.last_at ?? r.at} /> },
    {
      key: "mac",
      title: t("phone.mac"),
      width: 150,
      render: (r) =>
        r.mac && r.device_id ? (
          <Link to={to(`/phones/${r.mac}`)}>
            <Mac mac={r.mac} />
          </Link>
        ) : (
          <Mac mac={r.mac || "–"} />
        ),
    },
    { key: "verdict", title: t("log.verdict"), width: 150, render: (r) => <State kind="verdict" of={r.verdict} /> },
    { key: "reason", title: t("log.reason"), render: (r) => <span title={r.reason}>{r.reason || "–"}</span> },
    { key: "reason_code", title: t("log.code"), width: 150, render: (r) => <code>{r.reason_code || "–"}</code> },
    { key: "name", title: t("log.name"), render: (r) => <span className="mono">{r.name}</span> },
    { key: "address", title: t("phone.address"), render: (r) => <span className="mono">{r.address}</span> },
    { key: "door", title: t("log.door"), hidden: true, render: (r) => r.door },
    { key: "status", title: t("log.status"), align: "end", width: 70, render: (r) => r.status || "–" },
    { key: "bytes", title: t("log.bytes"), align: "end", hidden: true, render: (r) => r.bytes },
    { key: "millis", title: t("log.millis"), align: "end", hidden: true, render: (r) => r.millis },
    { key: "count", title: t("log.count"), align: "end", width: 60, render: (r) => (r.count > 1 ? `×${r.count}` : "") },
  ];
}

/** useVerdictFilter is the choice of verdicts. */
export function useVerdictFilter(): Filter {
  const { t } = useTranslation();
  return {
    name: "verdict",
    label: t("log.verdict"),
    width: 145,
    options: statesOf("verdict").map((value) => ({ value, label: t(`state.verdict.${value}`) })),
  };
}
