// What became of the phones that were approved here: each step as it is known.
import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { devices } from "../../api/calls";
import { ApiError } from "../../api/client";
import type { Device } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Glyph } from "../../components/Glyph";
import { Mac } from "../../components/Mac";
import { When } from "../../components/When";
import { isTime } from "../../lib/time";

interface StepProps {
  title: string;
  done: boolean;
  now?: boolean;
  children?: React.ReactNode;
}

function Step({ title, done, now, children }: StepProps) {
  const tone = done ? "ok" : now ? "info" : "idle";
  return (
    <li data-done={done}>
      <span className={`state ${tone}`}>
        <Glyph name={done ? "check" : now ? "clock" : "hollow"} size={13} />
        <strong>{title}</strong>
      </span>
      {children && <span className="muted">{children}</span>}
    </li>
  );
}

function Steps({ device }: { device: Device }) {
  const { t } = useTranslation();
  const came = isTime(device.last_seen);
  const took = device.desired_revision !== "" && device.delivered_revision === device.desired_revision;
  return (
    <ol className="way">
      <Step title={t("plug.step_approved")} done />
      <Step title={t("plug.step_claimed")} done={came} now={!came}>
        {came ? <When at={device.last_seen} relative /> : t("plug.step_claimed_wait")}
      </Step>
      <Step title={t("plug.step_delivered")} done={took} now={came && !took}>
        {took ? <When at={device.delivered_at} relative /> : null}
      </Step>
      <Step title={t("plug.step_registered")} done={false} now={took}>
        {took ? t("plug.step_registered_help") : null}
      </Step>
    </ol>
  );
}

function Approved({ mac, drop }: { mac: string; drop: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const query = useQuery({ queryKey: keys.one(org.id, "devices", mac), queryFn: () => devices.get(org.id, mac), refetchInterval: 5_000 });
  const gone = query.error instanceof ApiError && query.error.status === 404;
  if (gone) return null;
  const device = query.data;
  return (
    <li className="card approved-phone" data-mac={mac}>
      <div className="row">
        <Link to={to(`/phones/${mac}`)}>
          <strong>{device?.name || <Mac mac={mac} />}</strong>
        </Link>
        <span className="muted">
          {device?.model} {device?.site_name && `· ${device.site_name}`}
        </span>
        <Button className="end" size="small" type="text" icon={<CloseOutlined />} aria-label={t("plug.dismiss")} onClick={drop} />
      </div>
      {device && <Steps device={device} />}
      {device?.problem && (
        <div className="note bad" role="alert">
          <Glyph name="cross" />
          {device.problem}
        </div>
      )}
    </li>
  );
}

export function Progress({ macs, drop }: { macs: string[]; drop: (mac: string) => void }) {
  const { t } = useTranslation();
  if (macs.length === 0) return null;
  return (
    <section aria-labelledby="on-their-way">
      <h2 id="on-their-way">{t("plug.on_their_way")}</h2>
      <ul className="strangers">
        {macs.map((mac) => (
          <Approved key={mac} mac={mac} drop={() => drop(mac)} />
        ))}
      </ul>
    </section>
  );
}
