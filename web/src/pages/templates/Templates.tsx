import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { templates } from "../../api/calls";
import type { Template, TemplateBody } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useSiteOptions, useSites } from "../../app/useSites";
import { useTo } from "../../app/useTo";
import { Empty } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { Layer } from "../../components/Layer";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";
import { useModels } from "../phones/AddPhone";

const kinds = ["model", "site", "group"] as const;

function Create({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const navigate = useNavigate();
  const to = useTo();
  const models = useModels();
  const sites = useSiteOptions();
  const required = { required: true, message: t("form.required") };
  const submit = (body: TemplateBody) =>
    templates.create(org.id, { ...body, vendor: models.find((model) => model.name === body.model)?.vendor ?? models[0]?.vendor });
  const done = (made: Template) => {
    void client.invalidateQueries({ queryKey: keys.all(org.id, "templates") });
    void navigate(to(`/templates/${made.id}`));
  };
  return (
    <FormModal<TemplateBody, Template> title={t("templates.add")} ok={t("templates.create")} initial={{ kind: "model" }} submit={submit} done={done} close={close}>
      <Form.Item name="kind" label={t("templates.kind")}>
        <Select options={kinds.map((value) => ({ value, label: t(`templates.of_${value}`) }))} />
      </Form.Item>
      <Form.Item name="name" label={t("templates.name")} rules={[required, { max: 64, message: t("form.too_long", { count: 64 }) }]}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item noStyle dependencies={["kind"]}>
        {({ getFieldValue }) =>
          getFieldValue("kind") === "site" ? (
            <Form.Item name="site_id" label={t("phone.site")} rules={[required]}>
              <Select showSearch={{ optionFilterProp: "title" }} options={sites} />
            </Form.Item>
          ) : (
            <Form.Item
              name="model"
              label={t("phone.model")}
              rules={getFieldValue("kind") === "model" ? [required] : []}
            >
              <Select allowClear showSearch options={models.map((model) => ({ value: model.name, label: model.name }))} />
            </Form.Item>
          )
        }
      </Form.Item>
      <Form.Item name="description" label={t("sites.description")}>
        <Input.TextArea rows={2} maxLength={256} />
      </Form.Item>
    </FormModal>
  );
}

export default function Templates() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const may = useCan("template.write");
  const ask = useRemove();
  const names = new Map(useSites().map((site) => [site.id, site.name]));
  const [adding, setAdding] = useState(false);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setAdding(true)}>
      {t("templates.add")}
    </Button>
  );
  const remove = (template: Template) =>
    ask({
      title: t("templates.delete_title"),
      rows: [template],
      name: (one) => one.name,
      lost: template.devices ? t("templates.delete_refused", { count: template.devices }) : t("templates.delete_lost"),
      remove: (one) => templates.remove(org.id, one.id, one.version),
      stale: keys.all(org.id, "templates"),
    });
  return (
    <Page title={t("nav.templates")} lead={t("templates.lead")} actions={add}>
      <ListTable
        id="templates"
        label={t("nav.templates")}
        queryKey={keys.list(org.id, "templates")}
        fetch={(query) => templates.list(org.id, query)}
        columns={[
          {
            key: "name",
            title: t("templates.name"),
            sort: "name",
            render: (x) => <Link to={to(`/templates/${x.id}`)}>{x.name}</Link>,
          },
          { key: "kind", title: t("templates.kind"), width: 130, render: (x) => <Layer of={x.kind} /> },
          { key: "scope", title: t("templates.scope"), render: (x) => x.model || names.get(x.site_id) || "–" },
          { key: "latest", title: t("templates.latest"), align: "end", render: (x) => (x.latest ? `v${x.latest}` : "–") },
          { key: "devices", title: t("templates.phones"), align: "end", render: (x) => x.devices },
          { key: "updated", title: t("list.updated"), render: (x) => <When at={x.updated_at} /> },
          { key: "description", title: t("sites.description"), hidden: true, render: (x) => x.description || "–" },
        ]}
        rowKey={(x) => x.id}
        filters={[
          { name: "kind", label: t("templates.kind"), options: kinds.map((value) => ({ value, label: t(`layer.${value}`) })) },
        ]}
        search={t("templates.search")}
        href={(x) => to(`/templates/${x.id}`)}
        actions={(x) => [{ key: "delete", danger: true, label: t("action.delete_ask"), disabled: !may, onClick: () => remove(x) }]}
        empty={<Empty title={t("templates.empty")} text={t("templates.empty_text")} action={add} />}
      />
      {adding && <Create close={() => setAdding(false)} />}
    </Page>
  );
}
