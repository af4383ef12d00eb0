import { useQueryClient } from "@tanstack/react-query";
import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Device, DeviceBody } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useSiteOptions } from "../../app/useSites";
import { FormModal } from "../../components/FormModal";
import { useModelOptions } from "../phones/AddPhone";

type Values = Pick<DeviceBody, "name" | "model" | "serial" | "site_id">;

export function EditPhone({ device, close }: { device: Device; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const sites = useSiteOptions();
  const models = useModelOptions();
  return (
    <FormModal<Values, Device>
      title={t("phone.edit")}
      ok={t("action.save")}
      initial={{ name: device.name, model: device.model || undefined, serial: device.serial, site_id: device.site_id }}
      submit={(values) => devices.update(org.id, device.id, device.version, values)}
      done={() => void client.invalidateQueries({ queryKey: keys.all(org.id, "devices") })}
      close={close}
    >
      <Form.Item name="name" label={t("phone.name")} rules={[{ max: 64, message: t("form.too_long", { count: 64 }) }]}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item name="site_id" label={t("phone.site")} extra={t("phone.site_help")}>
        <Select showSearch={{ optionFilterProp: "title" }} options={sites} />
      </Form.Item>
      <Form.Item name="model" label={t("phone.model")}>
        <Select showSearch options={models} />
      </Form.Item>
      <Form.Item name="serial" label={t("phone.serial")}>
        <Input className="mono" />
      </Form.Item>
    </FormModal>
  );
}
