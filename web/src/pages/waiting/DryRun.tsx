// What the rules would do with each phone that waits now, in one sentence.
import { useTranslation } from "react-i18next";
import type { DryRun as Row } from "../../api/types";
import { Glyph } from "../../components/Glyph";
import { Mac } from "../../components/Mac";

function Sentence({ row }: { row: Row }) {
  const { t } = useTranslation();
  const says = row.suggestion;
  if (!says) return <span className="muted">{t("rules.nothing")}</span>;
  const where = { rule: says.rule, site: says.site_name || "–", template: says.template };
  return (
    <>
      {t(says.adopts ? "rules.takes" : "rules.suggests", where)}
      {says.template && ` ${t("rules.with_template", where)}`} <span className="muted">{t("rules.because", { why: says.why })}</span>
    </>
  );
}

function Word({ row }: { row: Row }) {
  const { t } = useTranslation();
  if (!row.suggestion) {
    return (
      <span className="state idle">
        <Glyph name="dash" />
        {t("rules.word.waits")}
      </span>
    );
  }
  return (
    <span className={row.suggestion.adopts ? "state ok" : "state info"}>
      <Glyph name={row.suggestion.adopts ? "check" : "clock"} />
      {t(row.suggestion.adopts ? "rules.word.taken" : "rules.word.suggested")}
    </span>
  );
}

/** DryRun lists the phones that wait, each with what becomes of it. */
export function DryRun({ rows }: { rows: Row[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return <p className="muted">{t("rules.nobody")}</p>;
  return (
    <div className="dry-run" tabIndex={0} role="region" aria-label={t("rules.dry_run")}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t("claims.phone")}</th>
            <th scope="col">{t("rules.outcome")}</th>
            <th scope="col">{t("rules.why")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.mac} data-mac={row.mac}>
              <td>
                <Mac mac={row.mac} />
                <div className="muted">
                  {row.model || "–"} · {row.address}
                </div>
              </td>
              <td>
                <Word row={row} />
              </td>
              <td>
                <Sentence row={row} />
                {row.passed.length > 0 && (
                  <details>
                    <summary>{t("rules.passed", { count: row.passed.length })}</summary>
                    <ul className="lost">
                      {row.passed.map((one) => (
                        <li key={one.rule_id}>
                          {one.rule}: <span className="muted">{one.why}</span>
                        </li>
                      ))}
                    </ul>
                  </details>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
