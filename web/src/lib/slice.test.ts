import { expect, it } from "vitest";
import { slicePage } from "./slice";

const whole = { items: ["a1", "a2", "b1", "b2", "b3"], next_cursor: "", total: 5, total_exact: true };
const same = (text: string) => text;

it("pages what matches", () => {
  const first = slicePage(whole, { q: "B", limit: 2 }, same);
  expect(first).toEqual({ items: ["b1", "b2"], next_cursor: "2", total: 3, total_exact: true });
  const second = slicePage(whole, { q: "b", limit: 2, cursor: first.next_cursor }, same);
  expect(second.items).toEqual(["b3"]);
  expect(second.next_cursor).toBe("");
});

it("gives all without a limit", () => expect(slicePage(whole, {}, same).items).toHaveLength(5));
