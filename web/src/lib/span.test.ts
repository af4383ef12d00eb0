import { expect, it } from "vitest";
import { spanText } from "./span";

it("tells lengths of time as people read them", () => {
  expect([0, 240, 3_200, 59_999, 300_000, 7_200_000, 172_800_000].map((n) => spanText(n, "en"))).toEqual([
    "0ms", "240ms", "3.2s", "60s", "5m", "2h", "2d",
  ]);
});
