// What opens a phone's own web page. None of it is kept anywhere.
import { Checkbox, Form, Input, InputNumber } from "antd";
import { useTranslation } from "react-i18next";

export interface KeyValues {
  user?: string;
  password: string;
  port?: number | null;
  clear?: boolean;
}

/** keyOf is what the API takes of the fields. */
export function keyOf({ user, password, port, clear }: KeyValues) {
  return { user: user?.trim() || undefined, password, port: port || undefined, clear: clear || undefined };
}

export function KeyFields() {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item name="user" label={t("lan.user")}>
        <Input className="mono" maxLength={64} spellCheck={false} autoComplete="off" placeholder={t("lan.user_usual")} />
      </Form.Item>
      <Form.Item name="password" label={t("lan.password")} extra={t("lan.password_help")} rules={[{ required: true, message: t("form.required") }]}>
        <Input.Password className="mono" maxLength={256} autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="port" label={t("lan.port")} extra={t("lan.port_help")}>
        <InputNumber min={1} max={65_535} precision={0} />
      </Form.Item>
      <Form.Item name="clear" valuePropName="checked" extra={t("lan.clear_help")}>
        <Checkbox>{t("lan.clear")}</Checkbox>
      </Form.Item>
    </>
  );
}
