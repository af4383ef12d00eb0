import { describe, expect, it } from "vitest";
import { ago, isTime, localeOf, utcTime } from "./time";

const now = Date.parse("2031-04-02T08:15:30Z");

describe("ago", () => {
  const cases: [string, string][] = [
    ["2031-04-02T08:15:30Z", "now"],
    ["2031-04-02T08:15:01Z", "29 sec. ago"],
    ["2031-04-02T07:16:00Z", "59 min. ago"],
    ["2031-04-01T08:00:00Z", "yesterday"],
    ["2031-04-02T08:20:31Z", "in 5 min."],
  ];
  for (const [at, want] of cases) it(want, () => expect(ago(at, now, "en")).toBe(want));
});

it("knows no time from a time", () => {
  for (const none of [null, undefined, "", "0001-01-01T00:00:00Z", "soon"]) expect(isTime(none)).toBe(false);
  expect(isTime("2031-04-02T08:15:30Z")).toBe(true);
});

it("spells UTC", () => expect(utcTime("2031-04-02T10:15:30+02:00")).toBe("2031-04-02 08:15:30 UTC"));

it("takes the viewer's flavour of a language", () => {
  expect(localeOf("en", ["es-MX", "en-GB"])).toBe("en-GB");
  expect(localeOf("es", ["en-GB"])).toBe("es");
});
