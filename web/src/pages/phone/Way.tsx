// A phone's way from its first packet to being confirmed, as a waterfall.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Device, Waterfall, WaterfallStep } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { Loading, Problem } from "../../components/Blank";
import { Glyph, type GlyphName } from "../../components/Glyph";
import { When } from "../../components/When";
import { spanText } from "../../lib/span";
import "./way.css";

const marks: Record<string, [tone: string, glyph: GlyphName]> = {
  done: ["ok", "check"],
  here: ["info", "clock"],
  ahead: ["idle", "hollow"],
  skipped: ["idle", "dash"],
  unseen: ["idle", "question"],
};

/** WayMark names a step, with the sign of where it stands. */
export function WayMark({ step }: { step: WaterfallStep }) {
  const { t } = useTranslation();
  const [tone, glyph] = marks[step.state] ?? ["idle", "question"];
  return (
    <span className={`state ${tone}`}>
      <Glyph name={glyph} size={13} />
      <strong>{t(`way.stage.${step.stage}`)}</strong>
      <span className="visually-hidden">{t(`way.state.${step.state}`)}</span>
    </span>
  );
}

// How long each step took stands as a bar where it took it, on one scale for all.
function bars(steps: WaterfallStep[]): Map<string, { from: number; width: number }> {
  const timed = steps.filter((step) => step.at).map((step) => ({ stage: step.stage, at: Date.parse(step.at ?? "") }));
  const [start, end] = [Math.min(...timed.map((one) => one.at)), Math.max(...timed.map((one) => one.at))];
  const whole = Math.max(1, end - start);
  const out = new Map<string, { from: number; width: number }>();
  let before = start;
  for (const { stage, at } of timed) {
    out.set(stage, { from: ((before - start) / whole) * 100, width: ((at - before) / whole) * 100 });
    before = Math.max(before, at);
  }
  return out;
}

function Stands({ way }: { way: Waterfall }) {
  const { t } = useTranslation();
  if (!way.awaits) return null;
  const tone = way.severity === "problem" ? "bad" : way.severity === "warning" ? "warn" : "";
  return (
    <div className={`note ${tone}`} role="status">
      <Glyph name={tone ? "warn" : "clock"} size={14} />
      <div>
        <p>
          {way.awaits} {way.since && <span className="muted">{t("way.since")} <When at={way.since} relative /></span>}
        </p>
        {way.remedy && (
          <p>
            <strong>{t("log.remedy")}:</strong> {way.remedy} {way.reason_code && <code>{way.reason_code}</code>}
          </p>
        )}
      </div>
    </div>
  );
}

function Steps({ way }: { way: Waterfall }) {
  const { t, i18n } = useTranslation();
  const bar = bars(way.steps);
  return (
    <section className="card waterfall">
      <ol>
        {way.steps.map((step) => {
          const at = bar.get(step.stage);
          return (
            <li key={step.stage} className={step.state} data-stage={step.stage} data-state={step.state}>
              <WayMark step={step} />
              <span className="track" aria-hidden="true">
                {at && <span style={{ insetInlineStart: `${at.from}%`, inlineSize: `${at.width}%` }} />}
              </span>
              <span className="muted when">
                {step.at ? (
                  <>
                    <When at={step.at} /> {step.after_millis > 0 && <>· +{spanText(step.after_millis, i18n.language)}</>}
                  </>
                ) : (
                  t(`way.state.${step.state}`)
                )}
              </span>
              <span className="told">
                {step.text}
                {step.door && (
                  <span className="muted">
                    {" "}
                    · {step.door} <span className="mono">{step.address}</span>
                  </span>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Others({ way }: { way: Waterfall }) {
  const { t } = useTranslation();
  if (way.others.length === 0) return null;
  return (
    <section className="card">
      <h2>{t("way.others")}</h2>
      <div className="body">
        <table className="plain">
          <tbody>
            {way.others.map((one) => (
              <tr key={one.address}>
                <td className="mono">{one.address}</td>
                <td>
                  <When at={one.last_at} relative />
                </td>
                <td>{t("plug.requests", { count: one.count })}</td>
                <td>{one.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function Way({ device }: { device: Device }) {
  const { org } = useScope();
  const query = useQuery({
    queryKey: keys.one(org.id, "devices", device.mac, "waterfall"),
    queryFn: () => devices.waterfall(org.id, device.id),
    refetchInterval: 5_000,
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  return (
    <div className="stack">
      <Stands way={query.data} />
      <Steps way={query.data} />
      <Others way={query.data} />
    </div>
  );
}
