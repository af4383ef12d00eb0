// What a phone and its manager said to each other last, message by message. The
// server masked what is secret before it kept anything.
import { DownloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Device, Utterance } from "../../api/types";
import { Loading, Problem } from "../../components/Blank";
import { CopyButton } from "../../components/Mac";
import { When } from "../../components/When";
import { type Exchange, indented, spoken, talkText, talks } from "../../lib/talk";
import { useConversation } from "./useCommands";

function Said({ one }: { one: Utterance | undefined }) {
  const { t } = useTranslation();
  if (!one) return <div className="said muted">{t("conversation.nothing")}</div>;
  const who = t(`conversation.from.${one.from}`);
  const name = spoken(one.text);
  return (
    <div className="said" data-from={one.from}>
      <h4>
        {who} <strong className="mono">{name || t(one.text ? "conversation.message" : "conversation.empty_message")}</strong>{" "}
        <span className="muted">
          <When at={one.at} />
          {one.status > 0 && ` · HTTP ${one.status}`}
        </span>
      </h4>
      {one.text && (
        <>
          <pre tabIndex={0} aria-label={`${who} ${name}`}>
            {indented(one.text)}
          </pre>
          <CopyButton text={one.text} label={t("commands.copy")} />
        </>
      )}
    </div>
  );
}

function Turn({ turn }: { turn: Exchange }) {
  const { t } = useTranslation();
  const names = [turn.asked, turn.answer].map((one) => (one ? spoken(one.text) || t("conversation.empty_message") : "–"));
  return (
    <details className="turn">
      <summary>
        <span className="mono">{names.join(" → ")}</span>
      </summary>
      <div className="turn-body">
        <Said one={turn.asked} />
        <Said one={turn.answer} />
      </div>
    </details>
  );
}

/** save hands text to the browser as a file. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export function Conversation({ device }: { device: Device }) {
  const { t } = useTranslation();
  const query = useConversation(device);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  const all = query.data;
  return (
    <section className="card talk">
      <h2>{t("conversation.title")}</h2>
      <div className="body stack">
        <p className="muted">{t("conversation.lead")}</p>
        {all.length === 0 ? (
          <p>{t("conversation.none")}</p>
        ) : (
          <div className="row wrap">
            <CopyButton text={talkText(all)} label={t("conversation.copy")} />
            <Button size="small" icon={<DownloadOutlined />} onClick={() => save(`${device.mac}-conversation.txt`, talkText(all))}>
              {t("conversation.download")}
            </Button>
            <Button size="small" onClick={() => void query.refetch()} loading={query.isFetching}>
              {t("conversation.again")}
            </Button>
          </div>
        )}
        {talks(all).map((one) => (
          <section key={`${one.session} ${one.at}`} className="session" aria-label={t("conversation.session")}>
            <h3>
              <When at={one.at} /> <span className="muted mono">{one.session.slice(0, 8)}</span>
            </h3>
            {one.turns.map((turn, i) => (
              <Turn key={i} turn={turn} />
            ))}
          </section>
        ))}
      </div>
    </section>
  );
}
