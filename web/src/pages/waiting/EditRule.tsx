// Making or changing an adoption rule: who is meant, where they go, what is done;
// and what it would do with the phones that wait now.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { AutoComplete, Button, Checkbox, Form, Input, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { adoption } from "../../api/calls";
import type { AdoptionMatch, AdoptionRule, AdoptionRuleBody } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useSiteOptions } from "../../app/useSites";
import { Problem } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { useModels } from "../phones/AddPhone";
import { DryRun } from "./DryRun";
import { useGroups } from "./useRules";
import { fitting, useModelTemplates } from "./useTemplates";

type Values = AdoptionMatch & Pick<AdoptionRule, "name" | "action"> & { site_id?: string; group_id?: string; template_id?: string };

function bodyOf({ name, action, site_id, group_id, template_id, ...match }: Values): AdoptionRuleBody {
  return { name, action, site_id: site_id ?? "", group_id: group_id ?? "", template_id: template_id ?? "", match };
}

function valuesOf(rule: AdoptionRule | null): Partial<Values> {
  if (!rule) return { action: "suggest" };
  const { name, action, match, site_id, group_id, template_id } = rule;
  return { ...match, name, action, site_id: site_id || undefined, group_id: group_id || undefined, template_id: template_id || undefined };
}

function Who() {
  const { t } = useTranslation();
  const models = useModels();
  const vendor = Form.useWatch<string | undefined>("vendor");
  const vendors = [...new Set(models.map((one) => one.vendor))];
  return (
    <fieldset className="parts">
      <legend>{t("rules.who_title")}</legend>
      <p className="muted">{t("rules.who_help")}</p>
      <div className="two">
        <Form.Item name="vendor" label={t("phone.vendor")}>
          <Select allowClear options={vendors.map((value) => ({ value, label: value }))} placeholder={t("rules.any")} />
        </Form.Item>
        <Form.Item name="model" label={t("phone.model")} extra={t("rules.pattern")}>
          <AutoComplete
            options={models.filter((one) => !vendor || one.vendor === vendor).map((one) => ({ value: one.name }))}
            showSearch={{ filterOption: (typed, option) => !!option?.value.toLowerCase().startsWith(typed.toLowerCase().replace(/\*.*/, "")) }}
            placeholder={t("rules.any")}
          />
        </Form.Item>
      </div>
      <Form.Item name="subnets" label={t("rules.subnets")} extra={t("rules.subnets_help")}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} placeholder={t("rules.any")} />
      </Form.Item>
      <Form.Item name="macs" label={t("rules.macs")} extra={t("rules.macs_help")}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} placeholder={t("rules.any")} />
      </Form.Item>
      <Form.Item name="certificate" valuePropName="checked">
        <Checkbox>{t("rules.certificate")}</Checkbox>
      </Form.Item>
      <Form.Item name="subject" label={t("rules.subject")} extra={t("rules.subject_help")}>
        <Input className="mono" maxLength={256} spellCheck={false} autoComplete="off" placeholder={t("rules.any")} />
      </Form.Item>
    </fieldset>
  );
}

function Where() {
  const { t } = useTranslation();
  const sites = useSiteOptions();
  const groups = useGroups();
  const vendor = Form.useWatch<string | undefined>("vendor") ?? "";
  const templates = fitting(useModelTemplates(), vendor, "");
  const choose = { allowClear: true, showSearch: { optionFilterProp: "label" } };
  return (
    <fieldset className="parts">
      <legend>{t("rules.where_title")}</legend>
      <Form.Item name="site_id" label={t("phone.site")}>
        <Select allowClear showSearch={{ optionFilterProp: "title" }} options={sites} placeholder={t("rules.site_own")} />
      </Form.Item>
      <div className="two">
        <Form.Item name="group_id" label={t("rules.group")}>
          <Select {...choose} options={groups.map((one) => ({ value: one.id, label: one.name }))} placeholder={t("rules.none")} />
        </Form.Item>
        <Form.Item name="template_id" label={t("approve.template")}>
          <Select {...choose} options={templates.map((one) => ({ value: one.id, label: one.name }))} placeholder={t("approve.template_none")} />
        </Form.Item>
      </div>
    </fieldset>
  );
}

function What() {
  const { t } = useTranslation();
  return (
    <Form.Item name="action" label={t("rules.what")}>
      <Radio.Group className="choices">
        {(["suggest", "adopt"] as const).map((value) => (
          <Radio key={value} value={value}>
            <span>
              {t(`rules.action.${value}`)} <span className="muted">{t(`rules.action_help.${value}`)}</span>
            </span>
          </Radio>
        ))}
      </Radio.Group>
    </Form.Item>
  );
}

function Try({ rule }: { rule: AdoptionRule | null }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const form = Form.useFormInstance<Values>();
  const run = useMutation({
    mutationFn: (values: Values) => adoption.dryRun(org.id, { rule_id: rule?.id, rule: { ...bodyOf(values), name: values.name || t("rules.this") } }),
  });
  return (
    <div className="stack">
      <div>
        <Button loading={run.isPending} onClick={() => run.mutate(form.getFieldsValue())}>
          {t("rules.try")}
        </Button>
      </div>
      {run.isError && <Problem error={run.error} />}
      {run.data && <DryRun rows={run.data.items} />}
    </div>
  );
}

/** EditRule is mounted while it is open; without a rule it makes one. */
export function EditRule({ rule, close }: { rule: AdoptionRule | null; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const submit = (values: Values) =>
    rule ? adoption.update(org.id, rule.id, rule.version, bodyOf(values)) : adoption.create(org.id, bodyOf(values));
  return (
    <FormModal<Values, AdoptionRule>
      title={t(rule ? "rules.edit" : "rules.add")}
      ok={t("action.save")}
      width={720}
      initial={valuesOf(rule)}
      submit={submit}
      done={() => void client.invalidateQueries({ queryKey: keys.org(org.id) })}
      close={close}
    >
      <Form.Item name="name" label={t("rules.name")} rules={[{ required: true, message: t("form.required") }, { max: 64, message: t("form.too_long", { count: 64 }) }]}>
        <Input autoFocus autoComplete="off" />
      </Form.Item>
      <Who />
      <Where />
      <What />
      <Try rule={rule} />
    </FormModal>
  );
}
