import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Config, Device } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useExplain } from "../../components/Blank";
import { Glyph, type GlyphName } from "../../components/Glyph";
import { CopyButton, Mac } from "../../components/Mac";
import { State } from "../../components/State";
import { When } from "../../components/When";
import { DoorAccess } from "./DoorAccess";
import { Talk } from "./Talk";

interface StepProps {
  glyph: GlyphName;
  tone: string;
  title: string;
  children: React.ReactNode;
}

function Step({ glyph, tone, title, children }: StepProps) {
  return (
    <li className={`step ${tone}`}>
      <span className={`state ${tone}`}>
        <Glyph name={glyph} size={14} />
        <strong>{title}</strong>
      </span>
      <span className="muted">{children}</span>
    </li>
  );
}

function shortId(id: string): string {
  return id.slice(0, 10);
}

// The three are never shown as one another: published, taken, agreed.
function Delivery({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { desired_revision: desired, delivered_revision: delivered, confirmed_revision: confirmed } = device;
  const took = desired !== "" && delivered === desired;
  const agreed = desired !== "" && confirmed === desired;
  return (
    <ol className="steps">
      <Step glyph={desired ? "check" : "dash"} tone={desired ? "ok" : "idle"} title={t("delivery.published")}>
        {desired ? <span className="mono">{shortId(desired)}</span> : t("delivery.nothing")}
      </Step>
      <Step glyph={took ? "check" : "clock"} tone={took ? "ok" : "idle"} title={t("delivery.delivered")}>
        {took ? (
          <When at={device.delivered_at} relative />
        ) : delivered ? (
          t("delivery.older", { revision: shortId(delivered) })
        ) : (
          t("delivery.next_fetch")
        )}
      </Step>
      <Step glyph={agreed ? "checks" : "dash"} tone={agreed ? "ok" : "idle"} title={t("delivery.confirmed")}>
        {agreed ? t("delivery.agrees") : t("delivery.no_word")}
      </Step>
    </ol>
  );
}

function Provisioning({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const explain = useExplain();
  const may = useCan("secret.reveal");
  const show = useMutation({ mutationFn: () => devices.provisioning(org.id, device.id) });
  return (
    <section className="card">
      <h2>{t("provisioning.title")}</h2>
      <div className="body stack">
        {show.data ? (
          <>
            <code className="mono url">{show.data.url}</code>
            <div className="row">
              <CopyButton text={show.data.url} label={t("provisioning.copy")} />
              <Button size="small" onClick={() => show.reset()}>
                {t("provisioning.hide")}
              </Button>
              {show.data.token_state && <span className="muted">{t("provisioning.token", { state: show.data.token_state })}</span>}
            </div>
            {(show.data.names ?? []).length > 0 && (
              <p className="muted">
                {t("provisioning.asks")} <span className="mono">{(show.data.names ?? []).join(", ")}</span>
              </p>
            )}
          </>
        ) : (
          <>
            <p className="muted">{t("provisioning.help")}</p>
            <div>
              <Button disabled={!may} loading={show.isPending} onClick={() => show.mutate()}>
                {t("provisioning.show")}
              </Button>
            </div>
            {!may && <p className="muted">{t("problem.no_right")}</p>}
            {show.isError && <p role="alert">{explain(show.error)}</p>}
          </>
        )}
      </div>
    </section>
  );
}

function Approve({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { message } = App.useApp();
  const explain = useExplain();
  const may = useCan("device.write");
  const adopt = useMutation({
    mutationFn: () => devices.adopt(org.id, device.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.org(org.id) });
      void message.success(t("waiting.approved", { count: 1 }));
    },
    onError: (error) => void message.error(explain(error)),
  });
  return (
    <div className="note warn">
      <Glyph name="clock" size={14} />
      <span>{t("waiting.this_phone")}</span>
      <span className="end">
        <Button size="small" type="primary" disabled={!may} loading={adopt.isPending} onClick={() => adopt.mutate()}>
          {t("waiting.approve")}
        </Button>
      </span>
    </div>
  );
}

interface Props {
  device: Device;
  config: Config | undefined;
  review: () => void;
}

export function Overview({ device, config, review }: Props) {
  const { t } = useTranslation();
  const none = <span className="muted">–</span>;
  return (
    <div className="overview">
      {device.life === "waiting" && <Approve device={device} />}
      <section className="card wide">
        <h2 className="row spread">
          <span className="row">
            {t("delivery.title")} <State kind="config" of={device.config_state} explain />
          </span>
          {device.config_state === "none" && (
            <Button size="small" onClick={review}>
              {t("delivery.first_plan")}
            </Button>
          )}
        </h2>
        <div className="body">
          <Delivery device={device} />
        </div>
      </section>
      <section className="card">
        <h2>{t("phone.now")}</h2>
        <dl className="body facts">
          <dt>{t("phone.reach")}</dt>
          <dd>
            <State kind="reach" of={device.reach} explain />
          </dd>
          <dt>{t("phone.last_seen")}</dt>
          <dd>
            <When at={device.last_seen} never={t("phone.never")} />
          </dd>
          <dt>{t("phone.expected_by")}</dt>
          <dd>
            <When at={device.expected_by} relative />
          </dd>
          <dt>{t("phone.address")}</dt>
          <dd className="mono">{device.address || none}</dd>
          <dt>{t("phone.firmware")}</dt>
          <dd>{device.firmware || none}</dd>
          <dt>{t("phone.user_agent")}</dt>
          <dd>{device.user_agent || none}</dd>
        </dl>
      </section>
      <section className="card">
        <h2>{t("phone.record")}</h2>
        <dl className="body facts">
          <dt>{t("phone.mac")}</dt>
          <dd>
            <Mac mac={device.mac} />
          </dd>
          <dt>{t("phone.model")}</dt>
          <dd>
            {device.model || none} <span className="muted">{[device.vendor, device.family].filter(Boolean).join(" ")}</span>
          </dd>
          <dt>{t("phone.serial")}</dt>
          <dd className="mono">{device.serial || none}</dd>
          <dt>{t("phone.site")}</dt>
          <dd>{device.site_name}</dd>
          <dt>{t("phone.life")}</dt>
          <dd>
            <State kind="life" of={device.life} explain />
          </dd>
          <dt>{t("phone.dialect")}</dt>
          <dd>{config ? `${config.dialect} · ${t("phone.epoch", { epoch: config.epoch })}` : none}</dd>
          <dt>{t("phone.added_at")}</dt>
          <dd>
            <When at={device.created_at} />
          </dd>
        </dl>
      </section>
      <Talk device={device} />
      <Provisioning device={device} />
      <DoorAccess device={device} />
    </div>
  );
}
