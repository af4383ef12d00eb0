// What became of the phones that were approved here: each step as it is known.
import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { devices } from "../../api/calls";
import { ApiError } from "../../api/client";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Glyph } from "../../components/Glyph";
import { Mac } from "../../components/Mac";
import { When } from "../../components/When";
import { WayMark } from "../phone/Way";

// Of the whole way only what an operator watches for; the rest stands on the phone's page.
const watched = ["came_back", "proven", "delivered", "registered", "confirmed"];

function Steps({ mac }: { mac: string }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: keys.one(org.id, "devices", mac, "waterfall"),
    queryFn: () => devices.waterfall(org.id, mac),
    refetchInterval: 3_000,
  });
  if (!data) return null;
  return (
    <>
      <ol className="way">
        <li data-done="true">
          <span className="state ok">
            <Glyph name="check" />
            <strong>{t("plug.step_approved")}</strong>
          </span>
        </li>
        {data.steps
          .filter((step) => watched.includes(step.stage))
          .map((step) => (
            <li key={step.stage} data-done={step.state === "done"} title={step.text}>
              <WayMark step={step} />
              {step.at && (
                <span className="muted">
                  <When at={step.at} relative />
                </span>
              )}
            </li>
          ))}
      </ol>
      {data.awaits && <p>{data.awaits}</p>}
      {data.remedy && (
        <p className="muted">
          <strong>{t("log.remedy")}:</strong> {data.remedy}
        </p>
      )}
    </>
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
      <Steps mac={mac} />
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
