// Other hardware takes a phone's place and keeps its record.
import { useQueryClient } from "@tanstack/react-query";
import { App, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { devices } from "../../api/calls";
import type { Device, ReplaceBody } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { FormModal } from "../../components/FormModal";
import { formatMac, parseMac } from "../../lib/mac";
import { useModels } from "../phones/AddPhone";

export function ReplacePhone({ device, close }: { device: Device; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const navigate = useNavigate();
  const to = useTo();
  const { message } = App.useApp();
  const models = useModels()
    .filter((model) => model.vendor === device.vendor)
    .map((model) => ({ value: model.name, label: model.name }));
  const done = (next: Device) => {
    void client.invalidateQueries({ queryKey: keys.org(org.id) });
    void message.success(t("phone.replaced", { mac: formatMac(next.mac) }));
    void navigate(to(`/phones/${next.mac}`));
  };
  return (
    <FormModal<ReplaceBody, Device>
      title={t("phone.replace")}
      ok={t("phone.replace_ok")}
      initial={{ model: device.model || undefined }}
      submit={(body) => devices.replace(org.id, device.id, device.version, { ...body, mac: parseMac(body.mac) ?? body.mac })}
      done={done}
      close={close}
    >
      <p className="muted">{t("phone.replace_text")}</p>
      <Form.Item
        name="mac"
        label={t("phone.new_mac")}
        extra={t("phones.mac_help")}
        validateTrigger="onBlur"
        rules={[
          { required: true, message: t("form.required") },
          {
            validator: (_, value: string) =>
              !value || parseMac(value) ? Promise.resolve() : Promise.reject(new Error(t("phones.mac_bad"))),
          },
        ]}
      >
        <Input className="mono" autoFocus spellCheck={false} autoComplete="off" />
      </Form.Item>
      <Form.Item name="model" label={t("phone.model")} extra={t("phone.replace_model")}>
        <Select showSearch options={models} />
      </Form.Item>
      <Form.Item name="serial" label={t("phone.serial")} extra={t("phones.serial_help")}>
        <Input className="mono" maxLength={64} spellCheck={false} autoComplete="off" />
      </Form.Item>
      <Form.Item name="sticker_secret" label={t("phones.sticker")} extra={t("phones.sticker_help")}>
        <Input.Password className="mono" maxLength={64} autoComplete="new-password" />
      </Form.Item>
    </FormModal>
  );
}
