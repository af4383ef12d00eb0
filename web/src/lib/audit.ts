// Before and after of an audit row, field by field.

export interface FieldChange {
  field: string;
  before: string;
  after: string;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  const parsed = typeof value === "string" && value !== "" ? parse(value) : value;
  if (parsed === null || parsed === undefined || parsed === "") return {};
  return typeof parsed === "object" && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : { value: parsed };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function spell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** changesOf lists the fields of both sides, those that differ first. */
export function changesOf(before: unknown, after: unknown): FieldChange[] {
  const a = fieldsOf(before);
  const b = fieldsOf(after);
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  const all = names.map((field) => ({ field, before: spell(a[field]), after: spell(b[field]) }));
  return all.sort((x, y) => Number(x.before === x.after) - Number(y.before === y.after));
}
