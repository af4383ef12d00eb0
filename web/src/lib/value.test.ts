import { describe, expect, it } from "vitest";
import type { ConfigItem } from "../api/types";
import { boundOverrides, checkValue, draftChanges, formatText, inRanges, parseText, rangeText, type ValueSpec } from "./value";

const item = (over: Partial<ConfigItem>): ConfigItem =>
  ({ key: "k", value: "v", layer: "model", state: "set", shadowed: [], ...over }) as ConfigItem;

describe("ranges", () => {
  const ranges = [
    { min: 0, max: 0 },
    { min: 6, max: 600 },
  ];
  it("are a union", () => {
    expect(inRanges("0", ranges)).toBe(true);
    expect(inRanges("5", ranges)).toBe(false);
    expect(inRanges("600", ranges)).toBe(true);
    expect(inRanges("6x", ranges)).toBe(false);
    expect(rangeText(ranges)).toBe("0, 6–600");
  });
});

describe("checkValue", () => {
  const spec: ValueSpec = { type: "number", ranges: [{ min: 1, max: 9 }], options: [], unit: "", default: null, secret: false };
  it("names what is wrong", () => {
    expect(checkValue(spec, "5")).toBe("");
    expect(checkValue(spec, "")).toBe("");
    expect(checkValue(spec, "12")).toBe("value.out_of_range");
    expect(checkValue(spec, "five")).toBe("value.not_a_number");
    expect(checkValue({ ...spec, type: "choice", options: [{ value: "a", label: "A" }] }, "b")).toBe("value.not_a_choice");
  });
});

describe("draftChanges", () => {
  it("compares the draft with what is bound, shadowed overrides too", () => {
    const items = [
      item({ key: "a", value: "1", layer: "override" }),
      item({ key: "b", value: "1", layer: "override" }),
      item({
        key: "c",
        value: "x",
        layer: "line",
        shadowed: [{ layer: "override", source: "", source_version: 1, value: "9", author: "", at: null }],
      }),
      item({ key: "d", value: "1", layer: "model" }),
    ];
    expect([...boundOverrides(items).keys()]).toEqual(["a", "b", "c"]);
    const draft = [
      { key: "a", value: "2" },
      { key: "c", value: "9" },
      { key: "d", value: "7" },
    ];
    expect(draftChanges(items, draft)).toEqual([
      { key: "a", kind: "change", from: "1", to: "2" },
      { key: "b", kind: "remove", from: "1", to: "" },
      { key: "d", kind: "set", from: "", to: "7" },
    ]);
  });
});

it("takes a secret of the draft for new by its time alone", () => {
  const then = "2031-04-02T08:00:00Z";
  const items = [item({ key: "s", value: "v1", layer: "override", secret: true, at: then })];
  const kept = { key: "s", value: "***", secret: true, at: then };
  expect(draftChanges(items, [kept])).toEqual([]);
  expect(draftChanges(items, [{ ...kept, at: "2031-04-02T09:00:00Z" }])).toHaveLength(1);
});

describe("text editor", () => {
  it("reads key=value, keeps = in values, names bad lines", () => {
    const { items, bad } = parseText("# note\nb=2=3\n\n a = 1 \noops\n=x\n");
    expect(items).toEqual([
      { key: "b", value: "2=3" },
      { key: "a", value: "1" },
    ]);
    expect(bad).toEqual([5, 6]);
    expect(formatText(items)).toBe("a=1\nb=2=3");
  });
  it("sorts indexes as numbers", () => {
    expect(formatText([{ key: "x.10", value: "" }, { key: "x.9", value: "" }])).toBe("x.9=\nx.10=");
  });
});
