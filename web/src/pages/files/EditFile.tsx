import { useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { files, type Store } from "../../api/calls";
import type { StoredFile } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { FormModal } from "../../components/FormModal";
import { useModels } from "../phones/AddPhone";

interface Values {
  description: string;
  models: string[];
  file_version: string;
  names: string[];
  served: boolean;
}

interface Props {
  store: Store;
  file: StoredFile;
  close: () => void;
}

/** EditFile changes what is told of a file; its bytes never change. */
export function EditFile({ store, file, close }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const models = useModels().filter((model) => model.vendor === file.vendor);
  const { description, file_version, names, served } = file;
  return (
    <FormModal<Values, StoredFile>
      title={t("files.edit", { name: file.name })}
      ok={t("action.save")}
      initial={{ description, models: file.models, file_version, names, served }}
      submit={({ file_version: version, ...values }) =>
        files.update(org.id, store, file.id, file.version, store === "firmware" ? { ...values, file_version: version } : values)
      }
      done={() => void client.invalidateQueries({ queryKey: keys.all(org.id, store) })}
      close={close}
    >
      <Form.Item name="description" label={t("files.description")}>
        <Input maxLength={1024} />
      </Form.Item>
      <Form.Item name="models" label={t("files.models")} extra={t("files.models_help")}>
        <Select mode="multiple" options={models.map(({ name }) => ({ value: name, label: name }))} optionFilterProp="label" />
      </Form.Item>
      {store === "firmware" && (
        <Form.Item name="file_version" label={t("files.version")}>
          <Input className="mono" spellCheck={false} />
        </Form.Item>
      )}
      <Form.Item name="names" label={t("files.names")} extra={t("files.names_help")}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} />
      </Form.Item>
      <Form.Item name="served" valuePropName="checked" extra={t("files.served_help")}>
        <Checkbox>{t("files.served_yes")}</Checkbox>
      </Form.Item>
    </FormModal>
  );
}
