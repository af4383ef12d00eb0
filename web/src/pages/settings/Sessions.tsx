import { useTranslation } from "react-i18next";
import { sessions } from "../../api/calls";
import type { Session } from "../../api/types";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";
import { slicePage } from "../../lib/slice";

export default function Sessions() {
  const { t } = useTranslation();
  const ask = useRemove();
  const end = (session: Session) =>
    ask({
      title: t("sessions.end_title"),
      rows: [session],
      name: (one) => [one.address, one.user_agent].filter(Boolean).join(" · "),
      lost: t("sessions.end_lost"),
      remove: (one) => sessions.remove(one.id),
      stale: ["global", "sessions"],
    });
  return (
    <Page title={t("nav.sessions")} lead={t("sessions.lead")}>
      <ListTable
        id="sessions"
        label={t("nav.sessions")}
        queryKey={["global", "sessions", "list"]}
        fetch={(query) => sessions.list().then((all) => slicePage(all, query, (s) => s.address))}
        columns={[
          {
            key: "address",
            title: t("phone.address"),
            render: (s) => (
              <span className="row">
                <span className="mono">{s.address}</span>
                {s.current && <span className="chip ok">{t("sessions.this")}</span>}
              </span>
            ),
          },
          { key: "agent", title: t("sessions.browser"), render: (s) => <span title={s.user_agent}>{s.user_agent}</span> },
          { key: "created", title: t("sessions.since"), render: (s) => <When at={s.created_at} /> },
          { key: "seen", title: t("phone.last_seen"), render: (s) => <When at={s.seen_at} relative /> },
          { key: "expires", title: t("tokens.expires"), render: (s) => <When at={s.expires_at} relative /> },
        ]}
        rowKey={(s) => s.id}
        actions={(s) => [{ key: "end", danger: true, disabled: s.current, label: t("sessions.end"), onClick: () => end(s) }]}
        empty={<Empty title={t("sessions.empty")} />}
      />
    </Page>
  );
}
