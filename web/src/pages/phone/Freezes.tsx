// What holds a phone back, by whom and why, and the switch for this phone alone.
import { useMutation } from "@tanstack/react-query";
import { App, Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { freezes } from "../../api/calls";
import type { Device, Freeze } from "../../api/types";
import { useCan, useScope } from "../../app/scope";
import { Loading, Problem, useExplain } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { Glyph } from "../../components/Glyph";
import { When } from "../../components/When";
import { formatMac } from "../../lib/mac";
import { useFreezes, useStale } from "./useCommands";

function Held({ freeze }: { freeze: Freeze }) {
  const { t } = useTranslation();
  return (
    <li>
      <strong>{t(`freeze.covers.${freeze.covers}`)}</strong> {freeze.reason}{" "}
      <span className="muted">
        {freeze.author} · <When at={freeze.at} />
      </span>
    </li>
  );
}

/** FreezeNote warns above what would wait. */
export function FreezeNote({ device }: { device: Device }) {
  const { t } = useTranslation();
  const held = useFreezes(device).data ?? [];
  if (held.length === 0) return null;
  return (
    <div className="note warn" role="status">
      <Glyph name="lock" size={14} />
      <div>
        <p>{t("freeze.waits")}</p>
        <ul>
          {held.map((one) => (
            <Held key={one.covers} freeze={one} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function FreezeModal({ device, close }: { device: Device; close: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const stale = useStale(device);
  return (
    <FormModal<{ reason: string }, Freeze>
      title={t("freeze.title", { phone: device.name || formatMac(device.mac) })}
      ok={t("freeze.ok")}
      submit={({ reason }) => freezes.set(org.id, device.id, reason)}
      done={() => void stale()}
      close={close}
    >
      <p>{t("freeze.text")}</p>
      <Form.Item name="reason" label={t("freeze.reason")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}>
        <Input autoFocus maxLength={256} />
      </Form.Item>
    </FormModal>
  );
}

export function Freezes({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const { message } = App.useApp();
  const explain = useExplain();
  const stale = useStale(device);
  const may = useCan("freeze.write");
  const held = useFreezes(device);
  const [freezing, setFreezing] = useState(false);
  const lift = useMutation({
    mutationFn: () => freezes.lift(org.id, device.id),
    onError: (error) => void message.error(explain(error), 6),
    onSettled: () => void stale(),
  });
  if (held.isPending) return <Loading />;
  if (held.isError) return <Problem error={held.error} retry={() => void held.refetch()} />;
  const own = held.data.some((one) => one.covers === "device");
  return (
    <section className="card">
      <h2>{t("freeze.heading")}</h2>
      <div className="body stack">
        {held.data.length === 0 ? (
          <p className="muted">{t("freeze.none")}</p>
        ) : (
          <ul>
            {held.data.map((one) => (
              <Held key={one.covers} freeze={one} />
            ))}
          </ul>
        )}
        {held.data.length > (own ? 1 : 0) && <p className="muted">{t("freeze.wider")}</p>}
        <div>
          {own ? (
            <Button disabled={!may} loading={lift.isPending} onClick={() => lift.mutate()}>
              {t("freeze.lift")}
            </Button>
          ) : (
            <Button disabled={!may} onClick={() => setFreezing(true)}>
              {t("freeze.ask")}
            </Button>
          )}
        </div>
        {freezing && <FreezeModal device={device} close={() => setFreezing(false)} />}
      </div>
    </section>
  );
}
