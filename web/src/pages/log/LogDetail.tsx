import { useTranslation } from "react-i18next";
import type { LedgerRow } from "../../api/types";
import { State } from "../../components/State";
import { When } from "../../components/When";
import "./log.css";

/** LogDetail explains one request: what was asked, what was answered, why, what to do. */
export function LogDetail({ row }: { row: LedgerRow }) {
  const { t } = useTranslation();
  return (
    <div className="log-detail">
      <div className="stack">
        <h3>
          <State kind="verdict" of={row.verdict} />
        </h3>
        <p>{t(`verdict_help.${row.verdict}`, { defaultValue: "" })}</p>
        {row.reason && (
          <p>
            <strong>{t("log.reason")}:</strong> {row.reason}
          </p>
        )}
        <Findings row={row} />
        {row.findings.length === 0 && (
          <p className="muted">{t(`verdict_next.${row.verdict}`, { defaultValue: "" })}</p>
        )}
      </div>
      <dl className="facts">
        <dt>{t("log.name")}</dt>
        <dd className="mono">{row.name}</dd>
        <dt>{t("log.user_agent")}</dt>
        <dd>{row.user_agent || "–"}</dd>
        <dt>{t("log.from")}</dt>
        <dd>
          <span className="mono">{row.address}</span> · {row.door}
        </dd>
        <dt>{t("log.answer")}</dt>
        <dd>{t("log.answer_text", { status: row.status, bytes: row.bytes, millis: row.millis })}</dd>
        {row.revision && (
          <>
            <dt>{t("revision.id")}</dt>
            <dd className="mono">{row.revision}</dd>
          </>
        )}
        {row.count > 1 && (
          <>
            <dt>{t("log.count")}</dt>
            <dd>
              {t("log.times", { count: row.count })} <When at={row.at} /> – <When at={row.last_at} />
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

/** Findings are all that is wrong with a request, each with its code and what to do. */
function Findings({ row }: { row: LedgerRow }) {
  const { t } = useTranslation();
  if (row.findings.length === 0) return null;
  return (
    <ul aria-label={t("log.findings")}>
      {row.findings.map((f) => (
        <li key={f.code}>
          <code>{f.code}</code> · {t(`log.severity.${f.severity}`)}: {f.text}
          {f.remedy && (
            <>
              <br />
              <strong>{t("log.remedy")}:</strong> {f.remedy}
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
