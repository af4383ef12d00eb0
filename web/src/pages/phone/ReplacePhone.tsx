// Other hardware takes a phone's place and keeps its record.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { devices } from "../../api/calls";
import type { Device, Replaced, ReplaceBody } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Loading, Problem } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { formatMac, parseMac } from "../../lib/mac";
import { useModels } from "../phones/AddPhone";
import { Fit } from "./Fit";

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
  const [model, setModel] = useState(device.model);
  const fit = useQuery({
    queryKey: keys.one(org.id, "devices", device.id, "replace", model),
    queryFn: () => devices.tryReplacement(org.id, device.id, model),
  });
  const done = (next: Replaced) => {
    client.setQueryData<Device>(keys.one(org.id, "devices", next.mac), next);
    void message.success(t("phone.replaced", { mac: formatMac(next.mac) }));
    void navigate(to(`/phones/${next.mac}`));
    void client.invalidateQueries({ queryKey: keys.org(org.id) });
  };
  return (
    <FormModal<ReplaceBody, Replaced>
      title={t("phone.replace")}
      ok={t("phone.replace_ok")}
      initial={{ model: device.model || undefined }}
      submit={(body) => devices.replace(org.id, device.id, device.version, { ...body, mac: parseMac(body.mac) ?? body.mac })}
      done={done}
      close={close}
      width={720}
      wait={fit.isFetching}
    >
      <p className="muted">{t("phone.replace_text")}</p>
      <div className="pair">
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
          <Select showSearch options={models} onChange={(value: string | undefined) => setModel(value ?? device.model)} />
        </Form.Item>
      </div>
      <div className="pair">
        <Form.Item name="serial" label={t("phone.serial")} extra={t("phones.serial_help")}>
          <Input className="mono" maxLength={64} spellCheck={false} autoComplete="off" />
        </Form.Item>
        <Form.Item name="sticker_secret" label={t("phones.sticker")} extra={t("phones.sticker_help")}>
          <Input.Password className="mono" maxLength={64} autoComplete="new-password" />
        </Form.Item>
      </div>
      <div aria-live="polite" aria-busy={fit.isFetching}>
        {fit.isPending && <Loading />}
        {fit.isError && <Problem error={fit.error} retry={() => void fit.refetch()} />}
        {fit.data && <Fit fit={fit.data} />}
      </div>
    </FormModal>
  );
}
