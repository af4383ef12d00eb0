import { expect, it } from "vitest";
import { changesOf } from "./audit";

it("puts what differs first and reads text as JSON", () => {
  expect(changesOf('{"name":"a","site":"x"}', { name: "b", site: "x", tags: [1] })).toEqual([
    { field: "name", before: "a", after: "b" },
    { field: "tags", before: "", after: "[1]" },
    { field: "site", before: "x", after: "x" },
  ]);
});

it("shows what is no object as one value", () => {
  expect(changesOf("", "gone")).toEqual([{ field: "value", before: "", after: "gone" }]);
  expect(changesOf(null, undefined)).toEqual([]);
});
