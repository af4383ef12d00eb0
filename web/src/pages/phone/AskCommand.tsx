// The dialog that asks a phone to do something: what it needs to be told, what is
// lost by it, and how long the command waits for the phone.
import { App, Checkbox, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { commands } from "../../api/calls";
import type { Command, CommandBody, Device } from "../../api/types";
import { useScope } from "../../app/scope";
import { FormModal } from "../../components/FormModal";
import { Glyph } from "../../components/Glyph";
import { formatMac, parseMac } from "../../lib/mac";
import { ImagePicker } from "./ImagePicker";
import { useStale } from "./useCommands";

interface Values {
  forced?: boolean;
  keys?: string;
  values?: string;
  minutes?: number;
  resource?: string;
  what?: string;
  host?: string;
  count?: number | null;
  text?: string;
  typed?: string;
  within: number;
}

const waits = [15, 60, 24 * 60, 7 * 24 * 60];
const words = (text: string | undefined) => (text ?? "").split(/[\s,;]+/).filter(Boolean);
const settings = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? "")
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1)]),
  );

function argsOf(kind: string, v: Values): CommandBody["args"] {
  switch (kind) {
    case "reboot":
      return v.forced ? { forced: true } : {};
    case "get_values":
      return { keys: words(v.keys) };
    case "try_values":
      return { values: settings(v.values), until: new Date(Date.now() + (v.minutes ?? 5) * 60_000).toISOString() };
    case "upgrade":
      return { resource: v.resource };
    case "upload":
      return { what: v.what };
    case "ping":
    case "traceroute":
      return { host: v.host?.trim(), ...(v.count ? { count: v.count } : {}) };
    case "message":
      return { text: v.text };
    default:
      return {};
  }
}

/** Lost says what a command interrupts or takes away for good. */
function Lost({ kind }: { kind: string }) {
  const { t } = useTranslation();
  const lost: Record<string, string[]> = {
    reboot: [t("commands.lost.calls"), t("commands.lost.away")],
    upgrade: [t("commands.lost.calls"), t("commands.lost.power"), t("commands.lost.away_long")],
    factory_reset: [t("commands.lost.settings"), t("commands.lost.history"), t("commands.lost.calls"), t("commands.lost.comes_back")],
  };
  const lines = lost[kind];
  if (!lines) return null;
  return (
    <div className={`note ${kind === "factory_reset" ? "bad" : "warn"}`}>
      <Glyph name="warn" size={14} />
      <ul className="lost">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

function Fields({ kind, device }: { kind: string; device: Device }) {
  const { t } = useTranslation();
  const needed = [{ required: true, message: t("form.required") }];
  switch (kind) {
    case "reboot":
      return (
        <Form.Item<Values> name="forced" valuePropName="checked">
          <Checkbox>{t("commands.forced")}</Checkbox>
        </Form.Item>
      );
    case "get_values":
      return (
        <Form.Item<Values> name="keys" label={t("commands.keys")} extra={t("commands.keys_help")} rules={needed}>
          <Input.TextArea rows={4} className="mono" />
        </Form.Item>
      );
    case "try_values":
      return (
        <>
          <Form.Item<Values> name="values" label={t("commands.values")} extra={t("commands.values_help")} rules={needed}>
            <Input.TextArea rows={4} className="mono" />
          </Form.Item>
          <Form.Item<Values> name="minutes" label={t("commands.minutes")} rules={needed}>
            <InputNumber min={1} max={1440} />
          </Form.Item>
        </>
      );
    case "upgrade":
      return (
        <Form.Item<Values> name="resource" label={t("commands.image")} rules={needed}>
          <ImagePicker device={device} />
        </Form.Item>
      );
    case "upload":
      return (
        <Form.Item<Values> name="what" label={t("commands.what")} rules={needed}>
          <Select options={["config", "log"].map((value) => ({ value, label: t(`commands.upload.${value}`) }))} />
        </Form.Item>
      );
    case "ping":
    case "traceroute":
      return (
        <>
          <Form.Item<Values> name="host" label={t("commands.host")} rules={needed}>
            <Input autoFocus className="mono" placeholder="192.0.2.1" />
          </Form.Item>
          <Form.Item<Values> name="count" label={t(kind === "ping" ? "commands.echoes" : "commands.hops")} extra={t("commands.count_help")}>
            <InputNumber min={1} max={kind === "ping" ? 20 : 64} />
          </Form.Item>
        </>
      );
    case "message":
      return (
        <Form.Item<Values> name="text" label={t("commands.text")} rules={needed}>
          <Input autoFocus maxLength={256} showCount />
        </Form.Item>
      );
    case "factory_reset":
      return (
        <Form.Item<Values>
          name="typed"
          label={t("commands.type_mac", { mac: formatMac(device.mac) })}
          validateTrigger="onSubmit"
          rules={[
            {
              validator: (_, typed: string | undefined) =>
                parseMac(typed ?? "") === device.mac ? Promise.resolve() : Promise.reject(new Error(t("commands.type_wrong"))),
            },
          ]}
        >
          <Input className="mono" autoComplete="off" />
        </Form.Item>
      );
    default:
      return null;
  }
}

interface Props {
  device: Device;
  kind: string;
  close: () => void;
}

export function AskCommand({ device, kind, close }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const { message } = App.useApp();
  const stale = useStale(device);
  const name = t(`commands.kind.${kind}`, { defaultValue: kind });
  const span = (minutes: number) =>
    minutes < 60
      ? t("commands.minutes_count", { count: minutes })
      : minutes < 24 * 60
        ? t("alarms.hours", { count: minutes / 60 })
        : t("alarms.days", { count: minutes / (24 * 60) });
  return (
    <FormModal<Values, Command>
      title={`${name}: ${device.name || formatMac(device.mac)}`}
      ok={name}
      initial={{ within: 24 * 60, minutes: 5, what: "log" }}
      submit={(values) =>
        commands.ask(org.id, device.id, {
          kind,
          args: argsOf(kind, values),
          within_minutes: values.within,
        })
      }
      done={() => {
        void message.success(t("commands.was_asked", { kind: name }));
        void stale();
      }}
      close={close}
      width={520}
      danger={kind === "factory_reset"}
    >
      <div className="stack">
        <p className="muted">{t(`commands.about.${kind}`)}</p>
        <Lost kind={kind} />
        <div>
          <Fields kind={kind} device={device} />
          <Form.Item<Values> name="within" label={t("commands.wait")} extra={t("commands.wait_help")}>
            <Select options={waits.map((value) => ({ value, label: span(value) }))} />
          </Form.Item>
        </div>
      </div>
    </FormModal>
  );
}
