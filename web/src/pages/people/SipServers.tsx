import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { servers } from "../../api/calls";
import type { SipServer, SipServerBody } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { Empty } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";

function Edit({ server, close }: { server: SipServer | null; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const required = { required: true, message: t("form.required") };
  return (
    <FormModal<SipServerBody, SipServer>
      title={t(server ? "servers.edit" : "servers.add")}
      ok={t("action.save")}
      initial={server ?? {}}
      submit={(body) => (server ? servers.update(org.id, server.id, server.version, body) : servers.create(org.id, body))}
      done={() => void client.invalidateQueries({ queryKey: keys.all(org.id, "sip-servers") })}
      close={close}
    >
      <Form.Item name="name" label={t("servers.name")} rules={[required, { max: 64, message: t("form.too_long", { count: 64 }) }]}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item name="address" label={t("servers.address")} extra={t("servers.address_help")} rules={[required]}>
        <Input className="mono" spellCheck={false} />
      </Form.Item>
    </FormModal>
  );
}

export default function SipServers() {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("account.write");
  const ask = useRemove();
  const [editing, setEditing] = useState<SipServer | "new" | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setEditing("new")}>
      {t("servers.add")}
    </Button>
  );
  const remove = (server: SipServer) =>
    ask({
      title: t("servers.delete_title"),
      rows: [server],
      name: (one) => `${one.name} · ${one.address}`,
      lost: t("servers.delete_lost"),
      remove: (one) => servers.remove(org.id, one.id, one.version),
      stale: keys.all(org.id, "sip-servers"),
    });
  return (
    <Page title={t("nav.sip_servers")} actions={add}>
      <ListTable
        id="sip-servers"
        label={t("nav.sip_servers")}
        queryKey={keys.list(org.id, "sip-servers")}
        fetch={(query) => servers.list(org.id, query)}
        columns={[
          { key: "name", title: t("servers.name"), sort: "name", render: (s) => s.name },
          { key: "address", title: t("servers.address"), render: (s) => <span className="mono">{s.address}</span> },
          { key: "updated", title: t("list.updated"), render: (s) => <When at={s.updated_at} /> },
        ]}
        rowKey={(s) => s.id}
        search={t("servers.search")}
        actions={(s) => [
          { key: "edit", label: t("action.edit"), disabled: !may, onClick: () => setEditing(s) },
          { key: "delete", danger: true, label: t("action.delete_ask"), disabled: !may, onClick: () => remove(s) },
        ]}
        empty={<Empty title={t("servers.empty")} text={t("servers.empty_text")} action={add} />}
      />
      {editing && <Edit server={editing === "new" ? null : editing} close={() => setEditing(null)} />}
    </Page>
  );
}
