// Conversations of phones with their manager, made readable.
import type { Utterance } from "../api/types";

/** Exchange is what a phone said and what it was answered. */
export interface Exchange {
  asked?: Utterance;
  answer?: Utterance;
}

/** Talk is one session. */
export interface Talk {
  session: string;
  at: string;
  turns: Exchange[];
}

/** talks sorts messages, the oldest first, into sessions, the newest first. */
export function talks(all: Utterance[]): Talk[] {
  const found = new Map<string, Talk>();
  for (const one of all) {
    const talk = found.get(one.session) ?? { session: one.session, at: one.at, turns: [] };
    found.set(one.session, talk);
    const last = talk.turns.at(-1);
    if (one.from === "phone") talk.turns.push({ asked: one });
    else if (last && !last.answer) last.answer = one;
    else talk.turns.push({ answer: one });
  }
  return [...found.values()].reverse();
}

/** spoken names the message: the first element in the body of an envelope, "Inform". */
export function spoken(text: string): string {
  return /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?([\w.-]+)/.exec(text)?.[1] ?? "";
}

/** indented puts each element of XML on its own line; any other text stays as it is. */
export function indented(text: string): string {
  if (!text.trimStart().startsWith("<")) return text;
  let depth = 0;
  return text
    .replace(/>\s+</g, "><")
    .replace(/></g, ">\n<")
    .split("\n")
    .map((line) => {
      if (/^<\//.test(line)) depth = Math.max(0, depth - 1);
      const out = "  ".repeat(depth) + line;
      if (/^<[^!?/]/.test(line) && !/\/>$/.test(line) && !/<\/[^>]*>$/.test(line)) depth += 1;
      return out;
    })
    .join("\n");
}

/** talkText is a whole conversation as one text, for a file. */
export function talkText(all: Utterance[]): string {
  return all.map((one) => `--- ${one.at} ${one.session} ${one.from}${one.status ? ` HTTP ${one.status}` : ""}\n${one.text}\n`).join("\n");
}
