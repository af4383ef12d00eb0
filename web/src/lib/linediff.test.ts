import { expect, test } from "vitest";
import { around, lineDiff } from "./linediff";

test("what changed stands beside what stayed", () => {
  expect(lineDiff("a=1\nb=2\nc=3\n", "a=1\nb=9\nc=3\nd=4\n")).toEqual([
    { side: "both", text: "a=1" },
    { side: "before", text: "b=2" },
    { side: "after", text: "b=9" },
    { side: "both", text: "c=3" },
    { side: "after", text: "d=4" },
  ]);
});

test("a phone without a file gets all of it", () => {
  expect(lineDiff("", "a\nb\n").map((l) => l.side)).toEqual(["after", "after"]);
  expect(lineDiff("a\n", "")).toEqual([{ side: "before", text: "a" }]);
});

test("both sides can be told again from the difference", () => {
  const before = "x\ny\nx\nz\n";
  const after = "x\nx\nz\ny\n";
  const diff = lineDiff(before, after);
  const side = (s: string) => diff.filter((l) => l.side === s || l.side === "both").map((l) => l.text + "\n");
  expect(side("before").join("")).toBe(before);
  expect(side("after").join("")).toBe(after);
});

test("far lines are left out once", () => {
  const diff = lineDiff("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\n5\n6\n8\n");
  expect(around(diff, 2).map((l) => l?.text ?? "…")).toEqual(["…", "5", "6", "7", "8"]);
});
