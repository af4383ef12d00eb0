import { useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { redirections } from "../../api/calls";
import type { Redirection, RedirectionBody, RedirectionDelivery } from "../../api/types";
import { useScope } from "../../app/scope";
import { FormModal } from "../../components/FormModal";
import { profileKeys } from "./keys";

const protocols = ["TFTP", "HTTP", "HTTPS", "FTP", "FTPS"];
const challenged = new Set(["HTTP", "HTTPS"]);

type Values = RedirectionBody & { drop_password?: boolean; deliver?: boolean };

interface Props {
  profile: Redirection | null;
  /** delivered hears what an edit did; nothing where it was not to be delivered. */
  delivered: (deliveries: RedirectionDelivery[]) => void;
  close: () => void;
}

// An empty password field leaves the password as it is.
function body({ drop_password, deliver: _, ...values }: Values): RedirectionBody {
  return { ...values, password: drop_password ? "" : values.password || undefined };
}

/** ProfileForm makes or changes a redirection profile; it is mounted while it is open. */
export function ProfileForm({ profile, delivered, close }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const save = async (values: Values): Promise<RedirectionDelivery[]> => {
    const said = body({ ...values, authenticate_first: challenged.has(values.upgrade_via ?? "") && !!values.authenticate_first });
    if (!profile) {
      await redirections.create(org.tenant_id, said);
      return [];
    }
    const done = await redirections.update(org.tenant_id, profile.id, profile.version, { ...said, deliver: !!values.deliver });
    return done.deliveries;
  };
  const initial: Partial<Values> = profile
    ? {
        name: profile.name,
        upgrade_via: profile.upgrade_via,
        config_server_path: profile.config_server_path,
        username: profile.username,
        authenticate_first: profile.authenticate_first,
        prefix: profile.prefix,
        postfix: profile.postfix,
        deliver: true,
      }
    : { upgrade_via: "HTTPS" };
  return (
    <FormModal<Values, RedirectionDelivery[]>
      title={t(profile ? "rps.edit" : "rps.add")}
      ok={t("action.save")}
      width={560}
      initial={initial}
      submit={save}
      done={(deliveries) => {
        void client.invalidateQueries({ queryKey: profileKeys.all(org.tenant_id) });
        if (deliveries.length > 0) delivered(deliveries);
      }}
      close={close}
    >
      <Fields profile={profile} />
    </FormModal>
  );
}

function Fields({ profile }: { profile: Redirection | null }) {
  const { t } = useTranslation();
  const required = { required: true, message: t("form.required") };
  const via = Form.useWatch<string | undefined>("upgrade_via");
  return (
    <>
      <Form.Item name="name" label={t("rps.name")} rules={[required, { max: 64, message: t("form.too_long", { count: 64 }) }]}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item name="upgrade_via" label={t("rps.via")} rules={[required]}>
        <Select options={protocols.map((value) => ({ value, label: value }))} />
      </Form.Item>
      <Form.Item name="config_server_path" label={t("rps.path")} extra={t("rps.path_help")} rules={[required]}>
        <Input className="mono" spellCheck={false} />
      </Form.Item>
      <Form.Item name="username" label={t("rps.username")}>
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="password" label={t("rps.password")} extra={profile?.has_password ? t("rps.password_kept") : undefined}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      {profile?.has_password && (
        <Form.Item name="drop_password" valuePropName="checked">
          <Checkbox>{t("rps.drop_password")}</Checkbox>
        </Form.Item>
      )}
      <Form.Item name="authenticate_first" valuePropName="checked" extra={t("rps.first_help")}>
        <Checkbox disabled={!challenged.has(via ?? "")}>{t("rps.first")}</Checkbox>
      </Form.Item>
      <Form.Item name="prefix" label={t("rps.prefix")} extra={t("rps.prefix_help")}>
        <Input className="mono" spellCheck={false} maxLength={32} />
      </Form.Item>
      <Form.Item name="postfix" label={t("rps.postfix")} extra={t("rps.postfix_help")}>
        <Input className="mono" spellCheck={false} maxLength={32} />
      </Form.Item>
      {profile && (
        <Form.Item name="deliver" valuePropName="checked" extra={t("rps.deliver_help")}>
          <Checkbox>{t("rps.deliver")}</Checkbox>
        </Form.Item>
      )}
    </>
  );
}
