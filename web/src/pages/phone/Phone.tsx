import { Button, Dropdown, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { Device, PlanBody } from "../../api/types";
import { useCan } from "../../app/scope";
import { useSites } from "../../app/useSites";
import { useTo } from "../../app/useTo";
import { Loading, Problem } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { CopyMac, Mac } from "../../components/Mac";
import { Page } from "../../components/Page";
import { PlanDrawer } from "../../components/plan/PlanDrawer";
import { State } from "../../components/State";
import { When } from "../../components/When";
import { formatMac } from "../../lib/mac";
import { LegacyChip, TrustChip } from "../places/Legacy";
import { ClaimLan } from "../lan/ClaimLan";
import { GiveBack } from "../lan/GiveBack";
import { usePhoneRemoval } from "../phones/usePhoneRemoval";
import { Commands } from "./Commands";
import { Configuration } from "./Configuration";
import { DraftBar } from "./DraftBar";
import { EditPhone } from "./EditPhone";
import { Lines } from "./Lines";
import { OnPhone } from "./OnPhone";
import { PhoneRequests, PhoneRevisions, PhoneTasks } from "./lists";
import { Managed } from "./Managed";
import { Overview } from "./Overview";
import { ReplacePhone } from "./ReplacePhone";
import { useConfig, useDraft, usePhone } from "./usePhone";
import { Way } from "./Way";
import "./phone.css";

const tabs = ["overview", "on_phone", "way", "lines", "config", "commands", "managed", "requests", "revisions", "tasks"] as const;
type Tab = (typeof tabs)[number];

function Heading({ device }: { device: Device }) {
  const { t } = useTranslation();
  const site = useSites().find((one) => one.id === device.site_id);
  return (
    <div className="phone-head">
      <h1>{device.name || formatMac(device.mac)}</h1>
      <ul>
        <li>
          <State kind="reach" of={device.reach} explain />
        </li>
        {device.life !== "adopted" && (
          <li>
            <State kind="life" of={device.life} explain />
          </li>
        )}
        <li>
          <Mac mac={device.mac} />
          <CopyMac mac={device.mac} />
        </li>
        <li>{device.model || device.vendor}</li>
        <li>{device.site_name}</li>
        {site && (site.legacy_state !== "off" || site.trusted_until) && (
          <li className="row">
            <LegacyChip site={site} />
            <TrustChip site={site} />
          </li>
        )}
        {device.address && (
          <li>
            <span className="mono">{device.address}</span>
          </li>
        )}
        {(device.lines ?? []).length > 0 && (
          <li>{t("phone.line_list", { lines: (device.lines ?? []).map((line) => line.user_id).join(", ") })}</li>
        )}
        <li className="muted">
          {t("phone.seen")} <When at={device.last_seen} relative never={t("phone.never")} />
        </li>
      </ul>
    </div>
  );
}

interface ActionProps {
  device: Device;
  edit: () => void;
  replace: () => void;
  claim: () => void;
  giveBack: () => void;
  plan: (body: PlanBody) => void;
}

function Actions({ device, edit, replace, claim, giveBack, plan }: ActionProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const to = useTo();
  const may = useCan("device.write");
  const mayPush = useCan("plan.push");
  const removal = usePhoneRemoval();
  const target = { targets: { devices: [device.id] } };
  const items = [
    { key: "edit", label: t("phone.edit"), disabled: !may, onClick: edit },
    {
      key: "replace",
      label: t("phone.replace_ask"),
      disabled: !may || device.life === "rejected" || device.life === "retired",
      onClick: replace,
    },
    {
      key: "latest",
      label: t("phones.push_latest"),
      disabled: !mayPush,
      onClick: () => plan({ ...target, move: { overrides: true, lines: true, placeholders: true, latest: true } }),
    },
    { key: "lan", label: t("lan.ask"), disabled: !may || device.life === "rejected" || device.life === "retired", onClick: claim },
    { key: "give_back", label: t("give_back.ask"), disabled: !may, onClick: giveBack },
    { type: "divider" as const },
    {
      key: "delete",
      danger: true,
      disabled: !may,
      label: t("action.delete_ask"),
      onClick: () => removal([device], () => void navigate(to("/phones"))),
    },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
      <Button>{t("action.more")}</Button>
    </Dropdown>
  );
}

function Content({ device, tab }: { device: Device; tab: Tab }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const to = useTo();
  const config = useConfig(device);
  const draft = useDraft(device, config.data);
  const [plan, setPlan] = useState<PlanBody | null>(null);
  const [editing, setEditing] = useState(false);
  const [replacing, setReplacing] = useState(false);
  const [calling, setCalling] = useState<"claim" | "give_back" | null>(null);
  const review = () => setPlan({ targets: { devices: [device.id] }, move: { overrides: true, lines: true } });
  const panes: Record<Tab, React.ReactNode> = {
    overview: <Overview device={device} config={config.data} review={review} />,
    on_phone: <OnPhone device={device} review={review} />,
    way: <Way device={device} />,
    lines: <Lines device={device} review={review} />,
    config: <Configuration device={device} config={config} draft={draft} />,
    commands: <Commands device={device} />,
    managed: <Managed device={device} />,
    requests: <PhoneRequests device={device} />,
    revisions: <PhoneRevisions device={device} />,
    tasks: <PhoneTasks device={device} />,
  };
  return (
    <Page
      title={device.name || formatMac(device.mac)}
      heading={<Heading device={device} />}
      actions={<Actions device={device} edit={() => setEditing(true)} replace={() => setReplacing(true)} claim={() => setCalling("claim")} giveBack={() => setCalling("give_back")} plan={setPlan} />}
    >
      {(device.problem || config.data?.problem) && (
        <div className="note bad" role="alert">
          <Glyph name="cross" size={14} />
          <span>
            <strong>{t("phone.problem")}</strong> {device.problem || config.data?.problem}
          </span>
        </div>
      )}
      <DraftBar draft={draft} config={config.data} review={review} />
      <Tabs
        activeKey={tab}
        onChange={(key) => void navigate(to(`/phones/${device.mac}${key === "overview" ? "" : `/${key}`}`))}
        items={tabs.map((key) => ({ key, label: t(`phone.tab.${key}`), children: null }))}
      />
      {panes[tab]}
      {plan && <PlanDrawer title={t("plan.title")} body={plan} close={() => setPlan(null)} />}
      {replacing && <ReplacePhone device={device} close={() => setReplacing(false)} />}
      {calling === "claim" && (
        <ClaimLan phone={{ mac: device.mac, model: device.model, known: true, address: device.address }} close={() => setCalling(null)} />
      )}
      {calling === "give_back" && <GiveBack device={device} close={() => setCalling(null)} />}
      {editing && <EditPhone device={device} close={() => setEditing(false)} />}
    </Page>
  );
}

export default function Phone() {
  const { mac = "", tab } = useParams();
  const phone = usePhone(mac);
  if (phone.isPending) return <Loading />;
  if (!phone.data) return <Problem error={phone.error} retry={() => void phone.refetch()} />;
  const shown = tabs.find((name) => name === tab) ?? "overview";
  return <Content key={phone.data.id} device={phone.data} tab={shown} />;
}
