// What waits for an operator's word, from four lists made one: machines that
// nobody added, records that are not approved, parties that ask for a record
// without proof, and phones in quarantine.
import type { Approval, Claim, Device, Stranger, Unclaimed } from "../api/types";

export type WaitingKind = "contested" | "claim" | "stranger" | "record" | "quarantined" | "decided";

/** waitingKinds stands in the order of the filter. */
export const waitingKinds: WaitingKind[] = ["stranger", "claim", "contested", "record", "quarantined", "decided"];

export interface WaitingRow {
  key: string;
  kind: WaitingKind;
  mac: string;
  name: string;
  vendor: string;
  model: string;
  /** known is false where approving has to name the model. */
  known: boolean;
  address: string;
  door: string;
  agent: string;
  subject: string;
  siteId: string;
  siteName: string;
  /** rule is what the adoption rules say of it: where it goes, and with which template. */
  rule: NonNullable<Stranger["suggestion"]> | null;
  /** foreign: it asked from no subnet of the organization. */
  foreign: boolean;
  first: string;
  last: string;
  requests: number;
  deviceId: string;
  claim: Claim | null;
}

export interface WaitingSources {
  strangers: Stranger[];
  /** pool is every machine that asked, for those who may see it. */
  pool: Unclaimed[];
  devices: Device[];
  claims: Claim[];
  models: ReadonlySet<string>;
}

function ofStranger(s: Unclaimed, place: Pick<WaitingRow, "known" | "siteId" | "siteName" | "foreign" | "rule">): WaitingRow {
  return {
    key: `stranger:${s.mac}`,
    kind: "stranger",
    mac: s.mac,
    name: "",
    vendor: s.vendor,
    model: s.model,
    address: s.address,
    door: s.door,
    agent: "",
    subject: s.subject,
    first: s.first_at,
    last: s.last_at,
    requests: s.requests,
    deviceId: "",
    claim: null,
    ...place,
  };
}

function ofDevice(d: Device, kind: WaitingKind): WaitingRow {
  return {
    key: `device:${d.id}`,
    kind,
    mac: d.mac,
    name: d.name,
    vendor: d.vendor,
    model: d.model,
    known: d.model !== "",
    address: d.address,
    door: "",
    agent: d.user_agent,
    subject: "",
    siteId: d.site_id,
    siteName: d.site_name,
    rule: null,
    foreign: false,
    first: d.created_at,
    last: d.last_seen ?? "",
    requests: 0,
    deviceId: d.id,
    claim: null,
  };
}

const kindOf: Record<string, WaitingKind> = { open: "claim", contested: "contested" };

function ofClaim(c: Claim, d: Device | undefined): WaitingRow {
  return {
    key: `claim:${c.id}`,
    kind: kindOf[c.state] ?? "decided",
    mac: c.device.mac,
    name: c.device.name,
    vendor: d?.vendor ?? "",
    model: d?.model ?? c.device.model,
    known: true,
    address: c.address,
    door: "",
    agent: c.user_agent,
    subject: c.subject,
    siteId: d?.site_id ?? "",
    siteName: d?.site_name ?? "",
    rule: null,
    foreign: false,
    first: c.first_at,
    last: c.last_at,
    requests: c.requests,
    deviceId: c.device.id,
    claim: c,
  };
}

/** gatherWaiting makes one list, what is contested first, then the newest first. */
export function gatherWaiting({ strangers, pool, devices, claims, models }: WaitingSources): WaitingRow[] {
  const byId = new Map(devices.map((d) => [d.id, d]));
  const asked = new Set(claims.filter((c) => kindOf[c.state]).map((c) => c.device.id));
  const ours = new Set(strangers.map((s) => s.mac));
  const rows = [
    ...strangers.map((s) => {
      const rule = s.suggestion?.site_id ? s.suggestion : null;
      return ofStranger(s, { known: s.model_known, siteId: rule?.site_id ?? s.site_id, siteName: rule?.site_name ?? s.site_name, foreign: false, rule });
    }),
    ...pool
      .filter((u) => !ours.has(u.mac))
      .map((u) => ofStranger(u, { known: models.has(u.model), siteId: "", siteName: "", foreign: true, rule: null })),
    ...devices.filter((d) => !asked.has(d.id)).map((d) => ofDevice(d, d.life === "quarantined" ? "quarantined" : "record")),
    ...claims.map((c) => ofClaim(c, byId.get(c.device.id))),
  ];
  const urgent = (row: WaitingRow) => (row.kind === "contested" ? 0 : 1);
  return rows.sort((a, b) => urgent(a) - urgent(b) || b.first.localeCompare(a.first));
}

/** whyWaiting is the key of the one sentence that says why a row waits. */
export function whyWaiting(row: WaitingRow): string {
  switch (row.kind) {
    case "stranger":
      if (row.subject) return "certificate";
      if (!row.known) return "unknown_model";
      return row.foreign ? "foreign" : "stranger";
    case "claim":
      return row.subject ? "claim_certificate" : "claim";
    case "decided":
      return `decided_${row.claim?.state ?? "taken"}`;
    default:
      return row.kind;
  }
}

/** mayApprove: of what was decided only a refusal can be taken back here. */
export function mayApprove(row: WaitingRow): boolean {
  if (row.kind === "decided") return row.claim?.state === "rejected";
  return row.kind !== "quarantined";
}

/** mayReject: a party that has the phone already can still be refused. */
export function mayReject(row: WaitingRow): boolean {
  if (row.kind === "decided") return row.claim?.state !== "rejected";
  return row.kind !== "quarantined";
}

/** approvalOf names a row to the server: of a stranger that very party, of a claim that very request. */
export function approvalOf(row: WaitingRow): Approval {
  if (row.claim) return { device: row.deviceId, claim: row.claim.id };
  if (row.deviceId) return { device: row.deviceId };
  return { device: row.mac, address: row.address };
}

/** waitingWords is what a search looks in. */
export function waitingWords(row: WaitingRow): string {
  const mac = row.mac;
  return [mac, mac.replace(/(..)(?!$)/g, "$1:"), row.name, row.vendor, row.model, row.address, row.siteName, row.agent, row.subject].join(" ");
}
