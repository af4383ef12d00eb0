import type { TFunction } from "i18next";
import { Link } from "react-router";
import type { Device } from "../../api/types";
import type { Column } from "../../components/ListTable/types";
import { Mac } from "../../components/Mac";
import { State } from "../../components/State";
import { When } from "../../components/When";

/** phoneColumns are the columns of every list of phones. */
export function phoneColumns(t: TFunction, to: (path: string) => string): Column<Device>[] {
  return [
    { key: "reach", title: t("phone.reach"), width: 110, render: (d) => <State kind="reach" of={d.reach} /> },
    {
      key: "mac",
      title: t("phone.mac"),
      sort: "mac",
      width: 150,
      render: (d) => (
        <Link to={to(`/phones/${d.mac}`)}>
          <Mac mac={d.mac} />
        </Link>
      ),
    },
    { key: "name", title: t("phone.name"), sort: "name", render: (d) => d.name || <span className="muted">–</span> },
    {
      key: "lines",
      title: t("phone.lines"),
      render: (d) => (d.lines ?? []).map((line) => line.user_id).join(", ") || <span className="muted">–</span>,
    },
    { key: "model", title: t("phone.model"), sort: "model", render: (d) => d.model || <span className="muted">–</span> },
    { key: "site", title: t("phone.site"), render: (d) => d.site_name },
    { key: "address", title: t("phone.address"), render: (d) => <span className="mono">{d.address || "–"}</span> },
    { key: "firmware", title: t("phone.firmware"), hidden: true, render: (d) => d.firmware || "–" },
    {
      key: "config",
      title: t("phone.config"),
      width: 120,
      render: (d) => (
        <span title={d.problem || undefined}>
          <State kind="config" of={d.config_state} />
        </span>
      ),
    },
    {
      key: "last_seen",
      title: t("phone.last_seen"),
      sort: "last_seen",
      width: 120,
      render: (d) => <When at={d.last_seen} relative never={t("phone.never")} />,
    },
    { key: "life", title: t("phone.life"), sort: "life", hidden: true, render: (d) => <State kind="life" of={d.life} /> },
    { key: "serial", title: t("phone.serial"), hidden: true, render: (d) => <span className="mono">{d.serial || "–"}</span> },
    {
      key: "delivered_at",
      title: t("phone.delivered_at"),
      hidden: true,
      render: (d) => <When at={d.delivered_at} relative never={t("phone.never")} />,
    },
  ];
}
