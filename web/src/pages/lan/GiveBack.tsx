// A phone goes back to whom it came from, as it was.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { lan } from "../../api/calls";
import type { AsItWas, Device, Given } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { Loading, Problem } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { formatMac } from "../../lib/mac";
import { KeyFields, keyOf, type KeyValues } from "./KeyFields";
import "./lan.css";

function Goes({ was }: { was: AsItWas }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p>{t("give_back.text")}</p>
      <ul className="goes-back" tabIndex={0} aria-label={t("give_back.list")}>
        {was.settings.map((one) => (
          <li key={one.name}>
            <span className="mono">{one.name}</span>
            {one.untold ? (
              <span className="muted">{t("give_back.untold")}</span>
            ) : one.secret ? (
              <span className="muted">{t("give_back.secret")}</span>
            ) : one.value ? (
              <span className="mono">{one.value}</span>
            ) : (
              <span className="muted">{t("give_back.nothing")}</span>
            )}
          </li>
        ))}
      </ul>
      {was.stay.length > 0 && <p className="muted">{t("give_back.stay", { count: was.stay.length, names: was.stay.slice(0, 6).join(", ") })}</p>}
      <p className="muted">{t("give_back.silent")}</p>
    </div>
  );
}

export function GiveBack({ device, close }: { device: Device; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { message } = App.useApp();
  const was = useQuery({ queryKey: keys.list(org.id, "as-it-was", device.id), queryFn: () => lan.asItWas(org.id, device.id) });
  const title = t("give_back.title", { mac: formatMac(device.mac) });
  if (!was.data?.kept) {
    return (
      <Modal open title={title} onCancel={close} footer={null}>
        {was.isPending ? <Loading /> : was.isError ? <Problem error={was.error} retry={() => void was.refetch()} /> : <p>{t("give_back.not_kept")}</p>}
      </Modal>
    );
  }
  const done = ({ restarted, emptied }: Given) => {
    void client.invalidateQueries({ queryKey: keys.org(org.id) });
    void message.success(`${t(restarted ? "give_back.done" : "give_back.done_restart")} ${emptied.length > 0 ? t("give_back.emptied", { names: emptied.join(", ") }) : ""}`, 8);
  };
  return (
    <FormModal<KeyValues, Given>
      title={title}
      ok={t("give_back.ok")}
      initial={{ port: was.data.port || undefined }}
      submit={(values) => lan.giveBack(org.id, device.id, keyOf(values))}
      done={done}
      close={close}
      width={540}
    >
      <Goes was={was.data} />
      <KeyFields />
    </FormModal>
  );
}
