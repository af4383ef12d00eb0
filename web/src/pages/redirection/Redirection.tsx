import { PlusOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { redirections } from "../../api/calls";
import type { Redirection as Profile, RedirectionDelivery } from "../../api/types";
import { useCan, useScope } from "../../app/scope";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";
import { AssignOrgs, AssignPhones } from "./Assign";
import { Deliveries } from "./Deliveries";
import { profileKeys } from "./keys";
import { ProfileForm } from "./ProfileForm";

interface Open {
  what: "form" | "orgs" | "phones" | "plan";
  profile: Profile | null;
  deliveries?: RedirectionDelivery[];
}

function useColumns() {
  const { t } = useTranslation();
  return [
    { key: "name", title: t("rps.name"), sort: "name", render: (p: Profile) => p.name },
    { key: "via", title: t("rps.via"), sort: "upgrade_via", render: (p: Profile) => p.upgrade_via },
    {
      key: "path",
      title: t("rps.path"),
      sort: "config_server_path",
      render: (p: Profile) => <span className="mono">{p.config_server_path}</span>,
    },
    { key: "orgs", title: t("rps.org_count"), render: (p: Profile) => p.orgs, align: "end" as const },
    { key: "devices", title: t("rps.phone_count"), render: (p: Profile) => p.devices, align: "end" as const, hidden: true },
    { key: "updated", title: t("rps.updated"), sort: "updated_at", render: (p: Profile) => <When at={p.updated_at} /> },
  ];
}

/** useExport asks before it shows the password, which is audited. */
function useExport() {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const { org } = useScope();
  return (profile: Profile, vendor: string, reveal: boolean) => {
    const go = () => window.location.assign(redirections.exported(org.tenant_id, profile.id, vendor, reveal));
    if (!reveal) return go();
    modal.confirm({
      title: t("rps.reveal_title"),
      content: t("rps.reveal_text"),
      icon: null,
      okText: t("rps.reveal_ok"),
      cancelText: t("action.cancel"),
      onOk: go,
    });
  };
}

export default function Redirection() {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("rps.write");
  const mayAssign = useCan("device.write");
  const mayReveal = useCan("secret.reveal");
  const ask = useRemove();
  const exported = useExport();
  const columns = useColumns();
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setOpen({ what: "form", profile: null })}>
      {t("rps.add")}
    </Button>
  );
  const remove = (profile: Profile) =>
    ask({
      title: t("rps.delete_title"),
      rows: [profile],
      name: (one) => `${one.name} · ${one.upgrade_via} ${one.config_server_path}`,
      lost: t("rps.delete_lost", { count: profile.orgs + profile.devices }),
      remove: (one) => redirections.remove(org.tenant_id, one.id, one.version),
      stale: profileKeys.all(org.tenant_id),
    });
  const actions = (profile: Profile) => [
    { key: "edit", label: t("action.edit"), disabled: !may, onClick: () => setOpen({ what: "form", profile }) },
    { key: "orgs", label: t("rps.add_orgs"), disabled: !may, onClick: () => setOpen({ what: "orgs", profile }) },
    { key: "phones", label: t("rps.add_phones"), disabled: !mayAssign, onClick: () => setOpen({ what: "phones", profile }) },
    { key: "plan", label: t("rps.plan"), onClick: () => setOpen({ what: "plan", profile }) },
    { type: "divider" as const },
    { key: "gs", label: t("rps.export", { vendor: "Grandstream" }), onClick: () => exported(profile, "grandstream", false) },
    {
      key: "gs-reveal",
      label: t("rps.export_reveal", { vendor: "Grandstream" }),
      disabled: !mayReveal || !profile.has_password,
      onClick: () => exported(profile, "grandstream", true),
    },
    { key: "ac", label: t("rps.export", { vendor: "AudioCodes" }), onClick: () => exported(profile, "audiocodes", false) },
    { type: "divider" as const },
    { key: "delete", danger: true, label: t("action.delete_ask"), disabled: !may, onClick: () => remove(profile) },
  ];
  return (
    <Page title={t("nav.redirection")} actions={add}>
      <ListTable<Profile>
        id="redirection"
        label={t("nav.redirection")}
        queryKey={profileKeys.list(org.tenant_id)}
        fetch={(query) => redirections.list(org.tenant_id, query)}
        columns={columns}
        rowKey={(p) => p.id}
        search={t("rps.search")}
        actions={actions}
        empty={<Empty title={t("rps.empty")} text={t("rps.empty_text")} action={add} />}
      />
      {open?.what === "form" && (
        <ProfileForm
          profile={open.profile}
          close={() => setOpen((now) => (now?.what === "form" ? null : now))}
          delivered={(deliveries) => setOpen({ what: "plan", profile: open.profile, deliveries })}
        />
      )}
      {open?.what === "orgs" && open.profile && (
        <AssignOrgs
          profile={open.profile}
          close={() => setOpen((now) => (now?.what === "orgs" ? null : now))}
          done={() => setOpen({ what: "plan", profile: open.profile })}
        />
      )}
      {open?.what === "phones" && open.profile && (
        <AssignPhones
          profile={open.profile}
          close={() => setOpen((now) => (now?.what === "phones" ? null : now))}
          done={() => setOpen({ what: "plan", profile: open.profile })}
        />
      )}
      {open?.what === "plan" && open.profile && <Deliveries profile={open.profile} done={open.deliveries} close={close} />}
    </Page>
  );
}
