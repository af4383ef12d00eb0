import { expect, it } from "vitest";
import type { Claim, Device, Stranger, Unclaimed } from "../api/types";
import { approvalOf, gatherWaiting, mayApprove, mayReject, whyWaiting } from "./waiting";

const at = "2031-04-02T08:15:30Z";
const pooled = (mac: string, more: Partial<Unclaimed> = {}): Unclaimed => ({
  mac, vendor: "grandstream", model: "GHP621W", firmware: "", address: "192.0.2.7", door: "http", first_at: at, last_at: at, requests: 1, subject: "", ...more,
});
const stranger = (mac: string, more: Partial<Stranger> = {}): Stranger => ({
  ...pooled(mac), site_id: "s1", site_name: "Lobby", model_known: true, ...more,
});
const device = (id: string, life: Device["life"]): Device =>
  ({ id, mac: "020000000001", name: "Desk", vendor: "grandstream", model: "GHP621W", life, site_id: "s1", site_name: "Lobby", address: "", user_agent: "", created_at: at, last_seen: null }) as unknown as Device;
const claim = (id: string, of: string, state: Claim["state"]): Claim =>
  ({ id, state, device: { id: of, mac: "020000000001", name: "Desk", model: "GHP621W" }, address: "192.0.2.9", user_agent: "", subject: "", first_at: at, last_at: at, requests: 2 }) as unknown as Claim;

const gather = (some: Partial<Parameters<typeof gatherWaiting>[0]>) =>
  gatherWaiting({ strangers: [], pool: [], devices: [], claims: [], models: new Set(["GHP621W"]), ...some });

it("shows a machine once, with its site where one covers it", () => {
  const rows = gather({ strangers: [stranger("020000000001")], pool: [pooled("020000000001"), pooled("020000000002", { model: "XYZ" })] });
  expect(rows.map((row) => [row.mac, row.siteName, row.foreign, row.known])).toEqual([
    ["020000000001", "Lobby", false, true],
    ["020000000002", "", true, false],
  ]);
});

it("puts a machine where a rule says", () => {
  const suggestion = { rule_id: "r1", rule: "Rooms", site_id: "s2", site_name: "Floor 2", group_id: "", template_id: "t1", template: "Quiet", adopts: false, why: "the rule suggests only" };
  const rows = gather({ strangers: [stranger("020000000001", { suggestion }), stranger("020000000002", { suggestion: { ...suggestion, site_id: "" } })] });
  expect(rows.map((row) => [row.siteId, row.siteName, row.rule?.template_id ?? ""])).toEqual([
    ["s2", "Floor 2", "t1"],
    ["s1", "Lobby", ""],
  ]);
});

it("shows a record by the party that asks for it", () => {
  const rows = gather({ devices: [device("d1", "waiting"), device("d2", "waiting")], claims: [claim("c1", "d1", "open")] });
  expect(rows.map((row) => row.kind).sort()).toEqual(["claim", "record"]);
  expect(rows.find((row) => row.kind === "claim")?.siteName).toBe("Lobby");
});

it("puts contested parties first, and a quarantine without any by itself", () => {
  const rows = gather({
    strangers: [stranger("020000000009")],
    devices: [device("d1", "quarantined"), device("d2", "quarantined")],
    claims: [claim("c1", "d1", "contested"), claim("c2", "d1", "contested")],
  });
  expect(rows.map((row) => row.kind)).toEqual(["contested", "contested", "stranger", "quarantined"]);
});

it("names the very party to the server", () => {
  const [one] = gather({ strangers: [stranger("020000000009")] });
  expect(one && approvalOf(one)).toEqual({ device: "020000000009", address: "192.0.2.7" });
  const [two] = gather({ claims: [claim("c1", "d1", "open")] });
  expect(two && approvalOf(two)).toEqual({ device: "d1", claim: "c1" });
});

it("says why each waits, and what may be done", () => {
  const told = gather({
    strangers: [stranger("020000000001"), stranger("020000000002", { subject: "CN=x" }), stranger("020000000003", { model_known: false })],
    claims: [claim("c1", "d1", "rejected"), claim("c2", "d2", "taken")],
  }).map((row) => [whyWaiting(row), mayApprove(row), mayReject(row)]);
  expect(told).toEqual([
    ["stranger", true, true],
    ["certificate", true, true],
    ["unknown_model", true, true],
    ["decided_rejected", true, false],
    ["decided_taken", false, true],
  ]);
});
