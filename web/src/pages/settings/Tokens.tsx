import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { roles, tokens } from "../../api/calls";
import type { Token, TokenBody } from "../../api/types";
import { useCan, useScope } from "../../app/scope";
import { Empty } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { ListTable } from "../../components/ListTable/ListTable";
import { CopyButton } from "../../components/Mac";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";
import { slicePage } from "../../lib/slice";
import { useRoleName } from "./Operators";

const lives = [30, 90, 365];

type Values = Omit<TokenBody, "ttl_seconds"> & { days?: number };

function Create({ made, close }: { made: (token: Token) => void; close: () => void }) {
  const { t } = useTranslation();
  const { org, orgs } = useScope();
  const client = useQueryClient();
  const name = useRoleName();
  const { data } = useQuery({ queryKey: ["global", "roles"], queryFn: roles.list });
  const submit = ({ days, ...body }: Values) =>
    tokens.create({ ...body, tenant_id: orgs.find((one) => one.id === body.org_id)?.tenant_id, ttl_seconds: (days ?? 0) * 86_400 });
  return (
    <FormModal<Values, Token>
      title={t("tokens.add")}
      ok={t("tokens.create")}
      initial={{ org_id: org.id, days: 90 }}
      submit={submit}
      done={(token) => {
        void client.invalidateQueries({ queryKey: ["global", "tokens"] });
        made(token);
      }}
      close={close}
    >
      <Form.Item name="name" label={t("tokens.name")} rules={[{ required: true, message: t("form.required") }]}>
        <Input autoFocus placeholder={t("tokens.name_help")} />
      </Form.Item>
      <Form.Item name="org_id" label={t("tokens.org")}>
        <Select options={orgs.map((one) => ({ value: one.id, label: one.name }))} />
      </Form.Item>
      <Form.Item name="role_id" label={t("operators.role")}>
        <Select allowClear placeholder={t("tokens.all_roles")} options={(data?.items ?? []).map((role) => ({ value: role.id, label: name(role.id) }))} />
      </Form.Item>
      <Form.Item name="days" label={t("tokens.life")}>
        <Select allowClear placeholder={t("tokens.forever")} options={lives.map((value) => ({ value, label: t("tokens.days", { count: value }) }))} />
      </Form.Item>
    </FormModal>
  );
}

export default function Tokens() {
  const { t } = useTranslation();
  const { orgs } = useScope();
  const may = useCan("token.write");
  const ask = useRemove();
  const name = useRoleName();
  const [adding, setAdding] = useState(false);
  const [fresh, setFresh] = useState<Token | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setAdding(true)}>
      {t("tokens.add")}
    </Button>
  );
  const remove = (token: Token) =>
    ask({
      title: t("tokens.delete_title"),
      rows: [token],
      name: (one) => one.name,
      lost: t("tokens.delete_lost"),
      remove: (one) => tokens.remove(one.id),
      stale: ["global", "tokens"],
    });
  return (
    <Page title={t("nav.tokens")} lead={t("tokens.lead")} actions={add}>
      <ListTable
        id="tokens"
        label={t("nav.tokens")}
        queryKey={["global", "tokens", "list"]}
        fetch={(query) => tokens.list().then((all) => slicePage(all, query, (x) => x.name))}
        columns={[
          { key: "name", title: t("tokens.name"), render: (x) => x.name },
          { key: "org", title: t("tokens.org"), render: (x) => orgs.find((one) => one.id === x.org_id)?.name ?? "–" },
          { key: "role", title: t("operators.role"), render: (x) => (x.role_id ? name(x.role_id) : t("tokens.all_roles")) },
          { key: "created", title: t("task.created"), render: (x) => <When at={x.created_at} /> },
          { key: "expires", title: t("tokens.expires"), render: (x) => <When at={x.expires_at} never={t("tokens.forever")} /> },
          { key: "used", title: t("tokens.used"), render: (x) => <When at={x.used_at} relative never={t("phone.never")} /> },
        ]}
        rowKey={(x) => x.id}
        actions={(x) => [{ key: "delete", danger: true, disabled: !may, label: t("tokens.revoke"), onClick: () => remove(x) }]}
        empty={<Empty title={t("tokens.empty")} text={t("tokens.empty_text")} action={add} />}
      />
      {adding && <Create made={setFresh} close={() => setAdding(false)} />}
      {fresh?.token && (
        <Modal
          open
          title={t("tokens.fresh")}
          onCancel={() => setFresh(null)}
          footer={
            <Button type="primary" onClick={() => setFresh(null)}>
              {t("action.close")}
            </Button>
          }
        >
          <div className="stack">
            <p>{t("tokens.fresh_text")}</p>
            <code className="mono" style={{ overflowWrap: "anywhere" }}>
              {fresh.token}
            </code>
            <div>
              <CopyButton text={fresh.token} label={t("tokens.copy")} />
            </div>
          </div>
        </Modal>
      )}
    </Page>
  );
}
