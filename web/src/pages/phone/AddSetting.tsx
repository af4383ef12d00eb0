// Sets a parameter that this phone has from nowhere yet.
import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Device } from "../../api/types";
import { useExplain } from "../../components/Blank";
import { ValueInput } from "../../components/ValueInput";
import { expand, type KnownKey, useCatalog, useKeys } from "../../lib/catalog";
import { checkValue, rangeText } from "../../lib/value";
import type { Draft } from "./usePhone";

interface Props {
  device: Device;
  draft: Draft;
  close: () => void;
}

const most = 30;

export function AddSetting({ device, draft, close }: Props) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const explain = useExplain();
  const [q, setQ] = useState("");
  const [picked, setPicked] = useState<KnownKey | null>(null);
  const [value, setValue] = useState("");
  const known = useCatalog(device.vendor, device.model);
  const found = useKeys(known.data?.items, q)
    .filter((one) => !one.lineOwned)
    .slice(0, most);
  const wrong = picked ? checkValue(picked.spec, value) : "";
  // The catalog never forbids a key that it does not know (ruling 23).
  const unknown = q.trim() !== "" && !q.includes(" ") && !found.some((one) => one.key === q.trim());
  const pick = (one: KnownKey) => {
    setPicked(one);
    setValue(one.spec.default ?? "");
  };
  const save = () => {
    if (!picked || wrong) return;
    draft.set(picked.key, value).then(close, (error: unknown) => void message.error(explain(error), 6));
  };
  return (
    <Modal
      open
      title={t("config.add")}
      okText={t("config.keep")}
      okButtonProps={{ disabled: !picked || wrong !== "", loading: draft.save.isPending }}
      cancelText={t("action.cancel")}
      onOk={save}
      onCancel={close}
      width={620}
    >
      {picked ? (
        <div className="stack">
          <div className="row">
            <strong>{picked.label}</strong>
            <span className="mono muted">{picked.key}</span>
            <Button size="small" className="end" onClick={() => setPicked(null)}>
              {t("config.pick_another")}
            </Button>
          </div>
          <ValueInput
            autoFocus
            spec={picked.spec}
            label={picked.label}
            value={value}
            bad={wrong !== ""}
            onChange={setValue}
            onEnter={save}
          />
          {wrong && <p className="config-wrong">{t(wrong, { ranges: rangeText(picked.spec.ranges) })}</p>}
          {picked.help && <p className="muted">{picked.help}</p>}
        </div>
      ) : (
        <div className="stack">
          <Input
            autoFocus
            value={q}
            placeholder={t("config.find_parameter")}
            aria-label={t("config.find_parameter")}
            onChange={(e) => setQ(e.target.value)}
          />
          <ul className="pick-list">
            {found.map((one) => (
              <li key={one.key}>
                <button type="button" onClick={() => pick(one)}>
                  <span>{one.label}</span>
                  <span className="mono muted">{one.key}</span>
                </button>
              </li>
            ))}
            {unknown && (
              <li>
                <button type="button" onClick={() => pick(expand(q.trim()))}>
                  <span>{t("config.unknown_key")}</span>
                  <span className="mono muted">{q.trim()}</span>
                </button>
              </li>
            )}
          </ul>
        </div>
      )}
    </Modal>
  );
}
