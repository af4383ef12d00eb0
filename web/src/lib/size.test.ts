import { expect, it } from "vitest";
import { sizeText } from "./size";

it("tells bytes as people read them", () => {
  expect([0, 999, 1000, 12_400_000, 268_435_456, 5_000_000_000].map((n) => sizeText(n, "en"))).toEqual([
    "0 byte", "999 byte", "1 kB", "12.4 MB", "268 MB", "5 GB",
  ]);
});
