import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Select, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { alarms } from "../../api/calls";
import type { Alarm } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty, useExplain } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Selection } from "../../components/ListTable/types";
import { Page } from "../../components/Page";
import { statesOf } from "../../components/State";
import { AlarmDetails } from "./AlarmDetails";
import { alarmColumns } from "./columns";
import "./alarms.css";

const hour = 3_600_000;
const spans = [1, 8, 24, 24 * 7, 24 * 30];

type Act = (alarm: Alarm) => Promise<unknown>;

/** useEach does one thing to alarms one by one, and tells what failed. */
function useEach() {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const explain = useExplain();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: async ({ rows, act }: { rows: Alarm[]; act: Act }) => {
      const failures: unknown[] = [];
      for (const row of rows) await act(row).catch((error: unknown) => failures.push(error));
      return failures;
    },
    onSuccess: (failures, { rows }) => {
      void client.invalidateQueries({ queryKey: keys.all(org.id, "alarms") });
      if (failures.length < rows.length) void message.success(t("alarms.done", { count: rows.length - failures.length }));
      if (failures.length) void message.error(explain(failures[0]), 6);
    },
  });
}

function Mask({ rows, run, close }: { rows: Alarm[]; run: (act: Act) => Promise<unknown>; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const submit = ({ hours }: { hours: number }) => {
    const until = new Date(Date.now() + hours * hour).toISOString();
    return run((alarm) => alarms.mask(org.id, alarm.id, until));
  };
  return (
    <FormModal<{ hours: number }, unknown>
      title={t("alarms.mask_title", { count: rows.length })}
      ok={t("alarms.mask")}
      initial={{ hours: 8 }}
      submit={submit}
      done={() => undefined}
      close={close}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("alarms.mask_text")}</p>
      <Form.Item name="hours" label={t("alarms.mask_for")}>
        <Select options={spans.map((value) => ({ value, label: value < 48 ? t("alarms.hours", { count: value }) : t("alarms.days", { count: value / 24 }) }))} />
      </Form.Item>
    </FormModal>
  );
}

function Clear({ rows, run, close }: { rows: Alarm[]; run: (act: Act) => Promise<unknown>; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  return (
    <FormModal<{ reason?: string }, unknown>
      title={t("alarms.clear_title", { count: rows.length })}
      ok={t("alarms.clear")}
      submit={({ reason }) => run((alarm) => alarms.clear(org.id, alarm.id, reason?.trim() ?? ""))}
      done={() => undefined}
      close={close}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("alarms.clear_text")}</p>
      <Form.Item name="reason" label={t("alarms.reason")}>
        <Input maxLength={1000} autoFocus />
      </Form.Item>
    </FormModal>
  );
}

interface Open {
  what: "mask" | "clear";
  rows: Alarm[];
}

export default function Alarms() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const may = useCan("alarm.write");
  const each = useEach();
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<Open | null>(null);
  const history = params.get("show") === "history";
  const ack = (rows: Alarm[]) => each.mutate({ rows: rows.filter((a) => a.state === "active"), act: (a) => alarms.act(org.id, a.id, "ack") });
  const run = (act: Act) => each.mutateAsync({ rows: open?.rows ?? [], act });
  const actions = (a: Alarm) => {
    const shut = !may || a.state === "cleared";
    return [
      { key: "ack", label: t("alarms.ack"), disabled: shut || a.state !== "active", onClick: () => ack([a]) },
      {
        key: "unack",
        label: t("alarms.unack"),
        disabled: shut || a.state !== "acknowledged",
        onClick: () => each.mutate({ rows: [a], act: (one) => alarms.act(org.id, one.id, "unack") }),
      },
      { key: "mask", label: t("alarms.mask_ask"), disabled: shut, onClick: () => setOpen({ what: "mask", rows: [a] }) },
      {
        key: "unmask",
        label: t("alarms.unmask"),
        disabled: shut || a.state !== "masked",
        onClick: () => each.mutate({ rows: [a], act: (one) => alarms.act(org.id, one.id, "unmask") }),
      },
      { key: "clear", label: t("alarms.clear_ask"), disabled: shut, onClick: () => setOpen({ what: "clear", rows: [a] }) },
    ];
  };
  const bulk = ({ rows, all }: Selection<Alarm>) => (
    <>
      <Button size="small" type="primary" disabled={!may || all} onClick={() => ack(rows)}>
        {t("alarms.ack")}
      </Button>
      <Button size="small" disabled={!may || all} onClick={() => setOpen({ what: "mask", rows })}>
        {t("alarms.mask_ask")}
      </Button>
      <Button size="small" disabled={!may || all} onClick={() => setOpen({ what: "clear", rows })}>
        {t("alarms.clear_ask")}
      </Button>
    </>
  );
  const severity = statesOf("severity").map((value) => ({ value, label: t(`state.severity.${value}`) }));
  const states = statesOf("alarm").filter((value) => value !== "cleared").map((value) => ({ value, label: t(`state.alarm.${value}`) }));
  return (
    <Page title={t("nav.alarms")} lead={t(history ? "alarms.lead_history" : "alarms.lead")}>
      <Tabs
        activeKey={history ? "history" : "open"}
        onChange={(key) => setParams(key === "history" ? { show: "history" } : {})}
        items={[
          { key: "open", label: t("alarms.open") },
          { key: "history", label: t("alarms.history") },
        ]}
      />
      <ListTable<Alarm>
        key={history ? "history" : "open"}
        id="alarms"
        label={t("nav.alarms")}
        queryKey={keys.list(org.id, "alarms", history)}
        fetch={(query) => alarms.list(org.id, history ? { ...query, state: "cleared" } : query)}
        columns={alarmColumns(t, to)}
        rowKey={(a) => a.id}
        search={t("alarms.search")}
        filters={[
          { name: "severity", label: t("alarms.severity"), options: severity },
          ...(history ? [] : [{ name: "state", label: t("alarms.state"), options: states }]),
          { name: "code", label: t("alarms.code"), width: 190 },
        ]}
        expand={(a) => <AlarmDetails alarm={a} />}
        actions={actions}
        bulk={history ? undefined : bulk}
        empty={<Empty title={t(history ? "alarms.empty_history" : "alarms.empty_title")} text={t("alarms.empty_text")} />}
      />
      {open?.what === "mask" && <Mask rows={open.rows} run={run} close={() => setOpen(null)} />}
      {open?.what === "clear" && <Clear rows={open.rows} run={run} close={() => setOpen(null)} />}
    </Page>
  );
}
