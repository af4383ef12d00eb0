import { useTranslation } from "react-i18next";
import { audit } from "../../api/calls";
import type { AuditEntry } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { Empty } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { When } from "../../components/When";
import { changesOf } from "../../lib/audit";
import "./settings.css";

function Changes({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const changes = changesOf(entry.before, entry.after);
  if (changes.length === 0) return <p className="muted">{t("audit.no_detail")}</p>;
  return (
    <table className="changes">
      <thead>
        <tr>
          <th scope="col">{t("audit.field")}</th>
          <th scope="col">{t("audit.before")}</th>
          <th scope="col">{t("audit.after")}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field} className={change.before === change.after ? "muted" : undefined}>
            <td className="mono">{change.field}</td>
            <td className="mono">{change.before}</td>
            <td className="mono">{change.after}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export default function Audit() {
  const { t } = useTranslation();
  const { org } = useScope();
  return (
    <Page title={t("nav.audit")} lead={t("audit.lead")}>
      <ListTable
        id="audit"
        label={t("nav.audit")}
        queryKey={keys.list(org.id, "audit")}
        fetch={(query) => audit.list(org.id, query)}
        columns={[
          { key: "at", title: t("log.at"), width: 150, render: (e) => <When at={e.at} /> },
          {
            key: "actor",
            title: t("audit.actor"),
            render: (e) => (
              <>
                {e.actor_name} <span className="muted">{t(`audit.by.${e.actor_kind}`, { defaultValue: e.actor_kind })}</span>
              </>
            ),
          },
          { key: "action", title: t("audit.action"), render: (e) => <span className="mono">{e.action}</span> },
          {
            key: "subject",
            title: t("audit.subject"),
            render: (e) => (
              <>
                <span className="muted">{e.subject_kind}</span> {e.subject_name || <span className="mono">{e.subject_id}</span>}
              </>
            ),
          },
          { key: "address", title: t("phone.address"), render: (e) => <span className="mono">{e.address || "–"}</span> },
          {
            key: "sealed",
            title: t("audit.sealed"),
            render: (e) => (
              <span className={`state ${e.sealed ? "ok" : "idle"}`}>
                <Glyph name={e.sealed ? "lock" : "clock"} />
                {t(e.sealed ? "audit.is_sealed" : "audit.not_sealed")}
              </span>
            ),
          },
        ]}
        rowKey={(e) => e.id}
        search={t("audit.search")}
        expand={(e) => <Changes entry={e} />}
        empty={<Empty title={t("audit.empty")} />}
      />
    </Page>
  );
}
