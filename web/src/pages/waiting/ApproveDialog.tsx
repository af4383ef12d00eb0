// Approving one phone or many: one site and one template for all of them, and
// for a single one its name and its account.
import { useQuery } from "@tanstack/react-query";
import { Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { servers } from "../../api/calls";
import type { PlanBody } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useSiteOptions } from "../../app/useSites";
import { FormModal } from "../../components/FormModal";
import { formatMac } from "../../lib/mac";
import type { WaitingRow } from "../../lib/waiting";
import { useModelOptions } from "../phones/AddPhone";
import type { Outcome } from "./Outcomes";
import { type Choice, useDecide } from "./useDecide";
import { automatic, fitting, useModelTemplates } from "./useTemplates";

interface Values {
  site_id?: string;
  model?: string;
  template?: string;
  name?: string;
  with_account?: boolean;
  server_id?: string;
  user_id?: string;
  display?: string;
  password?: string;
}

interface Props {
  rows: WaitingRow[];
  /** done hears what became of each, and the plan where a template was chosen. */
  done: (outcome: Outcome, plan: PlanBody | null) => void;
  close: () => void;
}

// What is the same in all rows, else "".
function shared(rows: WaitingRow[], of: (row: WaitingRow) => string): string {
  const [first, ...others] = new Set(rows.map(of));
  return others.length === 0 ? (first ?? "") : "";
}

// What to say of the template: that of the rules as it is left, none where the
// operator took it away or plans another; nothing where the rules say none.
function promise(values: Values, suggested: string): string | undefined {
  if (!suggested && !values.template) return undefined;
  return values.template === suggested ? suggested : "";
}

function choiceOf(values: Values, single: boolean, suggested: string): (row: WaitingRow) => Choice {
  return (row) => ({
    site_id: values.site_id || undefined,
    model: row.known ? undefined : values.model,
    template_id: promise(values, suggested),
    name: (single && values.name?.trim()) || undefined,
    account:
      single && values.with_account
        ? {
            server_id: values.server_id ?? "",
            user_id: values.user_id?.trim() ?? "",
            name: values.display?.trim() || undefined,
            password: values.password || undefined,
          }
        : undefined,
  });
}

/** ApproveDialog is mounted while it is open. */
export function ApproveDialog({ rows, done, close }: Props) {
  const { t } = useTranslation();
  const decide = useDecide();
  const single = rows.length === 1;
  const [first] = rows;
  const suggested = shared(rows, (row) => row.rule?.template_id ?? "");
  const submit = async (values: Values) => {
    const outcome = await decide("approve", rows, choiceOf(values, single, suggested));
    const ids = outcome.decided.flatMap((one) => (one.device ? [one.device.id] : []));
    const move = { templates: [{ id: values.template ?? "", version: 0 }], overrides: true, lines: true };
    return { outcome, plan: values.template && values.template !== suggested && ids.length ? { targets: { devices: ids }, move } : null };
  };
  return (
    <FormModal<Values, { outcome: Outcome; plan: PlanBody | null }>
      title={single && first ? t("approve.single", { mac: formatMac(first.mac) }) : t("approve.title", { count: rows.length })}
      ok={single ? t("waiting.approve") : t("approve.ok", { count: rows.length })}
      initial={{ site_id: shared(rows, (row) => row.siteId) || undefined, template: suggested || undefined, name: first?.name }}
      submit={submit}
      done={({ outcome, plan }) => done(outcome, plan)}
      close={close}
      width={500}
    >
      <Where rows={rows} />
      {single && <Who />}
    </FormModal>
  );
}

function Where({ rows }: { rows: WaitingRow[] }) {
  const { t } = useTranslation();
  const sites = useSiteOptions();
  const models = useModelOptions();
  const all = useModelTemplates();
  const unknown = rows.filter((row) => !row.known).length;
  const told = Form.useWatch<string | undefined>("model");
  const vendor = shared(rows, (row) => row.vendor);
  const model = (unknown === rows.length ? told : shared(rows, (row) => row.model)) ?? "";
  const byItself = automatic(all, vendor, model);
  const rule = rows.find((row) => row.rule)?.rule;
  const choices = fitting(all, vendor, model).map((one) => ({ value: one.id, label: one.name }));
  if (rule?.template_id && !choices.some((one) => one.value === rule.template_id)) choices.push({ value: rule.template_id, label: rule.template });
  return (
    <>
      {rule && (
        <p className="note info" style={{ marginBlockEnd: 14 }}>
          {t("rules.suggested", { count: rows.filter((row) => row.rule).length, rule: rule.rule })}
        </p>
      )}
      <Form.Item name="site_id" label={t("phone.site")} extra={t("approve.site_help")}>
        <Select allowClear showSearch={{ optionFilterProp: "title" }} options={sites} placeholder={t("approve.site_suggested")} />
      </Form.Item>
      {unknown > 0 && (
        <Form.Item
          name="model"
          label={t("phone.model")}
          extra={t("approve.model_help", { count: unknown })}
          rules={[{ required: true, message: t("form.required") }]}
        >
          <Select showSearch options={models} />
        </Form.Item>
      )}
      <Form.Item name="template" label={t("approve.template")} extra={t("approve.template_help")}>
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          placeholder={byItself ? t("approve.template_auto", { name: byItself.name }) : t("approve.template_none")}
          options={choices}
        />
      </Form.Item>
    </>
  );
}

function Who() {
  const { t } = useTranslation();
  const { org } = useScope();
  const on = Form.useWatch<boolean | undefined>("with_account");
  const { data } = useQuery({
    queryKey: keys.list(org.id, "sip-servers", "choices"),
    queryFn: () => servers.list(org.id, { limit: 200 }),
    staleTime: 30_000,
  });
  const required = [{ required: true, message: t("form.required") }];
  const options = (data?.items ?? []).map((one) => ({ value: one.id, label: one.name }));
  return (
    <>
      <Form.Item name="name" label={t("phone.name")}>
        <Input maxLength={64} />
      </Form.Item>
      <Form.Item name="with_account" valuePropName="checked">
        <Checkbox>{t("approve.account")}</Checkbox>
      </Form.Item>
      {on && (
        <>
          <Form.Item name="server_id" label={t("approve.server")} rules={required}>
            <Select options={options} notFoundContent={t("approve.no_server")} />
          </Form.Item>
          <Form.Item name="user_id" label={t("approve.user")} extra={t("approve.user_help")} rules={required}>
            <Input autoComplete="off" spellCheck={false} />
          </Form.Item>
          <Form.Item name="display" label={t("approve.display")}>
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="password" label={t("approve.password")} extra={t("approve.password_help")}>
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        </>
      )}
    </>
  );
}
