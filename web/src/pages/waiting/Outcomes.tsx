// What became of each phone that was approved or refused.
import { Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import type { Decided } from "../../api/types";
import { Glyph } from "../../components/Glyph";
import { Mac } from "../../components/Mac";
import { parseMac } from "../../lib/mac";

export interface Outcome {
  how: "approve" | "reject";
  decided: Decided[];
  /** macs names what was asked for by a record's id. */
  macs: Record<string, string>;
}

export function Outcomes({ outcome, close }: { outcome: Outcome; close: () => void }) {
  const { t } = useTranslation();
  const failed = outcome.decided.filter((one) => !one.done);
  const done = outcome.decided.length - failed.length;
  const macOf = (one: Decided) => one.device?.mac ?? outcome.macs[one.asked] ?? parseMac(one.asked) ?? one.asked;
  const shown = [...failed, ...outcome.decided.filter((one) => one.done)];
  return (
    <Modal
      open
      width={620}
      title={t(outcome.how === "approve" ? "outcome.approved_title" : "outcome.rejected_title", { done, count: outcome.decided.length })}
      onCancel={close}
      footer={<Button onClick={close}>{t("action.close")}</Button>}
    >
      <div className="outcomes" tabIndex={0} role="region" aria-label={t("outcome.list")}>
        <table>
          <tbody>
            {shown.map((one) => (
              <tr key={one.asked} data-done={one.done}>
                <td>
                  <Mac mac={macOf(one)} />
                </td>
                <td>
                  <span className={one.done ? "state ok" : "state bad"}>
                    <Glyph name={one.done ? "check" : "cross"} />
                    {one.done ? t(outcome.how === "approve" ? "outcome.approved" : "outcome.rejected") : t("outcome.not_done")}
                  </span>
                </td>
                <td>{one.problem}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Modal>
  );
}
