import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { trust } from "../../api/calls";
import { useCan, useScope } from "../../app/scope";
import { useMe } from "../../app/session";
import { Empty, Loading, Problem } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { CaCard } from "./CaCard";
import { ConfirmRule } from "./ConfirmRule";
import { FileText } from "./FileText";
import { type PlacedCa, trustKey, useTrustedCas } from "./useTrust";
import "./trust.css";

interface Values {
  place: string;
  name?: string;
  pem: string;
}

function Add({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const me = useMe();
  const own = useCan("org.write");
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormModal<Values, { name: string }>
      title={t("trust.add")}
      ok={t("trust.add_ok")}
      width={600}
      initial={{ place: own ? org.id : "" }}
      submit={({ place, name, pem }) => trust.create(place, { name: name?.trim() || undefined, pem })}
      done={(ca) => {
        void client.invalidateQueries({ queryKey: trustKey("") });
        void client.invalidateQueries({ queryKey: trustKey(org.id) });
        void message.success(t("trust.added", { name: ca.name }));
      }}
      close={close}
    >
      <Form.Item name="place" label={t("trust.place")} hidden={!me.platform}>
        <Radio.Group
          options={[
            { value: org.id, label: t("trust.place_org", { org: org.name }), disabled: !own },
            { value: "", label: t("trust.place_platform"), disabled: !me.platform },
          ]}
        />
      </Form.Item>
      <Form.Item name="name" label={t("trust.name")} extra={t("trust.name_help")}>
        <Input maxLength={64} />
      </Form.Item>
      <Form.Item name="pem" label={t("trust.pem")} extra={t("trust.pem_help")} rules={[{ required: true, message: t("form.required") }]}>
        <FileText accept=".pem,.crt,.cer" />
      </Form.Item>
    </FormModal>
  );
}

export default function TrustedCas() {
  const { t } = useTranslation();
  const me = useMe();
  const own = useCan("org.write");
  const ask = useRemove();
  const { cas, pending, error, refetch } = useTrustedCas();
  const [adding, setAdding] = useState(false);
  const [confirming, setConfirming] = useState<PlacedCa | null>(null);
  const may = (ca: PlacedCa) => (ca.place ? own : me.platform);
  const remove = (ca: PlacedCa) =>
    ask({
      title: t("trust.delete_title"),
      rows: [ca],
      name: (one) => one.name,
      lost: t("trust.delete_lost", { count: ca.devices }),
      remove: (one) => trust.remove(one.place, one.id, one.version),
      stale: trustKey(ca.place),
    });
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!own && !me.platform} onClick={() => setAdding(true)}>
      {t("trust.add")}
    </Button>
  );
  return (
    <Page title={t("nav.trusted_cas")} lead={t("trust.lead")} actions={add} narrow>
      {pending ? (
        <Loading />
      ) : error && cas.length === 0 ? (
        <Problem error={error} retry={refetch} />
      ) : cas.length === 0 ? (
        <section className="card">
          <Empty title={t("trust.empty_title")} text={t("trust.empty_text")} action={add} />
        </section>
      ) : (
        <ul className="cas">
          {cas.map((ca) => (
            <CaCard key={ca.id} ca={ca} may={may(ca)} confirm={() => setConfirming(ca)} remove={() => remove(ca)} />
          ))}
        </ul>
      )}
      {adding && <Add close={() => setAdding(false)} />}
      {confirming && <ConfirmRule ca={confirming} close={() => setConfirming(null)} />}
    </Page>
  );
}
