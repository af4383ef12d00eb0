// One alarm: what to do about it, what was done, what was noted.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { alarms } from "../../api/calls";
import type { Alarm } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useExplain } from "../../components/Blank";
import { When } from "../../components/When";

const objectName = "OID";

function Notes({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const explain = useExplain();
  const { message } = App.useApp();
  const may = useCan("alarm.write");
  const [text, setText] = useState("");
  const query = useQuery({ queryKey: keys.one(org.id, "alarms", alarm.id), queryFn: () => alarms.get(org.id, alarm.id) });
  const add = useMutation({
    mutationFn: () => alarms.note(org.id, alarm.id, text.trim()),
    onSuccess: () => {
      setText("");
      void client.invalidateQueries({ queryKey: keys.all(org.id, "alarms") });
    },
    onError: (error) => void message.error(explain(error), 6),
  });
  return (
    <div className="stack">
      <ul className="notes" aria-label={t("alarms.notes")}>
        {(query.data?.notes ?? []).map((note) => (
          <li key={note.id}>
            <span className="muted">
              {note.author} · <When at={note.at} />
            </span>
            <p>{note.text}</p>
          </li>
        ))}
      </ul>
      <form
        className="row"
        onSubmit={(e) => {
          e.preventDefault();
          if (text.trim()) add.mutate();
        }}
      >
        <Input
          aria-label={t("alarms.note")}
          placeholder={t("alarms.note")}
          maxLength={1000}
          value={text}
          disabled={!may}
          onChange={(e) => setText(e.target.value)}
        />
        <Button htmlType="submit" disabled={!may || !text.trim()} loading={add.isPending}>
          {t("alarms.note_add")}
        </Button>
      </form>
    </div>
  );
}

export function AlarmDetails({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  return (
    <div className="alarm-details">
      <div className="stack">
        <p>{alarm.text}</p>
        {alarm.remedy && (
          <p>
            <strong>{t("log.remedy")}:</strong> {alarm.remedy}
          </p>
        )}
        <Notes alarm={alarm} />
      </div>
      <dl className="facts">
        <dt>{t("alarms.code")}</dt>
        <dd className="mono">{alarm.code}</dd>
        <dt>{t("alarms.source")}</dt>
        <dd className="mono">{alarm.source || "–"}</dd>
        <dt>{t("alarms.first")}</dt>
        <dd>
          <When at={alarm.first_at} />
        </dd>
        {alarm.ack_at && (
          <>
            <dt>{t("state.alarm.acknowledged")}</dt>
            <dd>
              {alarm.ack_by} · <When at={alarm.ack_at} />
            </dd>
          </>
        )}
        {alarm.mask_until && (
          <>
            <dt>{t("alarms.masked_until")}</dt>
            <dd>
              {alarm.mask_by} · <When at={alarm.mask_until} />
            </dd>
          </>
        )}
        {alarm.cleared_at && (
          <>
            <dt>{t("state.alarm.cleared")}</dt>
            <dd>
              {alarm.cleared_by || t("alarms.by_itself")} · <When at={alarm.cleared_at} />
              {alarm.clear_reason && <p>{alarm.clear_reason}</p>}
            </dd>
          </>
        )}
        {alarm.oid && (
          <>
            <dt>{objectName}</dt>
            <dd className="mono">{alarm.oid}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
