import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { catalog, devices } from "../../api/calls";
import type { Device, DeviceBody } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useSiteOptions } from "../../app/useSites";
import { useTo } from "../../app/useTo";
import { FormModal } from "../../components/FormModal";
import { formatMac, parseMac } from "../../lib/mac";
import { Clashing } from "./Clashing";

/** useModels gives the models that the program knows. */
export function useModels() {
  const { data } = useQuery({ queryKey: ["global", "models"], queryFn: catalog.models, staleTime: Infinity });
  return data?.items ?? [];
}

/** useModelOptions gives the models for a choice, by family. */
export function useModelOptions() {
  return useModels().map((model) => ({ value: model.name, label: model.name, title: `${model.vendor} ${model.family}` }));
}

export function AddPhone({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { org, site } = useScope();
  const client = useQueryClient();
  const { notification } = App.useApp();
  const to = useTo();
  const models = useModelOptions();
  const sites = useSiteOptions();
  const done = (device: Device) => {
    void client.invalidateQueries({ queryKey: keys.org(org.id) });
    notification.success({
      title: t("phones.added", { mac: formatMac(device.mac) }),
      description: <Link to={to(`/phones/${device.mac}`)}>{t("phones.open")}</Link>,
    });
  };
  return (
    <FormModal<DeviceBody, Device>
      title={t("phones.add")}
      ok={t("phones.add")}
      initial={{ site_id: site || undefined }}
      submit={(body) => devices.create(org.id, { ...body, mac: parseMac(body.mac) ?? body.mac })}
      done={done}
      refused={(error, moved) => <Clashing error={error} done={moved} />}
      close={close}
    >
      <Form.Item
        name="mac"
        label={t("phone.mac")}
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
      <Form.Item name="model" label={t("phone.model")} rules={[{ required: true, message: t("form.required") }]}>
        <Select showSearch options={models} />
      </Form.Item>
      <Form.Item name="name" label={t("phone.name")} rules={[{ max: 64, message: t("form.too_long", { count: 64 }) }]}>
        <Input />
      </Form.Item>
      <Form.Item name="site_id" label={t("phone.site")}>
        <Select allowClear showSearch={{ optionFilterProp: "title" }} options={sites} placeholder={t("phones.default_site")} />
      </Form.Item>
      <Form.Item name="serial" label={t("phone.serial")} extra={t("phones.serial_help")}>
        <Input className="mono" maxLength={64} spellCheck={false} autoComplete="off" />
      </Form.Item>
      <Form.Item name="sticker_secret" label={t("phones.sticker")} extra={t("phones.sticker_help")}>
        <Input.Password className="mono" maxLength={64} autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="sync_configuration" valuePropName="checked" extra={t("phones.sync_help")}>
        <Checkbox>{t("phones.sync")}</Checkbox>
      </Form.Item>
    </FormModal>
  );
}
