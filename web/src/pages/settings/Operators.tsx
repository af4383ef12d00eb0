import { MinusCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Select, Switch, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { operators, roles } from "../../api/calls";
import type { Grant, Operator, OperatorBody, Role } from "../../api/types";
import { useCan, useScope } from "../../app/scope";
import { useMe } from "../../app/session";
import { useSites } from "../../app/useSites";
import { Empty } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { Glyph } from "../../components/Glyph";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { When } from "../../components/When";
import { slicePage } from "../../lib/slice";

function useRoles(): Role[] {
  const { data } = useQuery({ queryKey: ["global", "roles"], queryFn: roles.list });
  return data?.items ?? [];
}

/** useRoleName gives a role's name, translated where it is built in. */
export function useRoleName(): (id: string) => string {
  const { t } = useTranslation();
  const list = useRoles();
  return (id) => {
    const role = list.find((one) => one.id === id);
    return t(`role.${role?.name ?? id}`, { defaultValue: role?.name ?? id });
  };
}

// A grant's place as one choice: the platform, a tenant or an organization.
function usePlaces() {
  const { t } = useTranslation();
  const me = useMe();
  const tenants = (me.tenants ?? []).map((tenant) => ({ value: `tenant:${tenant.id}`, label: t("operators.tenant", { name: tenant.name }) }));
  const orgs = (me.orgs ?? []).map((org) => ({ value: `org:${org.tenant_id}:${org.id}`, label: t("operators.org", { name: org.name }) }));
  const names = useSites();
  const { org: current } = useScope();
  const sites = names.map((site) => ({
    value: `site:${current.tenant_id}:${current.id}:${site.id}`,
    label: t("operators.site", { name: (site.path ?? []).join(" / ") }),
  }));
  return [...(me.platform ? [{ value: "platform", label: t("operators.platform") }] : []), ...tenants, ...orgs, ...sites];
}

function placeOf(grant: Grant): string {
  if (grant.site_id) return `site:${grant.tenant_id}:${grant.org_id}:${grant.site_id}`;
  if (grant.org_id) return `org:${grant.tenant_id}:${grant.org_id}`;
  return grant.tenant_id ? `tenant:${grant.tenant_id}` : "platform";
}

function grantOf({ role_id, place }: { role_id: string; place: string }): Grant {
  const [kind, tenant = "", org = "", site = ""] = place.split(":");
  switch (kind) {
    case "platform":
      return { role_id };
    case "tenant":
      return { role_id, tenant_id: tenant };
    case "site":
      return { role_id, tenant_id: tenant, org_id: org, site_id: site };
    default:
      return { role_id, tenant_id: tenant, org_id: org };
  }
}

function Grants() {
  const { t } = useTranslation();
  const name = useRoleName();
  const roleOptions = useRoles().map((role) => ({ value: role.id, label: name(role.id) }));
  const places = usePlaces();
  const required = { required: true, message: t("form.required") };
  return (
    <Form.Item label={t("operators.grants")}>
      <Form.List name="grants">
        {(fields, { add, remove }) => (
          <div className="stack">
            {fields.map((field) => (
              <div className="row" key={field.key}>
                <Form.Item name={[field.name, "role_id"]} noStyle rules={[required]}>
                  <Select aria-label={t("operators.role")} options={roleOptions} style={{ inlineSize: 170 }} />
                </Form.Item>
                <Form.Item name={[field.name, "place"]} noStyle rules={[required]}>
                  <Select aria-label={t("operators.place")} options={places} style={{ flex: 1 }} />
                </Form.Item>
                <Button
                  type="text"
                  icon={<MinusCircleOutlined />}
                  aria-label={t("operators.remove_grant")}
                  onClick={() => remove(field.name)}
                />
              </div>
            ))}
            <div>
              <Button size="small" icon={<PlusOutlined />} onClick={() => add({})}>
                {t("operators.add_grant")}
              </Button>
            </div>
          </div>
        )}
      </Form.List>
    </Form.Item>
  );
}

// Roles are given and taken one by one; the new ones first, so that nobody is
// without any in between.
async function regrant(operator: Operator, wanted: Grant[]): Promise<void> {
  const spell = (grant: Grant) => [grant.role_id, placeOf(grant), grant.site_id ?? ""].join(" ");
  const held = new Map((operator.grants ?? []).map((grant) => [spell(grant), grant]));
  const names = new Set(wanted.map(spell));
  for (const grant of wanted) if (!held.has(spell(grant))) await operators.grant(operator.id, grant);
  for (const [name, grant] of held) if (!names.has(name)) await operators.revoke(operator.id, grant.id ?? "");
}

type Values = Omit<OperatorBody, "grants"> & { disabled?: boolean; grants?: { role_id: string; place: string }[] };

function Edit({ operator, close }: { operator: Operator | null; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const initial: Partial<Values> = operator
    ? { ...operator, grants: (operator.grants ?? []).map((grant) => ({ role_id: grant.role_id, place: placeOf(grant) })) }
    : { grants: [] };
  const submit = async ({ grants, password, disabled, ...rest }: Values) => {
    const body = { ...rest, ...(password ? { password } : {}) };
    const wanted = (grants ?? []).map(grantOf);
    if (!operator) return operators.create({ ...body, grants: wanted });
    const kept = await operators.update(operator.id, operator.version, { ...body, disabled });
    await regrant(operator, wanted);
    return kept;
  };
  return (
    <FormModal<Values, Operator>
      title={t(operator ? "operators.edit" : "operators.add")}
      ok={t("action.save")}
      width={600}
      initial={initial}
      submit={submit}
      done={() => void client.invalidateQueries({ queryKey: ["global", "operators"] })}
      close={close}
    >
      <Form.Item name="login" label={t("sign_in.login")} rules={[{ required: true, message: t("form.required") }]}>
        <Input autoFocus autoComplete="off" disabled={!!operator} />
      </Form.Item>
      <Form.Item name="name" label={t("operators.name")}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="email" label={t("operators.email")}>
        <Input type="email" autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("sign_in.password")}
        extra={operator ? t("accounts.password_kept") : t("setup.password_help", { count: 12 })}
        rules={[{ min: 12, message: t("setup.password_help", { count: 12 }) }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Grants />
      {operator && (
        <Form.Item name="disabled" label={t("operators.disabled")} valuePropName="checked">
          <Switch size="small" />
        </Form.Item>
      )}
    </FormModal>
  );
}

function OperatorList({ edit, add }: { edit: (operator: Operator) => void; add: React.ReactNode }) {
  const { t } = useTranslation();
  const may = useCan("operator.write");
  const name = useRoleName();
  const places = new Map(usePlaces().map((place) => [place.value, place.label]));
  return (
    <ListTable
      id="operators"
      label={t("nav.operators")}
      queryKey={["global", "operators", "list"]}
      fetch={operators.list}
      columns={[
        { key: "login", title: t("sign_in.login"), render: (o) => o.login },
        { key: "name", title: t("operators.name"), render: (o) => o.name || "–" },
        { key: "email", title: t("operators.email"), render: (o) => o.email || "–" },
        {
          key: "grants",
          title: t("operators.grants"),
          render: (o) =>
            (o.grants ?? []).map((grant) => `${name(grant.role_id)} (${places.get(placeOf(grant)) ?? "?"})`).join(", ") || "–",
        },
        {
          key: "state",
          title: t("task.state"),
          render: (o) => (
            <span className={`state ${o.disabled ? "idle" : "ok"}`}>
              <Glyph name={o.disabled ? "slashed" : "check"} />
              {t(o.disabled ? "operators.is_disabled" : "operators.is_active")}
            </span>
          ),
        },
        { key: "created", title: t("task.created"), hidden: true, render: (o) => <When at={o.created_at} /> },
      ]}
      rowKey={(o) => o.id}
      search={t("operators.search")}
      actions={(o) => [{ key: "edit", label: t("action.edit"), disabled: !may, onClick: () => edit(o) }]}
      empty={<Empty title={t("operators.empty")} action={add} />}
    />
  );
}

function RoleList() {
  const { t } = useTranslation();
  const name = useRoleName();
  return (
    <ListTable
      id="roles"
      label={t("operators.roles")}
      queryKey={["global", "roles", "list"]}
      fetch={(query) => roles.list().then((all) => slicePage(all, query, (r) => r.name))}
      columns={[
        { key: "name", title: t("operators.role"), render: (r) => name(r.id) },
        { key: "builtin", title: t("operators.origin"), render: (r) => t(r.built_in ? "operators.builtin" : "operators.custom") },
        { key: "count", title: t("operators.permissions"), align: "end", render: (r) => (r.permissions ?? []).length },
      ]}
      rowKey={(r) => r.id}
      expand={(r) => <p className="mono">{(r.permissions ?? []).join(", ")}</p>}
      empty={<Empty title={t("operators.no_roles")} />}
    />
  );
}

export default function Operators() {
  const { t } = useTranslation();
  const may = useCan("operator.write");
  const [params, setParams] = useSearchParams();
  const tab = params.get("show") === "roles" ? "roles" : "operators";
  const [editing, setEditing] = useState<Operator | "new" | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setEditing("new")}>
      {t("operators.add")}
    </Button>
  );
  return (
    <Page title={t("nav.operators")} actions={add}>
      <Tabs
        activeKey={tab}
        onChange={(key) => setParams(key === "roles" ? { show: "roles" } : {})}
        items={[
          { key: "operators", label: t("operators.operators") },
          { key: "roles", label: t("operators.roles") },
        ]}
      />
      {tab === "operators" ? <OperatorList edit={setEditing} add={add} /> : <RoleList />}
      {editing && <Edit operator={editing === "new" ? null : editing} close={() => setEditing(null)} />}
    </Page>
  );
}
