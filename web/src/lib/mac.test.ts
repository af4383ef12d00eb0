import { describe, expect, it } from "vitest";
import { formatMac, parseMac } from "./mac";

describe("parseMac", () => {
  for (const form of ["00:00:5E:00:53:0a", "00-00-5e-00-53-0A", "0000.5e00.530a", "00005E00530A", " 00005e00530a "]) {
    it(`takes ${form}`, () => expect(parseMac(form)).toBe("00005e00530a"));
  }
  for (const form of ["", "00005e0053", "00005e00530g", "00005e00530a01", "front desk"]) {
    it(`refuses "${form}"`, () => expect(parseMac(form)).toBeNull());
  }
});

describe("formatMac", () => {
  it("spells every form", () => {
    const mac = "00005e00530a";
    expect(formatMac(mac)).toBe("00:00:5e:00:53:0a");
    expect(formatMac(mac, "dash")).toBe("00-00-5E-00-53-0A");
    expect(formatMac(mac, "dot")).toBe("0000.5e00.530a");
    expect(formatMac(mac, "upper")).toBe("00005E00530A");
  });
  it("leaves what is no MAC alone", () => expect(formatMac("phone")).toBe("phone"));
});
