// Values of parameters as an operator types and reads them.
import type { Config, ConfigItem, Setting } from "../api/types";

export type ValueSpec = Pick<ConfigItem, "type" | "options" | "ranges" | "unit" | "default" | "secret">;

export const masked = "***";

type Range = { min: number; max: number };

/** inRanges tells whether text is a whole number in one of the ranges; none allow any. */
export function inRanges(text: string, ranges: Range[]): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  const n = Number(text);
  return ranges.length === 0 || ranges.some((range) => n >= range.min && n <= range.max);
}

/** rangeText spells a union of ranges: "0, 6–600". */
export function rangeText(ranges: Range[]): string {
  return ranges.map(({ min, max }) => (min === max ? `${min}` : `${min}–${max}`)).join(", ");
}

/** checkValue gives the message key of what is wrong with a value, or "". */
export function checkValue(spec: ValueSpec, value: string): "" | "value.not_a_number" | "value.out_of_range" | "value.not_a_choice" {
  if (value === "") return "";
  if (spec.type === "number") {
    if (!/^-?\d+$/.test(value)) return "value.not_a_number";
    return inRanges(value, spec.ranges ?? []) ? "" : "value.out_of_range";
  }
  const options = spec.options ?? [];
  if (spec.type === "choice" && options.length && !options.some((option) => option.value === value)) {
    return "value.not_a_choice";
  }
  return "";
}

/** isUnset tells a parameter that nothing gives a value and that has no known default. */
export function isUnset(item: ConfigItem): boolean {
  return item.layer === "default" && item.default === null && item.state === "set";
}

/** valueLabel gives the words of a choice's value, else the value. */
export function valueLabel(spec: Pick<ValueSpec, "options">, value: string): string {
  return spec.options.find((option) => option.value === value)?.label || value;
}

export interface DraftChange {
  key: string;
  kind: "set" | "change" | "remove";
  from: string;
  to: string;
}

type DraftItem = Config["overrides_draft"][number];
type Bound = { value: string; at: string | null };

/** boundOverrides gives the device's overrides that are in force or shadowed. */
export function boundOverrides(items: ConfigItem[]): Map<string, Bound> {
  const bound = new Map<string, Bound>();
  for (const item of items) {
    if (item.layer === "override" && item.state === "set") bound.set(item.key, { value: item.value, at: item.at });
    const under = (item.shadowed ?? []).find((shadow) => shadow.layer === "override");
    if (under) bound.set(item.key, { value: under.value, at: under.at });
  }
  return bound;
}

function isLater(a: string | null | undefined, b: string | null): boolean {
  return !!a && (!b || Date.parse(a) > Date.parse(b));
}

/** draftChanges lists what the draft would change against what is bound, by key. */
export function draftChanges(items: ConfigItem[], draft: DraftItem[]): DraftChange[] {
  const bound = boundOverrides(items);
  const wanted = new Set(draft.map((setting) => setting.key));
  const changes: DraftChange[] = [];
  for (const { key, value: to, secret, at } of draft) {
    const from = bound.get(key);
    if (from === undefined) changes.push({ key, kind: "set", from: "", to });
    // Nobody may read a secret back, but a new one has a new time.
    else if (secret ? isLater(at, from.at) : from.value !== to) changes.push({ key, kind: "change", from: from.value, to });
  }
  for (const [key, from] of bound) {
    if (!wanted.has(key)) changes.push({ key, kind: "remove", from: from.value, to: "" });
  }
  return changes.sort((a, b) => a.key.localeCompare(b.key));
}

/** parseText reads the text editor's lines "key=value"; # begins a comment line. */
export function parseText(text: string): { items: Setting[]; bad: number[] } {
  const items = new Map<string, string>();
  const bad: number[] = [];
  text.split("\n").forEach((line, i) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return;
    const at = trimmed.indexOf("=");
    if (at <= 0) bad.push(i + 1);
    else items.set(trimmed.slice(0, at).trim(), trimmed.slice(at + 1).trim());
  });
  return { items: [...items].map(([key, value]) => ({ key, value })), bad };
}

/** formatText spells settings for the text editor, one a line, sorted by key. */
export function formatText(items: Setting[]): string {
  return [...items]
    .sort((a, b) => a.key.localeCompare(b.key, "en", { numeric: true }))
    .map(({ key, value }) => `${key}=${value}`)
    .join("\n");
}
