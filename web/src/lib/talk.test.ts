import { describe, expect, it } from "vitest";
import type { Utterance } from "../api/types";
import { indented, spoken, talks, talkText } from "./talk";

const say = (session: string, from: Utterance["from"], text: string, status = 0): Utterance => ({ at: "2026-01-01T00:00:00Z", session, from, status, text });
const envelope = (body: string) => `<soap:Envelope><soap:Body>${body}</soap:Body></soap:Envelope>`;

describe("talks", () => {
  it("pairs what a phone said with what it was answered, newest session first", () => {
    const all = [
      say("a", "phone", envelope("<cwmp:Inform/>")),
      say("a", "server", envelope("<cwmp:InformResponse/>"), 200),
      say("a", "phone", ""),
      say("b", "server", "cut off", 200),
      say("b", "phone", "x"),
    ];
    const got = talks(all);
    expect(got.map((one) => one.session)).toEqual(["b", "a"]);
    expect(got[1]?.turns).toEqual([{ asked: all[0], answer: all[1] }, { asked: all[2] }]);
    expect(got[0]?.turns).toEqual([{ answer: all[3] }, { asked: all[4] }]);
  });
});

describe("spoken", () => {
  it("is the first element of the body, with any prefix", () => {
    expect(spoken(envelope("\n<cwmp:GetParameterValues a='1'>"))).toBe("GetParameterValues");
    expect(spoken("<Envelope><Body><Reboot></Reboot></Body></Envelope>")).toBe("Reboot");
    expect(spoken("")).toBe("");
    expect(spoken("{}")).toBe("");
  });
});

describe("indented", () => {
  it("puts each element on its own line", () => {
    expect(indented("<?xml version='1.0'?><a><b>1</b><c/></a>")).toBe("<?xml version='1.0'?>\n<a>\n  <b>1</b>\n  <c/>\n</a>");
  });
  it("leaves other text alone", () => {
    expect(indented('{"a": "<b><c>"}')).toBe('{"a": "<b><c>"}');
  });
});

describe("talkText", () => {
  it("tells who said what", () => {
    expect(talkText([say("s", "server", "hello", 204)])).toBe("--- 2026-01-01T00:00:00Z s server HTTP 204\nhello\n");
  });
});
