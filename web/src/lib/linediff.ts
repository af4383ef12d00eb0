/** Line of a difference: where it stands and what it says. */
export interface Line {
  side: "before" | "after" | "both";
  text: string;
}

/**
 * lineDiff lays two files side by side, line by line, each kept in its order. Files of settings are
 * sorted by name, so what both hold stands in the same order in both; that makes one pass enough.
 */
export function lineDiff(before: string, after: string): Line[] {
  const old = lines(before);
  const now = lines(after);
  const at = new Map<string, number[]>();
  now.forEach((text, i) => at.set(text, [...(at.get(text) ?? []), i]));
  const out: Line[] = [];
  let next = 0;
  for (const text of old) {
    const found = at.get(text)?.find((i) => i >= next);
    if (found === undefined) {
      out.push({ side: "before", text });
      continue;
    }
    for (; next < found; next++) out.push({ side: "after", text: now[next] ?? "" });
    out.push({ side: "both", text });
    next++;
  }
  for (; next < now.length; next++) out.push({ side: "after", text: now[next] ?? "" });
  return out;
}

/** around keeps what differs with some lines about it; null stands for what is left out. */
export function around(diff: Line[], context: number): (Line | null)[] {
  const near = diff.map((_, i) => diff.slice(Math.max(0, i - context), i + context + 1).some((l) => l.side !== "both"));
  const out: (Line | null)[] = [];
  diff.forEach((line, i) => {
    if (near[i]) out.push(line);
    else if (out.at(-1) !== null) out.push(null);
  });
  return out;
}

function lines(text: string): string[] {
  const out = text.split("\n");
  if (out.at(-1) === "") out.pop();
  return out;
}
