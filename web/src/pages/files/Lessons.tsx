// Files that a tenant learned settings from.
import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { lessons } from "../../api/calls";
import type { Lesson, TakenLesson } from "../../api/types";
import { useCan, useScope } from "../../app/scope";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";
import { slicePage } from "../../lib/slice";
import { useModelOptions } from "../phones/AddPhone";
import { PickFile, Uploading } from "./Uploading";
import "./files.css";

interface Values {
  file?: File;
  model?: string;
  firmware?: string;
  factory?: boolean;
}

const key = (tenant: string) => ["tenant", tenant, "lessons"] as const;

function formOf(values: Values): FormData {
  const form = new FormData();
  if (values.file) form.set("file", values.file);
  form.set("model", values.model ?? "");
  if (values.firmware?.trim()) form.set("firmware", values.firmware.trim());
  form.set("factory", values.factory ? "true" : "false");
  return form;
}

function Learn({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { notification } = App.useApp();
  const models = useModelOptions();
  const required = [{ required: true, message: t("form.required") }];
  const done = (taken: TakenLesson) => {
    void client.invalidateQueries({ queryKey: key(org.tenant_id) });
    notification.success({
      title: t("lessons.learned", { name: taken.name }),
      description: t("lessons.added", { keys: taken.new_keys, names: taken.new_names, defaults: taken.new_defaults, left: taken.left_out }),
    });
  };
  return (
    <Uploading<Values, TakenLesson>
      title={t("lessons.learn")}
      ok={t("lessons.learn_ok")}
      send={(values, progress) => lessons.learn(org.tenant_id, formOf(values), progress)}
      done={done}
      close={close}
    >
      <Form.Item name="file" label={t("file.file")} extra={t("lessons.file_help")} rules={required}>
        <PickFile />
      </Form.Item>
      <Form.Item name="model" label={t("phone.model")} rules={required}>
        <Select showSearch options={models} />
      </Form.Item>
      <Form.Item name="firmware" label={t("phone.firmware")} extra={t("lessons.firmware_help")}>
        <Input className="mono" maxLength={64} spellCheck={false} />
      </Form.Item>
      <Form.Item name="factory" valuePropName="checked" extra={t("lessons.factory_help")}>
        <Checkbox>{t("lessons.factory")}</Checkbox>
      </Form.Item>
    </Uploading>
  );
}

export default function Lessons() {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("template.write");
  const ask = useRemove();
  const [learning, setLearning] = useState(false);
  const columns: Column<Lesson>[] = [
    { key: "name", title: t("files.name"), render: (l) => l.name },
    { key: "model", title: t("phone.model"), render: (l) => l.model },
    { key: "firmware", title: t("phone.firmware"), render: (l) => l.firmware || "–" },
    { key: "names", title: t("lessons.names"), align: "end", render: (l) => l.names },
    { key: "defaults", title: t("lessons.defaults"), align: "end", render: (l) => l.defaults },
    { key: "factory", title: t("lessons.factory"), render: (l) => t(l.factory ? "value.yes" : "value.no") },
    { key: "author", title: t("files.author"), render: (l) => l.author },
    { key: "at", title: t("lessons.at"), render: (l) => <When at={l.at} relative /> },
  ];
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setLearning(true)}>
      {t("lessons.learn")}
    </Button>
  );
  const remove = (lesson: Lesson) =>
    ask({
      title: t("lessons.delete_title"),
      rows: [lesson],
      name: (one) => `${one.name} · ${one.model}`,
      lost: t("lessons.delete_lost"),
      remove: (one) => lessons.remove(org.tenant_id, one.id),
      stale: key(org.tenant_id),
    });
  return (
    <Page title={t("nav.lessons")} lead={t("lessons.lead")} actions={add}>
      <ListTable<Lesson>
        id="lessons"
        label={t("nav.lessons")}
        queryKey={key(org.tenant_id)}
        fetch={(query) => lessons.list(org.tenant_id).then((all) => slicePage(all, query, (l) => `${l.name} ${l.model} ${l.firmware}`))}
        columns={columns}
        rowKey={(l) => l.id}
        search={t("lessons.search")}
        actions={(l) => [{ key: "delete", danger: true, label: t("action.delete_ask"), disabled: !may, onClick: () => remove(l) }]}
        empty={<Empty title={t("lessons.empty")} text={t("lessons.empty_text")} action={add} />}
      />
      {learning && <Learn close={() => setLearning(false)} />}
    </Page>
  );
}
