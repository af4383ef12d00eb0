// A phone that was seen is led here through its own web page. Where its page is
// not known to answer programs, the way by hand is told instead.
import { useQueryClient } from "@tanstack/react-query";
import { App, Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import { lan } from "../../api/calls";
import type { Led } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { Loading } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { formatMac } from "../../lib/mac";
import { useModelOptions } from "../phones/AddPhone";
import { Card, useGuide } from "../plug-in/SetUp";
import { KeyFields, keyOf, type KeyValues } from "./KeyFields";

/** LanPhone is a phone as a list or its page knows it. */
export interface LanPhone {
  mac: string;
  model: string;
  /** known is false where the model has to be named. */
  known: boolean;
  address: string;
  siteId?: string;
}

interface Values extends KeyValues {
  model?: string;
  address?: string;
}

export function ClaimLan({ phone, close }: { phone: LanPhone; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { message } = App.useApp();
  const models = useModelOptions();
  const guide = useGuide();
  const card = guide.data?.cards.find((one) => one.models.includes(phone.model));
  const title = t("lan.title", { mac: formatMac(phone.mac) });
  if (guide.isPending || (phone.known && card?.way === "by_hand")) {
    return (
      <Modal open title={title} onCancel={close} footer={null}>
        {guide.isPending ? (
          <Loading />
        ) : (
          <div className="stack">
            <p>{t("lan.by_hand", { model: phone.model })}</p>
            {card && <Card card={card} />}
          </div>
        )}
      </Modal>
    );
  }
  const done = ({ address, restarted }: Led) => {
    void client.invalidateQueries({ queryKey: keys.org(org.id) });
    void message.success(t(restarted ? "lan.done" : "lan.done_restart", { address }), 8);
  };
  return (
    <FormModal<Values, Led>
      title={title}
      ok={t("lan.ok")}
      initial={{ address: phone.address || undefined }}
      submit={(values) =>
        lan.claim(org.id, {
          ...keyOf(values),
          device: phone.mac,
          address: values.address?.trim() || undefined,
          site_id: phone.siteId || undefined,
          model: phone.known ? undefined : values.model,
        })
      }
      done={done}
      close={close}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("lan.text")}</p>
      <Form.Item name="address" label={t("phone.address")} extra={t("lan.address_help")}>
        <Input className="mono" maxLength={64} spellCheck={false} autoComplete="off" />
      </Form.Item>
      {!phone.known && (
        <Form.Item name="model" label={t("phone.model")} rules={[{ required: true, message: t("form.required") }]}>
          <Select showSearch options={models} />
        </Form.Item>
      )}
      <KeyFields />
      <p className="muted">{t("lan.warning")}</p>
    </FormModal>
  );
}
