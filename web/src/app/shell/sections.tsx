// The left rail: only what this version has.
import {
  AlertOutlined,
  ApiOutlined,
  AuditOutlined,
  BookOutlined,
  ClockCircleOutlined,
  CloudServerOutlined,
  ClusterOutlined,
  EnvironmentOutlined,
  FileTextOutlined,
  FolderOutlined,
  HomeOutlined,
  IdcardOutlined,
  InboxOutlined,
  KeyOutlined,
  NodeIndexOutlined,
  PhoneOutlined,
  ProfileOutlined,
  SafetyCertificateOutlined,
  SendOutlined,
  TeamOutlined,
  ThunderboltOutlined,
  UnorderedListOutlined,
  UserSwitchOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";

export interface Section {
  path: string;
  name: string;
  icon: ReactNode;
  permission?: string;
  end?: boolean;
}

export interface Group {
  name: string;
  sections: Section[];
}

export const home: Section = { path: "/", name: "nav.home", icon: <HomeOutlined />, end: true };
export const taskSection: Section = { path: "/tasks", name: "nav.tasks", icon: <UnorderedListOutlined /> };

export const groups: Group[] = [
  {
    name: "nav.phones",
    sections: [
      { path: "/phones", name: "nav.all_phones", icon: <PhoneOutlined /> },
      { path: "/waiting", name: "nav.waiting", icon: <InboxOutlined /> },
      { path: "/plug-in", name: "nav.plug_in", icon: <ApiOutlined /> },
      { path: "/dhcp", name: "nav.dhcp", icon: <NodeIndexOutlined /> },
    ],
  },
  {
    name: "nav.people",
    sections: [
      { path: "/accounts", name: "nav.accounts", icon: <IdcardOutlined /> },
      { path: "/sip-servers", name: "nav.sip_servers", icon: <ClusterOutlined /> },
    ],
  },
  {
    name: "nav.configuration",
    sections: [
      { path: "/templates", name: "nav.templates", icon: <ProfileOutlined /> },
      { path: "/parameters", name: "nav.parameters", icon: <FileTextOutlined /> },
      { path: "/lessons", name: "nav.lessons", icon: <BookOutlined /> },
      { path: "/resources", name: "nav.resources", icon: <FolderOutlined /> },
      { path: "/firmware", name: "nav.firmware", icon: <ThunderboltOutlined /> },
    ],
  },
  {
    name: "nav.operation",
    sections: [
      taskSection,
      { path: "/alarms", name: "nav.alarms", icon: <AlertOutlined /> },
      { path: "/log", name: "nav.log", icon: <ClockCircleOutlined /> },
    ],
  },
  { name: "nav.places", sections: [{ path: "/sites", name: "nav.sites", icon: <EnvironmentOutlined /> }] },
  {
    name: "nav.settings",
    sections: [
      { path: "/settings/operators", name: "nav.operators", icon: <TeamOutlined />, permission: "operator.write" },
      { path: "/settings/tokens", name: "nav.tokens", icon: <KeyOutlined /> },
      { path: "/settings/sessions", name: "nav.sessions", icon: <UserSwitchOutlined /> },
      { path: "/settings/trusted-cas", name: "nav.trusted_cas", icon: <SafetyCertificateOutlined />, permission: "org.read" },
      { path: "/settings/redirection", name: "nav.redirection", icon: <SendOutlined />, permission: "rps.read" },
      { path: "/settings/audit", name: "nav.audit", icon: <AuditOutlined />, permission: "audit.read" },
      { path: "/settings/system", name: "nav.system", icon: <CloudServerOutlined />, permission: "system.read" },
    ],
  },
];
