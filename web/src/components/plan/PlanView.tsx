import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Plan, PlanChange, PlanGroup } from "../../api/types";
import { useTo } from "../../app/useTo";
import { Empty } from "../Blank";
import { Glyph, type GlyphName } from "../Glyph";
import { Layer } from "../Layer";
import { masked } from "../../lib/value";
import { Mac } from "../Mac";
import { PlanFile } from "./PlanFile";

const signs: Record<PlanChange["kind"], [glyph: GlyphName, tone: string]> = {
  set: ["arrow", "info"],
  change: ["arrow", "info"],
  reset: ["half", "info"],
  residue: ["warn", "warn"],
  shadowed: ["warn", "warn"],
  undeliverable: ["cross", "bad"],
  withdrawn: ["half", "info"],
  respelled: ["arrow", "info"],
  epoch: ["arrow", "info"],
};

function Value({ text, struck }: { text: string; struck?: boolean }) {
  const { t } = useTranslation();
  if (text === "") return <span className="muted">{t("value.empty")}</span>;
  return struck ? <del className="mono">{text}</del> : <span className="mono">{text}</span>;
}

/** OverrideHere sets a shadowed value on the phones of a group themselves. */
export type OverrideHere = (group: PlanGroup, change: PlanChange) => void;

interface ChangeProps {
  change: PlanChange;
  override: (() => void) | undefined;
}

function Change({ change, override }: ChangeProps) {
  const { t } = useTranslation();
  const [glyph, tone] = signs[change.kind] ?? signs.change;
  return (
    <tr>
      <td>
        <span className={`chip ${tone}`}>
          <Glyph name={glyph} size={10} />
          {t(`plan.kind.${change.kind}`)}
        </span>
      </td>
      <td>
        <div>{change.kind === "epoch" ? t("plan.renderer") : change.label || change.key}</div>
        <div className="mono muted">{change.key}</div>
      </td>
      <td className="values">
        {change.kind !== "set" && (
          <>
            <Value text={change.old} struck={["change", "reset", "withdrawn", "respelled"].includes(change.kind)} />{" "}
            {change.kind !== "residue" && (
              <>
                <span className="visually-hidden">{t("plan.becomes")}</span>
                <span aria-hidden="true">→</span>{" "}
              </>
            )}
          </>
        )}
        {change.kind !== "residue" && <Value text={change.new} />}
        {change.kind === "shadowed" && (
          <div className="why">
            {t("plan.shadowed_by", { layer: t(`layer.${change.by_layer}`) })}{" "}
            {override && (
              <Button size="small" onClick={override}>
                {t("plan.override_here")}
              </Button>
            )}
          </div>
        )}
        {change.kind === "residue" && <div className="why">{t("plan.residue_help")}</div>}
        {change.kind === "reset" && <div className="muted">{t("plan.reset_help")}</div>}
        {change.kind === "withdrawn" && <div className="muted">{t("plan.withdrawn_help")}</div>}
        {change.kind === "respelled" && <div className="muted">{t("plan.respelled_help")}</div>}
        {change.kind === "undeliverable" && <div className="why">{change.why || t("plan.undeliverable_help")}</div>}
        {change.kind !== "undeliverable" && change.why && <div className="why">{change.why}</div>}
      </td>
      <td>
        <Layer of={change.layer} />
      </td>
    </tr>
  );
}

// A line owns its keys, and what nobody may read nobody can copy onto a phone.
function canOverride(change: PlanChange): boolean {
  return change.kind === "shadowed" && change.by_layer !== "line" && change.new !== masked;
}

interface GroupProps {
  group: PlanGroup;
  hash: string | undefined;
  override: OverrideHere | undefined;
}

function Group({ group, hash, override }: GroupProps) {
  const { t } = useTranslation();
  const to = useTo();
  const devices = group.devices ?? [];
  return (
    <section className="card plan-group">
      <header>
        <h3>{t("plan.group", { count: group.count || devices.length })}</h3>
        {group.reboot && (
          <span className="chip warn">
            <Glyph name="warn" size={10} />
            {t("plan.reboots")}
          </span>
        )}
        <ul>
          {devices.slice(0, 6).map((device) => (
            <li key={device.id}>
              <Link to={to(`/phones/${device.mac}`)}>{device.name || <Mac mac={device.mac} />}</Link>
            </li>
          ))}
          {group.count > 6 && <li className="muted">{t("plan.more_phones", { count: group.count - 6 })}</li>}
        </ul>
      </header>
      <table>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{t("plan.effect")}</th>
            <th scope="col">{t("plan.setting")}</th>
            <th scope="col">{t("plan.value")}</th>
            <th scope="col">{t("plan.layer")}</th>
          </tr>
        </thead>
        <tbody>
          {(group.changes ?? []).map((change) => (
            <Change
              key={`${change.key} ${change.kind}`}
              change={change}
              override={override && canOverride(change) ? () => override(group, change) : undefined}
            />
          ))}
        </tbody>
      </table>
      {hash && devices[0] && <PlanFile hash={hash} mac={devices[0].mac} name={devices[0].name} />}
    </section>
  );
}

// What a push cannot take back: the phones do not come again to hear of it.
const grave = new Set(["leaves_us"]);

interface Props {
  plan: Plan;
  override?: OverrideHere;
  /** files: a phone's file may be laid beside the one before; of the organization in view alone. */
  files?: boolean;
}

/** PlanView shows what a push would do: identical changes together. */
export function PlanView({ plan, override, files = true }: Props) {
  const { t } = useTranslation();
  const to = useTo();
  const failed = plan.failed ?? [];
  const groups = plan.groups ?? [];
  const hidden = plan.shadowed ?? [];
  return (
    <div className="stack">
      <ul className="plan-sum" aria-label={t("plan.summary")}>
        <li>
          <strong>{plan.devices}</strong> {t("plan.sum_changed", { count: plan.devices })}
        </li>
        <li>
          <strong>{plan.unchanged}</strong> {t("plan.sum_unchanged", { count: plan.unchanged })}
        </li>
        <li>
          <strong>{plan.reboots}</strong> {t("plan.sum_reboots", { count: plan.reboots })}
        </li>
        {failed.length > 0 && (
          <li className="bad">
            <strong>{failed.length}</strong> {t("plan.sum_failed", { count: failed.length })}
          </li>
        )}
      </ul>
      {(plan.warnings ?? []).map((warning) => (
        <div className={`note ${grave.has(warning.code) ? "bad" : "warn"}`} key={warning.code + warning.text}>
          <Glyph name="warn" size={14} />
          <span>{t(`plan.warning.${warning.code}`, { count: warning.devices, defaultValue: warning.text })}</span>
        </div>
      ))}
      {failed.map((one) => (
        <div className="note bad" key={one.id}>
          <Glyph name="cross" size={14} />
          <span>
            <Link to={to(`/phones/${one.mac}`)}>
              <Mac mac={one.mac} />
            </Link>
            {": "}
            {one.problem}
          </span>
        </div>
      ))}
      {plan.devices === 0 && groups.length === 0 && hidden.length === 0 && failed.length === 0 && (
        <Empty title={t("plan.nothing")} text={t("plan.nothing_text")} />
      )}
      {groups.map((group) => (
        <Group key={group.change_id} group={group} hash={files ? plan.hash : undefined} override={override} />
      ))}
      {hidden.map((group) => (
        <Group key={group.change_id} group={group} hash={undefined} override={override} />
      ))}
    </div>
  );
}
