// One command in full: what it was asked with, when what happened, what came back.
import { useTranslation } from "react-i18next";
import type { Command } from "../../api/types";
import { CopyButton } from "../../components/Mac";
import { State } from "../../components/State";
import { When } from "../../components/When";
import { sizeText } from "../../lib/size";

function Values({ command }: { command: Command }) {
  const { t } = useTranslation();
  const values = command.result.values ?? [];
  if (values.length === 0) return null;
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">{t("commands.value_name")}</th>
          <th scope="col">{t("commands.value")}</th>
        </tr>
      </thead>
      <tbody>
        {values.map((one) => (
          <tr key={one.name}>
            <td className="mono">
              {one.name}
              {one.key && one.key !== one.name && <div className="muted">{one.key}</div>}
            </td>
            <td className={one.fault ? "muted" : "mono"}>{one.fault || one.value || "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Came({ command }: { command: Command }) {
  const { t, i18n } = useTranslation();
  const { text, size, values } = command.result;
  if (!text && !size && !values?.length) return <p className="muted">{t("commands.no_result")}</p>;
  return (
    <>
      <Values command={command} />
      {text && (
        <>
          <pre className="told" tabIndex={0} aria-label={t("commands.result")}>
            {text}
          </pre>
          <div>
            <CopyButton text={text} label={t("commands.copy")} />
          </div>
        </>
      )}
      {!!size && <p>{t("commands.received", { size: sizeText(size, i18n.language) })}</p>}
    </>
  );
}

/** argsText is what a command was asked with, in one line. */
function argsText(command: Command): string {
  const { keys, names, forced, host, count, text, what, resource } = command.args;
  const shown: [string, string | number | boolean | undefined][] = [
    ["keys", keys?.join(", ")],
    ["names", names?.join(", ")],
    ["host", host],
    ["count", count],
    ["text", text],
    ["what", what],
    ["resource", resource],
    ["forced", forced],
  ];
  return shown
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(" · ");
}

export function CommandDetail({ command }: { command: Command }) {
  const { t } = useTranslation();
  const args = argsText(command);
  return (
    <div className="command-detail">
      <div className="stack">
        <h3>{t("commands.result")}</h3>
        <Came command={command} />
      </div>
      <dl className="facts">
        {args && (
          <>
            <dt>{t("commands.with")}</dt>
            <dd>{args}</dd>
          </>
        )}
        {command.revision && (
          <>
            <dt>{t("revision.id")}</dt>
            <dd className="mono">{command.revision.slice(0, 12)}</dd>
          </>
        )}
        <dt>{t("commands.created")}</dt>
        <dd>
          <When at={command.created_at} /> · {command.author || "–"}
        </dd>
        <dt>{t("commands.sent")}</dt>
        <dd>
          <When at={command.sent_at} /> {command.attempts > 1 && t("commands.attempts", { count: command.attempts })}
        </dd>
        <dt>{t("commands.delivered")}</dt>
        <dd>
          <When at={command.delivered_at} />
        </dd>
        <dt>{t("commands.ended")}</dt>
        <dd>
          <When at={command.ended_at} />
        </dd>
        <dt>{t("commands.deadline")}</dt>
        <dd>
          <When at={command.deadline} />
        </dd>
        {command.late && (
          <>
            <dt>{t("commands.late")}</dt>
            <dd>
              <State kind="command" of={command.late} />
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}
