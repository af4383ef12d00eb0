// Putting a MAC rule in force, on a real certificate and the MAC that comes out.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Input, Modal, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { trust } from "../../api/calls";
import type { MacRule, SeenSubjects } from "../../api/types";
import { Empty, Loading, Problem, useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { Mac } from "../../components/Mac";
import { When } from "../../components/When";
import { type PlacedCa, subjectsKey, trustKey } from "./useTrust";

const fields = ["cn", "serial_number", "san_dns", "san_uri", "san_email"];
const settle = 250;

interface Props {
  ca: PlacedCa;
  /** subject is the certificate to begin with. */
  subject?: string;
  close: () => void;
}

/** ConfirmRule is mounted while it is open. */
export function ConfirmRule({ ca, subject, close }: Props) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: subjectsKey(ca),
    queryFn: () => trust.subjects(ca.place, ca.id),
  });
  if (query.data && query.data.items.length > 0) return <Ask ca={ca} subject={subject} seen={query.data} close={close} />;
  return (
    <Modal open title={t("rule.title", { name: ca.name })} footer={null} onCancel={close}>
      {query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Empty title={t("rule.nothing_title")} text={t("rule.nothing_text")} />
      )}
    </Modal>
  );
}

function useTried(ca: PlacedCa, subject: string, rule: MacRule) {
  const [settled, setSettled] = useState(rule);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(rule), settle);
    return () => window.clearTimeout(timer);
  }, [rule]);
  const tried = useQuery({
    queryKey: [...subjectsKey(ca), "try", subject, settled],
    queryFn: () => trust.tryRule(ca.place, ca.id, { subject_id: subject, rule: settled }),
    enabled: subject !== "" && settled.field !== "" && settled.pattern !== "",
  });
  return settled === rule ? tried.data : undefined;
}

function Ask({ ca, subject, seen, close }: Props & { seen: SeenSubjects }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const explain = useExplain();
  const [chosen, setChosen] = useState(seen.items.find((one) => one.subject === subject)?.id ?? seen.items[0]?.id ?? "");
  const [rule, setRule] = useState<MacRule>(ca.rule.field ? ca.rule : seen.proposed);
  const tried = useTried(ca, chosen, rule);
  const one = seen.items.find((item) => item.id === chosen);
  const confirm = useMutation({
    mutationFn: () => trust.confirm(ca.place, ca.id, ca.version, { subject_id: chosen, rule, mac: tried?.mac ?? "" }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: trustKey(ca.place) });
      void message.success(t("rule.done", { name: ca.name }));
      close();
    },
  });
  return (
    <Modal
      open
      width={620}
      title={t("rule.title", { name: ca.name })}
      okText={t("rule.ok")}
      cancelText={t("action.cancel")}
      okButtonProps={{ disabled: !tried?.mac }}
      confirmLoading={confirm.isPending}
      onOk={() => confirm.mutate()}
      onCancel={close}
    >
      <div className="stack">
        <p>{t("rule.text")}</p>
        {confirm.isError && (
          <div className="note bad" role="alert">
            <Glyph name="cross" />
            {explain(confirm.error)}
          </div>
        )}
        <label className="stack tight">
          {t("rule.subject")}
          <Select
            aria-label={t("rule.subject")}
            value={chosen}
            onChange={setChosen}
            options={seen.items.map((item) => ({ value: item.id, label: `${item.subject} · ${item.address}` }))}
          />
        </label>
        {one && (
          <table className="plain">
            <caption className="visually-hidden">{t("rule.values")}</caption>
            <tbody>
              {one.values.map((value) => (
                <tr key={value.field + value.text}>
                  <th scope="row">{t(`rule.field.${value.field}`, { defaultValue: value.field })}</th>
                  <td className="mono">{value.text}</td>
                </tr>
              ))}
              <tr>
                <th scope="row">{t("waiting.last")}</th>
                <td>
                  <When at={one.last_at} relative /> · <span className="mono">{one.address}</span>
                </td>
              </tr>
            </tbody>
          </table>
        )}
        <div className="row wrap">
          <label className="stack tight">
            {t("rule.where")}
            <Select
              aria-label={t("rule.where")}
              style={{ inlineSize: 190 }}
              value={rule.field || null}
              onChange={(field: string) => setRule({ ...rule, field })}
              options={fields.map((value) => ({ value, label: t(`rule.field.${value}`) }))}
            />
          </label>
          <label className="stack tight" style={{ flex: 1 }}>
            {t("rule.pattern")}
            <Input
              className="mono"
              spellCheck={false}
              value={rule.pattern}
              onChange={(e) => setRule({ ...rule, pattern: e.target.value })}
            />
          </label>
        </div>
        <div className={tried?.mac ? "note ok" : "note warn"} role="status">
          <Glyph name={tried?.mac ? "check" : "question"} />
          {tried?.mac ? (
            <span>
              {t("rule.comes_out")} <strong><Mac mac={tried.mac} /></strong>. {t("rule.compare")}
            </span>
          ) : (
            <span>{tried?.reason || t("rule.nothing_yet")}</span>
          )}
        </div>
        <p className="muted">{t("rule.consequence")}</p>
      </div>
    </Modal>
  );
}
