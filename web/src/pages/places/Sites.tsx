import { MinusCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, DatePicker, Form, Input, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { sites } from "../../api/calls";
import type { Site, SiteBody } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { byTree, useSiteOptions } from "../../app/useSites";
import { Empty } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { slicePage } from "../../lib/slice";
import { isTime } from "../../lib/time";
import { LegacyChip, SiteDoors, TrustChip } from "./Legacy";
import "./places.css";

function Subnets() {
  const { t } = useTranslation();
  return (
    <Form.Item label={t("sites.subnets")} extra={t("sites.subnets_help")}>
      <Form.List name="subnets">
        {(fields, { add, remove }) => (
          <div className="stack">
            {fields.map((field) => (
              <div className="row" key={field.key}>
                <Form.Item name={[field.name, "cidr"]} noStyle rules={[{ required: true, message: t("form.required") }]}>
                  <Input className="mono" aria-label={t("sites.cidr")} placeholder="192.0.2.0/24" />
                </Form.Item>
                <Form.Item name={[field.name, "legacy"]} noStyle valuePropName="checked">
                  <Checkbox className="nowrap">{t("sites.legacy")}</Checkbox>
                </Form.Item>
                <Button
                  type="text"
                  icon={<MinusCircleOutlined />}
                  aria-label={t("sites.remove_subnet")}
                  onClick={() => remove(field.name)}
                />
              </div>
            ))}
            <div>
              <Button size="small" icon={<PlusOutlined />} onClick={() => add({ cidr: "", legacy: false })}>
                {t("sites.add_subnet")}
              </Button>
            </div>
          </div>
        )}
      </Form.List>
    </Form.Item>
  );
}

type Values = Omit<SiteBody, "legacy_until"> & { legacy_until?: dayjs.Dayjs | null };

function Edit({ site, parent, close }: { site: Site | null; parent: string; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const options = useSiteOptions().filter((option) => option.value !== site?.id);
  const until = site && isTime(site.legacy_until) ? dayjs(site.legacy_until) : null;
  const submit = (values: Values) => {
    const body = { ...values, parent_id: values.parent_id ?? "", legacy_until: values.legacy_until?.toISOString() };
    return site ? sites.update(org.id, site.id, site.version, body) : sites.create(org.id, body);
  };
  return (
    <FormModal<Values, Site>
      title={t(site ? "sites.edit" : "sites.add")}
      ok={t("action.save")}
      width={560}
      initial={site ? { ...site, legacy_until: until } : { parent_id: parent || undefined, subnets: [] }}
      submit={submit}
      done={() => void client.invalidateQueries({ queryKey: keys.all(org.id, "sites") })}
      close={close}
    >
      <Form.Item
        name="name"
        label={t("sites.name")}
        rules={[
          { required: true, message: t("form.required") },
          { max: 64, message: t("form.too_long", { count: 64 }) },
        ]}
      >
        <Input autoFocus />
      </Form.Item>
      <Form.Item name="parent_id" label={t("sites.parent")}>
        <Select allowClear showSearch={{ optionFilterProp: "title" }} options={options} placeholder={t("sites.top")} />
      </Form.Item>
      <Form.Item
        name="description"
        label={t("sites.description")}
        rules={[{ max: 256, message: t("form.too_long", { count: 256 }) }]}
      >
        <Input.TextArea rows={2} />
      </Form.Item>
      <Subnets />
      <Form.Item name="legacy_until" label={t("sites.legacy_until")} extra={t("sites.legacy_help")}>
        <DatePicker />
      </Form.Item>
    </FormModal>
  );
}

function useColumns(): Column<Site>[] {
  const { t } = useTranslation();
  return [
    {
      key: "name",
      title: t("sites.name"),
      render: (s) => (
        <span style={{ paddingInlineStart: 20 * Math.max(0, (s.path?.length ?? 1) - 1) }}>
          <Link to={`/phones?site=${s.id}`} title={(s.path ?? []).join(" / ")}>
            {s.name}
          </Link>{" "}
          {s.is_default && <span className="chip">{t("sites.default")}</span>}
        </span>
      ),
    },
    { key: "devices", title: t("sites.phones"), align: "end", render: (s) => s.devices },
    {
      key: "subnets",
      title: t("sites.subnets"),
      render: (s) => <span className="mono">{(s.subnets ?? []).map((one) => one.cidr).join(", ") || "–"}</span>,
    },
    {
      key: "legacy",
      title: t("legacy.title"),
      render: (s) =>
        s.legacy_state !== "off" || isTime(s.trusted_until) ? (
          <span className="row">
            <LegacyChip site={s} />
            <TrustChip site={s} />
          </span>
        ) : (
          "–"
        ),
    },
    { key: "description", title: t("sites.description"), render: (s) => s.description || "–" },
  ];
}

export default function Sites() {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("site.write");
  const ask = useRemove();
  const columns = useColumns();
  const [editing, setEditing] = useState<{ site: Site | null; parent: string } | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setEditing({ site: null, parent: "" })}>
      {t("sites.add")}
    </Button>
  );
  const remove = (site: Site) =>
    ask({
      title: t("sites.delete_title"),
      rows: [site],
      name: (one) => (one.path ?? [one.name]).join(" / "),
      lost: site.devices > 0 ? t("sites.delete_refused", { count: site.devices }) : t("sites.delete_lost"),
      remove: (one) => sites.remove(org.id, one.id, one.version),
      stale: keys.all(org.id, "sites"),
    });
  return (
    <Page title={t("nav.sites")} lead={t("sites.lead")} actions={add}>
      <ListTable
        id="sites"
        label={t("nav.sites")}
        queryKey={keys.list(org.id, "sites")}
        fetch={(query) =>
          sites
            .list(org.id)
            .then((all) => slicePage({ ...all, items: byTree(all.items) }, query, (s) => (s.path ?? []).join(" ")))
        }
        columns={columns}
        rowKey={(s) => s.id}
        search={t("sites.search")}
        expand={(s) => <SiteDoors site={s} />}
        actions={(s) => [
          { key: "edit", label: t("action.edit"), disabled: !may, onClick: () => setEditing({ site: s, parent: "" }) },
          { key: "child", label: t("sites.add_child"), disabled: !may, onClick: () => setEditing({ site: null, parent: s.id }) },
          {
            key: "delete",
            danger: true,
            label: t("action.delete_ask"),
            disabled: !may || s.is_default,
            onClick: () => remove(s),
          },
        ]}
        empty={<Empty title={t("sites.empty")} text={t("sites.empty_text")} action={add} />}
      />
      {editing && <Edit {...editing} close={() => setEditing(null)} />}
    </Page>
  );
}
