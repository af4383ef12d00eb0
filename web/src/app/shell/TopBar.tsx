import {
  DownOutlined,
  GlobalOutlined,
  LogoutOutlined,
  MoonOutlined,
  QuestionCircleOutlined,
  SunOutlined,
  UserOutlined,
} from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown, Select, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { session } from "../../api/calls";
import { State } from "../../components/State";
import { type Language, languages } from "../../i18n";
import { viewerZone } from "../../lib/time";
import { useLive } from "../events";
import { usePref } from "../prefs";
import { useScope } from "../scope";
import { useMe } from "../session";
import { type ThemeChoice, useLook } from "../theme";
import { useSiteOptions } from "../useSites";
import { Search } from "./Search";

function OrgPicker() {
  const { t } = useTranslation();
  const { tenants } = useMe();
  const { org, orgs, setOrg } = useScope();
  const tenantOf = (id: string) => tenants?.find((one) => one.id === id)?.name ?? "";
  const items = orgs.map((one) => ({
    key: one.id,
    label: `${tenantOf(one.tenant_id)} / ${one.name}`,
    onClick: () => setOrg(one.id),
  }));
  const name = (
    <span className="clip" title={`${tenantOf(org.tenant_id)} / ${org.name}`}>
      <span className="muted">{tenantOf(org.tenant_id)} / </span>
      {org.name}
    </span>
  );
  if (orgs.length < 2) return <span className="picker clip">{name}</span>;
  return (
    <Dropdown menu={{ items, selectedKeys: [org.id] }} trigger={["click"]}>
      <Button type="text" className="picker" icon={<DownOutlined />} iconPlacement="end" aria-label={t("top.org")}>
        {name}
      </Button>
    </Dropdown>
  );
}

function SitePicker() {
  const { t } = useTranslation();
  const { site, setSite } = useScope();
  const options = useSiteOptions();
  return (
    <Select
      variant="filled"
      showSearch={{ optionFilterProp: "title" }}
      aria-label={t("top.site")}
      style={{ inlineSize: 168 }}
      popupMatchSelectWidth={false}
      value={site}
      options={[{ value: "", label: t("top.all_sites"), title: t("top.all_sites") }, ...options]}
      onChange={setSite}
    />
  );
}

function LiveBadge() {
  const { t } = useTranslation();
  const live = useLive();
  return (
    <Tooltip title={t(`live.${live}_help`)}>
      <span className="zone" data-live={live} tabIndex={0}>
        <State kind="live" of={live} />
      </span>
    </Tooltip>
  );
}

function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const [, setLang] = usePref<Language | "">("lang", "");
  const items = Object.entries(languages).map(([key, name]) => ({
    key,
    label: <span lang={key}>{name}</span>,
    onClick: () => {
      setLang(key as Language);
      void i18n.changeLanguage(key);
    },
  }));
  return (
    <Dropdown menu={{ items, selectedKeys: [i18n.language] }} trigger={["click"]}>
      <Button type="text" icon={<GlobalOutlined />} aria-label={t("top.language")} />
    </Dropdown>
  );
}

const choices: ThemeChoice[] = ["system", "light", "dark"];

function ThemeMenu() {
  const { t } = useTranslation();
  const [theme, setTheme] = usePref<ThemeChoice>("theme", "system");
  const look = useLook();
  const items = choices.map((key) => ({ key, label: t(`theme.${key}`), onClick: () => setTheme(key) }));
  return (
    <Dropdown menu={{ items, selectedKeys: [theme] }} trigger={["click"]}>
      <Button type="text" icon={look === "dark" ? <MoonOutlined /> : <SunOutlined />} aria-label={t("top.theme")} />
    </Dropdown>
  );
}

function OperatorMenu() {
  const { t } = useTranslation();
  const { operator } = useMe();
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: session.signOut,
    onSettled: () => {
      client.clear();
      client.setQueryData(["session"], null);
    },
  });
  const items = [
    { key: "who", type: "group" as const, label: `${operator.name || operator.login} · ${operator.login}` },
    { key: "out", icon: <LogoutOutlined />, label: t("top.sign_out"), onClick: () => leave.mutate() },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" icon={<UserOutlined />} aria-label={t("top.operator")}>
        {operator.login}
      </Button>
    </Dropdown>
  );
}

export function TopBar({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  return (
    <header className="topbar">
      <OrgPicker />
      <SitePicker />
      <Search />
      <div className="tools">
        <LiveBadge />
        <Tooltip title={t("top.zone_help")}>
          <span className="zone">{viewerZone()}</span>
        </Tooltip>
        <LanguageMenu />
        <ThemeMenu />
        <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t("top.help")} onClick={onHelp} />
        <OperatorMenu />
      </div>
    </header>
  );
}
