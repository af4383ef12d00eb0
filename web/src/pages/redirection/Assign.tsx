import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Form, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { devices, redirections } from "../../api/calls";
import type { Device, Redirection } from "../../api/types";
import { useScope } from "../../app/scope";
import { FormModal } from "../../components/FormModal";
import { profileKeys } from "./keys";

interface OrgsProps {
  profile: Redirection;
  done: () => void;
  close: () => void;
}

/** AssignOrgs chooses the organizations that a profile is for. */
export function AssignOrgs(props: OrgsProps) {
  const { org } = useScope();
  const { id } = props.profile;
  const query = useQuery({
    queryKey: profileKeys.orgs(org.tenant_id, id),
    queryFn: () => redirections.orgs(org.tenant_id, id),
    gcTime: 0,
  });
  if (!query.data) return null;
  return <ChooseOrgs {...props} now={query.data.items.map((one) => one.org_id)} />;
}

function ChooseOrgs({ profile, now, done, close }: OrgsProps & { now: string[] }) {
  const { t } = useTranslation();
  const { org, orgs } = useScope();
  const client = useQueryClient();
  const options = orgs.filter((one) => one.tenant_id === org.tenant_id).map((one) => ({ value: one.id, label: one.name }));
  return (
    <FormModal<{ orgs: string[] }, unknown>
      title={t("rps.orgs_title", { name: profile.name })}
      ok={t("action.save")}
      initial={{ orgs: now }}
      submit={({ orgs: chosen }) => redirections.setOrgs(org.tenant_id, profile.id, chosen)}
      done={() => {
        void client.invalidateQueries({ queryKey: profileKeys.all(org.tenant_id) });
        done();
      }}
      close={close}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("rps.orgs_text")}</p>
      <Form.Item name="orgs" label={t("rps.orgs")}>
        <Select mode="multiple" options={options} optionFilterProp="label" />
      </Form.Item>
    </FormModal>
  );
}

type Way = "add" | "remove";
interface PhonesValues {
  profile: string;
  phones: string[];
  way: Way;
}

interface PhonesProps {
  /** profile is chosen in the form where it is not given, and so are the phones. */
  profile?: Redirection;
  rows?: Device[];
  done: (devices: string[]) => void;
  close: () => void;
}

/** AssignPhones gives phones a profile of their own, or takes it from them. */
export function AssignPhones({ profile, rows, done, close }: PhonesProps) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const required = { required: true, message: t("form.required") };
  const submit = async ({ profile: chosen, phones, way }: PhonesValues) => {
    const ids = rows ? rows.map((d) => d.id) : phones;
    await redirections.setDevices(org.tenant_id, profile?.id ?? chosen, { [way]: ids });
    return ids;
  };
  return (
    <FormModal<PhonesValues, string[]>
      title={profile ? t("rps.phones_title", { name: profile.name }) : t("rps.bulk_title", { count: rows?.length ?? 0 })}
      ok={t("rps.assign_ok")}
      initial={{ way: "add" }}
      submit={submit}
      done={(ids) => {
        void client.invalidateQueries({ queryKey: profileKeys.all(org.tenant_id) });
        done(ids);
      }}
      close={close}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("rps.phones_text")}</p>
      {!profile && (
        <Form.Item name="profile" label={t("rps.profile")} rules={[required]}>
          <ProfileSelect />
        </Form.Item>
      )}
      {!rows && (
        <Form.Item name="phones" label={t("nav.phones")} rules={[required]}>
          <PhoneSelect />
        </Form.Item>
      )}
      <Form.Item name="way" label={t("rps.way")}>
        <Radio.Group
          options={[
            { value: "add", label: t("rps.assign") },
            { value: "remove", label: t("rps.unassign") },
          ]}
        />
      </Form.Item>
    </FormModal>
  );
}

// Both get value and onChange from the form.
function ProfileSelect(field: { id?: string; value?: string; onChange?: (id: string) => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: [...profileKeys.list(org.tenant_id), "choices"],
    queryFn: () => redirections.list(org.tenant_id, { limit: 200 }),
  });
  const options = (data?.items ?? []).map((one) => ({ value: one.id, label: `${one.name} · ${one.upgrade_via} ${one.config_server_path}` }));
  return <Select {...field} options={options} optionFilterProp="label" showSearch notFoundContent={t("rps.empty")} />;
}

function PhoneSelect(field: { id?: string; value?: string[]; onChange?: (ids: string[]) => void }) {
  const { org } = useScope();
  const [q, setQ] = useState("");
  const { data } = useQuery({
    queryKey: ["org", org.id, "devices", "list", "choices", q],
    queryFn: () => devices.list(org.id, { q: q || undefined, limit: 30, sort: "mac" }),
  });
  const options = (data?.items ?? []).map((one) => ({ value: one.id, label: `${one.name || one.model} · ${one.mac}` }));
  return <Select {...field} mode="multiple" options={options} filterOption={false} showSearch onSearch={setQ} />;
}
