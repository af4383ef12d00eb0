import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { accounts, servers } from "../../api/calls";
import type { Account, AccountBody, PlanBody } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { Glyph } from "../../components/Glyph";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { Page } from "../../components/Page";
import { PlanDrawer } from "../../components/plan/PlanDrawer";
import { useRemove } from "../../components/useRemove";

function useServers() {
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: keys.list(org.id, "sip-servers", "options"),
    queryFn: () => servers.list(org.id, { limit: 500 }),
  });
  return data?.items ?? [];
}

interface EditProps {
  account: Account | null;
  saved: (account: Account) => void;
  close: () => void;
}

function Edit({ account, saved, close }: EditProps) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const options = useServers().map((server) => ({ value: server.id, label: `${server.name} · ${server.address}` }));
  const required = { required: true, message: t("form.required") };
  const submit = ({ password, ...body }: AccountBody) => {
    const sent = password ? { ...body, password } : body;
    return account ? accounts.update(org.id, account.id, account.version, sent) : accounts.create(org.id, sent);
  };
  return (
    <FormModal<AccountBody, Account>
      title={t(account ? "accounts.edit" : "accounts.add")}
      ok={t("action.save")}
      initial={account ?? { server_id: options.length === 1 ? options[0]?.value : undefined }}
      submit={submit}
      done={(result) => {
        void client.invalidateQueries({ queryKey: keys.all(org.id, "accounts") });
        saved(result);
      }}
      close={close}
    >
      <Form.Item name="server_id" label={t("accounts.server")} rules={[required]}>
        <Select options={options} disabled={!!account} />
      </Form.Item>
      <Form.Item name="user_id" label={t("accounts.user_id")} rules={[required]}>
        <Input autoFocus className="mono" autoComplete="off" />
      </Form.Item>
      <Form.Item name="auth_id" label={t("accounts.auth_id")} extra={t("accounts.auth_help")}>
        <Input className="mono" autoComplete="off" />
      </Form.Item>
      <Form.Item name="name" label={t("accounts.name")}>
        <Input />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("accounts.password")}
        extra={account?.has_password ? t("accounts.password_kept") : undefined}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </FormModal>
  );
}

function useColumns(): Column<Account>[] {
  const { t } = useTranslation();
  const to = useTo();
  return [
    { key: "user", title: t("accounts.user_id"), sort: "user_id", render: (a) => <span className="mono">{a.user_id}</span> },
    { key: "name", title: t("accounts.name"), sort: "name", render: (a) => a.name || "–" },
    { key: "server", title: t("accounts.server"), render: (a) => <span className="mono">{a.server}</span> },
    { key: "auth", title: t("accounts.auth_id"), hidden: true, render: (a) => <span className="mono">{a.auth_id || "–"}</span> },
    {
      key: "password",
      title: t("accounts.password"),
      render: (a) => (
        <span className={`state ${a.has_password ? "ok" : "warn"}`}>
          <Glyph name={a.has_password ? "lock" : "warn"} />
          {t(a.has_password ? "accounts.has_password" : "accounts.no_password")}
        </span>
      ),
    },
    {
      key: "phones",
      title: t("accounts.phones"),
      render: (a) =>
        a.devices.length === 0 ? (
          "–"
        ) : (
          <Link to={to(a.devices.length === 1 ? `/phones/${a.devices[0]}/lines` : `/phones?q=${a.user_id}`)}>
            {t("accounts.phone_count", { count: a.devices.length })}
          </Link>
        ),
    },
  ];
}

export default function Accounts() {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("account.write");
  const ask = useRemove();
  const columns = useColumns();
  const [editing, setEditing] = useState<Account | "new" | null>(null);
  const [plan, setPlan] = useState<PlanBody | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setEditing("new")}>
      {t("accounts.add")}
    </Button>
  );
  const remove = (account: Account) =>
    ask({
      title: t("accounts.delete_title"),
      rows: [account],
      name: (one) => [one.user_id, one.name].filter(Boolean).join(" · "),
      lost: account.devices.length ? t("accounts.delete_refused", { count: account.devices.length }) : t("accounts.delete_lost"),
      remove: (one) => accounts.remove(org.id, one.id, one.version),
      stale: keys.all(org.id, "accounts"),
    });
  // A changed account reaches its phones by a plan, offered at once.
  const saved = (account: Account) => {
    if (account.devices.length) setPlan({ targets: { devices: account.devices }, move: { lines: true } });
  };
  return (
    <Page title={t("nav.accounts")} actions={add}>
      <ListTable
        id="accounts"
        label={t("nav.accounts")}
        queryKey={keys.list(org.id, "accounts")}
        fetch={(query) => accounts.list(org.id, query)}
        columns={columns}
        rowKey={(a) => a.id}
        search={t("accounts.search")}
        actions={(a) => [
          { key: "edit", label: t("action.edit"), disabled: !may, onClick: () => setEditing(a) },
          { key: "delete", danger: true, label: t("action.delete_ask"), disabled: !may, onClick: () => remove(a) },
        ]}
        empty={<Empty title={t("accounts.empty")} text={t("accounts.empty_text")} action={add} />}
      />
      {editing && <Edit account={editing === "new" ? null : editing} saved={saved} close={() => setEditing(null)} />}
      {plan && <PlanDrawer title={t("plan.title")} body={plan} close={() => setPlan(null)} />}
    </Page>
  );
}
