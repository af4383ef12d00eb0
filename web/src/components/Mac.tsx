// A MAC address, and the menu that copies it in any form.
import { CopyOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { formatMac, macFormats } from "../lib/mac";

export function Mac({ mac }: { mac: string }) {
  return <span className="mono nowrap">{formatMac(mac)}</span>;
}

/** useCopy puts text on the clipboard and says so. */
export function useCopy(): (text: string) => Promise<void> {
  const { t } = useTranslation();
  const { message } = App.useApp();
  return async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      void message.success(t("copy.done", { text }));
    } catch {
      void message.error(t("copy.refused"));
    }
  };
}

export function CopyMac({ mac }: { mac: string }) {
  const { t } = useTranslation();
  const copy = useCopy();
  const items = macFormats.map((format) => ({
    key: format,
    label: <span className="mono">{formatMac(mac, format)}</span>,
    onClick: () => void copy(formatMac(mac, format)),
  }));
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" size="small" icon={<CopyOutlined />} aria-label={t("copy.mac")} />
    </Dropdown>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const copy = useCopy();
  return (
    <Button size="small" icon={<CopyOutlined />} onClick={() => void copy(text)}>
      {label}
    </Button>
  );
}
