import { Form, Input } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useTranslation } from "react-i18next";
import { waiting } from "../../api/calls";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { FormModal } from "../../components/FormModal";
import { formatMac } from "../../lib/mac";
import type { WaitingRow } from "../../lib/waiting";

interface Values {
  serial?: string;
  sticker_secret?: string;
}

/** Prove approves a request by what stands on the phone's label. */
export function Prove({ row, close }: { row: WaitingRow; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { message } = App.useApp();
  const submit = ({ serial, sticker_secret }: Values) =>
    waiting.prove(org.id, row.deviceId, row.claim?.id ?? "", {
      serial: serial?.trim() || undefined,
      sticker_secret: sticker_secret || undefined,
    });
  const one = ({ getFieldValue }: { getFieldValue: (name: string) => unknown }) => ({
    validator: () =>
      getFieldValue("serial") || getFieldValue("sticker_secret")
        ? Promise.resolve()
        : Promise.reject(new Error(t("prove.one_needed"))),
  });
  return (
    <FormModal<Values, unknown>
      title={t("prove.title", { mac: formatMac(row.mac) })}
      ok={t("prove.ok")}
      submit={submit}
      done={() => {
        void client.invalidateQueries({ queryKey: keys.org(org.id) });
        void message.success(t("prove.done"));
      }}
      close={close}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("prove.text")}</p>
      <Form.Item name="serial" label={t("phone.serial")} dependencies={["sticker_secret"]} rules={[one]}>
        <Input className="mono" autoFocus maxLength={64} spellCheck={false} autoComplete="off" />
      </Form.Item>
      <Form.Item name="sticker_secret" label={t("phones.sticker")} extra={t("prove.sticker_help")}>
        <Input.Password className="mono" maxLength={64} autoComplete="new-password" />
      </Form.Item>
      <p className="muted">{t("prove.warning")}</p>
    </FormModal>
  );
}
