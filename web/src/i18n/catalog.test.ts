// Both languages say the same things, and nothing is said that nobody asks for.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import es from "./es.json";

type Tree = { [key: string]: string | Tree };
const source = join(import.meta.dirname, "..");
const plural = /_(zero|one|two|few|many|other)$/;

function leaves(tree: Tree, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(prefix + name, value);
    else leaves(value, `${prefix}${name}.`).forEach((text, key) => found.set(key, text));
  }
  return found;
}

const english = leaves(en);
const spanish = leaves(es);
const stem = (key: string) => key.replace(plural, "");

// Every quoted "a.b" in the code may be a key; `a.${x}` stands for all that begin so.
function asked(): { names: Set<string>; prefixes: RegExp[] } {
  const names = new Set<string>();
  const prefixes: RegExp[] = [];
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."))) {
    const text = readFileSync(join(source, file), "utf8");
    for (const [, name] of text.matchAll(/"([a-z_]+(?:\.[a-z_]+)+)"/g)) if (name) names.add(name);
    for (const [, name] of text.matchAll(/\bt\(\s*`([^`]+)`/g)) {
      const pattern = (name ?? "").split(/\$\{[^}]*\}/).map((part) => part.replace(/[.]/g, "\\."));
      prefixes.push(new RegExp(`^${pattern.join("[A-Za-z_-]+")}$`));
    }
    for (const [, name] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) if (name) names.add(name);
  }
  return { names, prefixes };
}

const { names, prefixes } = asked();
const isAsked = (key: string) => names.has(key) || names.has(stem(key)) || prefixes.some((p) => p.test(key) || p.test(stem(key)));

describe("the message catalog", () => {
  it("has the same keys in both languages", () => {
    const keys = (texts: Map<string, string>) => [...new Set([...texts.keys()].map(stem))].sort();
    expect(keys(spanish)).toEqual(keys(english));
  });
  it("has every plural form that the language needs", () => {
    for (const [lang, texts] of [["en", english], ["es", spanish]] as const) {
      const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
      const stems = new Set([...texts.keys()].filter((key) => plural.test(key)).map(stem));
      const missing = [...stems].flatMap((one) => forms.map((form) => `${one}_${form}`)).filter((key) => !texts.has(key));
      expect(missing).toEqual([]);
    }
  });
  it("fills in the same values in both languages", () => {
    const values = (text: string) => [...new Set([...text.matchAll(/\{\{(\w+)/g)].map(([, name]) => name))].sort();
    const differ = [...english].filter(([key, text]) => {
      const other = spanish.get(key);
      return other !== undefined && !/_one$/.test(key) && values(text).join() !== values(other).join();
    });
    expect(differ.map(([key]) => key)).toEqual([]);
  });
  it("has every key that the code asks for", () => {
    const stems = new Set([...english.keys()].flatMap((key) => [key, stem(key)]));
    const used = [...names].filter((name) => Object.hasOwn(en, name.split(".")[0] ?? ""));
    const permissions = /\.(read|write|push|reveal)$/;
    expect(used.filter((name) => !stems.has(name) && !permissions.test(name))).toEqual([]);
  });
  it("says nothing that nobody asks for", () => {
    expect([...english.keys()].filter((key) => !isAsked(key))).toEqual([]);
  });
  it("is translated", () => {
    const same = [...english].filter(([key, text]) => /\p{L}{4,}/u.test(text) && spanish.get(key) === text);
    const alike = new Set(alikeOnPurpose);
    expect(same.map(([key]) => key).filter((key) => !alike.has(key))).toEqual([]);
  });
});

// Words that are the same in both languages.
const alikeOnPurpose = [
  "on_phone.local",
  "on_phone.field.system_hardware",
  "on_phone.field.system_software",
  "list.total_one",
  "list.total_other",
  "list.range",
  "phone.line_list",
  "phone.firmware",
  "log.bytes",
  "operators.roles",
  "operators.grants",
  "state.verdict.bootstrap",
  "state.verdict.error",
];
