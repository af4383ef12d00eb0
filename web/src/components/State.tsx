// Every state that the console shows, always as a sign and a word.
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Glyph, type GlyphName } from "./Glyph";

type Tone = "ok" | "warn" | "bad" | "info" | "idle" | "critical" | "major";
type Look = [tone: Tone, glyph: GlyphName];

const looks = {
  reach: {
    online: ["ok", "full"],
    restricted: ["warn", "half"],
    offline: ["idle", "slashed"],
  },
  config: {
    none: ["idle", "dash"],
    pending: ["info", "clock"],
    delivered: ["ok", "check"],
    confirmed: ["ok", "checks"],
    failed: ["bad", "cross"],
  },
  life: {
    seen: ["idle", "hollow"],
    waiting: ["warn", "clock"],
    adopted: ["ok", "check"],
    rejected: ["bad", "cross"],
    quarantined: ["bad", "lock"],
    retired: ["idle", "dash"],
  },
  task: {
    scheduled: ["idle", "clock"],
    running: ["info", "play"],
    paused: ["warn", "half"],
    success: ["ok", "check"],
    failed: ["bad", "cross"],
    timeout: ["warn", "warn"],
    cancelled: ["idle", "dash"],
    ended: ["idle", "dash"],
  },
  run: {
    pending: ["idle", "clock"],
    running: ["info", "play"],
    success: ["ok", "check"],
    failed: ["bad", "cross"],
    timeout: ["warn", "warn"],
    success_late: ["ok", "check"],
    cancelled: ["idle", "dash"],
    ended: ["idle", "dash"],
    superseded: ["idle", "arrow"],
  },
  command: {
    queued: ["idle", "clock"],
    sent: ["info", "arrow"],
    delivered: ["info", "check"],
    confirmed: ["ok", "checks"],
    done: ["ok", "check"],
    failed: ["bad", "cross"],
    expired: ["warn", "warn"],
    cancelled: ["idle", "dash"],
    unknown: ["warn", "question"],
  },
  verdict: {
    served: ["ok", "check"],
    not_modified: ["ok", "dash"],
    bootstrap: ["info", "arrow"],
    probe: ["idle", "hollow"],
    refused: ["bad", "lock"],
    no_revision: ["warn", "warn"],
    error: ["bad", "cross"],
    invalid: ["bad", "question"],
    busy: ["warn", "half"],
    handshake: ["bad", "slashed"],
    reported: ["ok", "dash"],
  },
  call: {
    unknown: ["idle", "question"],
    idle: ["idle", "hollow"],
    ringing: ["info", "clock"],
    dialling: ["info", "arrow"],
    talking: ["ok", "full"],
    held: ["warn", "half"],
  },
  line: {
    unknown: ["idle", "question"],
    registered: ["ok", "check"],
    unregistered: ["idle", "slashed"],
    failed: ["bad", "cross"],
  },
  claim: {
    open: ["warn", "clock"],
    approved: ["info", "arrow"],
    taken: ["ok", "check"],
    rejected: ["idle", "cross"],
    contested: ["bad", "warn"],
  },
  waits: {
    stranger: ["warn", "question"],
    record: ["warn", "clock"],
    quarantined: ["bad", "lock"],
  },
  alarm: {
    active: ["bad", "warn"],
    acknowledged: ["info", "check"],
    masked: ["idle", "half"],
    cleared: ["ok", "dash"],
  },
  severity: {
    critical: ["critical", "cross"],
    major: ["major", "warn"],
    minor: ["warn", "half"],
    warning: ["warn", "hollow"],
    indeterminate: ["idle", "question"],
  },
  live: {
    live: ["ok", "full"],
    connecting: ["idle", "half"],
    lost: ["warn", "slashed"],
  },
} satisfies Record<string, Record<string, Look>>;

export type StateKind = keyof typeof looks;

interface Props {
  kind: StateKind;
  of: string;
  explain?: boolean;
}

/** State shows one state; with explain, hovering tells what it means. */
export function State({ kind, of, explain }: Props) {
  const { t } = useTranslation();
  const [tone, glyph] = (looks[kind] as Record<string, Look>)[of] ?? (["idle", "question"] as Look);
  const shown = (
    <span className={`state ${tone}`} data-state={of} tabIndex={explain ? 0 : undefined}>
      <Glyph name={glyph} />
      {t(`state.${kind}.${of}`, { defaultValue: of })}
    </span>
  );
  if (!explain) return shown;
  return <Tooltip title={t(`state_help.${kind}.${of}`, { defaultValue: "" })}>{shown}</Tooltip>;
}

/** statesOf lists a kind's states in the order of filters. */
export function statesOf(kind: StateKind): string[] {
  return Object.keys(looks[kind]);
}
