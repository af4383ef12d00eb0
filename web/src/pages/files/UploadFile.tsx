import { useQueryClient } from "@tanstack/react-query";
import { App, Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { files, type Store } from "../../api/calls";
import type { StoredFile } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useMe } from "../../app/session";
import { useModelOptions, useModels } from "../phones/AddPhone";
import { PickFile, Uploading } from "./Uploading";

/** kinds are what a stored file that is no firmware can be. */
export const kinds = ["ringtone", "wallpaper", "phonebook", "language"];

interface Values {
  file?: File;
  kind?: string;
  vendor?: string;
  models?: string[];
  description?: string;
  file_version?: string;
  names?: string;
  anyone?: boolean;
}

// What is empty is left to the server. The file comes last, so that it is read knowing the rest.
function formOf(values: Values): FormData {
  const form = new FormData();
  const put = (name: string, value: string | undefined) => value && form.set(name, value);
  put("kind", values.kind);
  put("vendor", values.vendor);
  put("models", values.models?.join(","));
  put("description", values.description?.trim());
  put("file_version", values.file_version?.trim());
  put("names", values.names?.trim());
  put("anyone", values.anyone ? "true" : undefined);
  if (values.file) form.set("file", values.file);
  return form;
}

export function UploadFile({ store, close }: { store: Store; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const me = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const models = useModelOptions();
  const vendors = [...new Set(useModels().map((model) => model.vendor))];
  const required = [{ required: true, message: t("form.required") }];
  const firmware = store === "firmware";
  return (
    <Uploading<Values, StoredFile>
      title={t(firmware ? "files.add_firmware" : "files.add")}
      ok={t("files.upload")}
      initial={firmware ? {} : { kind: "ringtone" }}
      send={(values, progress) => files.upload(org.id, store, formOf(values), progress)}
      done={(file) => {
        void client.invalidateQueries({ queryKey: keys.all(org.id, store) });
        void message.success(t("files.uploaded", { name: file.name }));
      }}
      close={close}
    >
      <Form.Item name="file" label={t("file.file")} rules={required}>
        <PickFile />
      </Form.Item>
      {!firmware && (
        <Form.Item name="kind" label={t("files.kind")} rules={required}>
          <Select options={kinds.map((value) => ({ value, label: t(`files.kinds.${value}`) }))} />
        </Form.Item>
      )}
      <Form.Item name="models" label={t("files.models")} extra={t("files.models_help")}>
        <Select mode="multiple" options={models} optionFilterProp="label" />
      </Form.Item>
      <Form.Item name="vendor" label={t("phone.vendor")} extra={t("files.vendor_help")}>
        <Select allowClear options={vendors.map((value) => ({ value, label: value }))} />
      </Form.Item>
      {firmware && (
        <Form.Item name="file_version" label={t("files.version")} extra={t("files.version_help")}>
          <Input className="mono" spellCheck={false} placeholder="1.0.1.54" />
        </Form.Item>
      )}
      <Form.Item name="names" label={t("files.names")} extra={t("files.names_help")}>
        <Input className="mono" spellCheck={false} />
      </Form.Item>
      <Form.Item name="description" label={t("files.description")}>
        <Input maxLength={1024} />
      </Form.Item>
      {firmware && me.platform && (
        <Form.Item name="anyone" valuePropName="checked" extra={t("files.anyone_help")}>
          <Checkbox>{t("files.anyone")}</Checkbox>
        </Form.Item>
      )}
    </Uploading>
  );
}
