import { Modal, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { usePref } from "../prefs";

const shortcuts: [keys: string[], name: string][] = [
  [["/"], "search"],
  [["g", "h"], "home"],
  [["g", "p"], "phones"],
  [["g", "l"], "log"],
  [["g", "t"], "tasks"],
  [["j"], "down"],
  [["k"], "up"],
  [["Enter"], "open"],
  [["x"], "tick"],
  [["."], "actions"],
  [["?"], "help"],
];

export function Help({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useTranslation();
  const [on, setOn] = usePref("hotkeys", true);
  return (
    <Modal open={open} onCancel={close} footer={null} title={t("help.title")} width={460} destroyOnHidden>
      <dl className="facts">
        {shortcuts.map(([keys, name]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>
              {keys.map((key) => (
                <span key={key}>
                  <kbd>{key}</kbd>{" "}
                </span>
              ))}
            </dt>
            <dd>{t(`help.${name}`)}</dd>
          </div>
        ))}
      </dl>
      <label className="row" style={{ marginBlockStart: 16 }}>
        <Switch size="small" checked={on} onChange={setOn} />
        {t("help.single_keys")}
      </label>
    </Modal>
  );
}
