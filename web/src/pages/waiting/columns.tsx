import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTo } from "../../app/useTo";
import type { Column } from "../../components/ListTable/types";
import { Mac } from "../../components/Mac";
import { State } from "../../components/State";
import { When } from "../../components/When";
import { mayApprove, type WaitingRow, whyWaiting } from "../../lib/waiting";

interface Verbs {
  may: boolean;
  approve: (row: WaitingRow) => void;
  release: (row: WaitingRow) => void;
}

/** useWaitingColumns are the columns of what waits. */
export function useWaitingColumns({ may, approve, release }: Verbs): Column<WaitingRow>[] {
  const { t } = useTranslation();
  const to = useTo();
  return [
    {
      key: "mac",
      title: t("phone.mac"),
      render: (row) =>
        row.deviceId ? (
          <Link to={to(`/phones/${row.mac}`)}>
            <Mac mac={row.mac} />
          </Link>
        ) : (
          <Mac mac={row.mac} />
        ),
    },
    {
      key: "model",
      title: t("phone.model"),
      render: (row) => row.model || "–",
    },
    { key: "vendor", title: t("phone.vendor"), hidden: true, render: (row) => row.vendor || "–" },
    {
      key: "why",
      title: t("waiting.why_title"),
      render: (row) => (
        <span className="why">
          {row.claim ? <State kind="claim" of={row.claim.state} explain /> : <State kind="waits" of={row.kind} />}
          <span className="muted">{t(`waiting.why.${whyWaiting(row)}`, { name: row.name || row.model })}</span>
          {row.rule && <span className="muted">{t("rules.by", { rule: row.rule.rule, site: row.rule.site_name })}</span>}
        </span>
      ),
    },
    { key: "name", title: t("phone.name"), hidden: true, render: (row) => row.name || "–" },
    {
      key: "site",
      title: t("phone.site"),
      render: (row) => row.siteName || "–",
    },
    { key: "address", title: t("phone.address"), render: (row) => <span className="mono">{row.address || "–"}</span> },
    { key: "door", title: t("log.door"), hidden: true, render: (row) => row.door || "–" },
    { key: "agent", title: t("claims.agent"), hidden: true, render: (row) => <span className="mono muted">{row.agent || "–"}</span> },
    { key: "subject", title: t("waiting.subject"), hidden: true, render: (row) => <span className="mono muted">{row.subject || "–"}</span> },
    { key: "first", title: t("waiting.first"), hidden: true, render: (row) => <When at={row.first} relative /> },
    { key: "last", title: t("waiting.last"), render: (row) => <When at={row.last} relative /> },
    { key: "requests", title: t("waiting.requests"), align: "end", hidden: true, render: (row) => row.requests || "–" },
    {
      key: "do",
      title: t("claims.decide"),
      width: 110,
      render: (row) =>
        row.kind === "quarantined" ? (
          <Button size="small" disabled={!may} onClick={() => release(row)}>
            {t("waiting.release")}
          </Button>
        ) : mayApprove(row) ? (
          <Button size="small" type="primary" disabled={!may} onClick={() => approve(row)}>
            {t("waiting.approve")}
          </Button>
        ) : null,
    },
  ];
}
