import { expect, test } from "vitest";
import { Share } from "./share.ts";

test("one client has half, and others the rest", () => {
  const share = new Share(9);
  for (let i = 0; i < 4; i += 1) {
    expect(share.has("a")).toBe(true);
    share.take("a");
  }
  expect([share.has("a"), share.has("b", 4), share.has("b", 5)]).toEqual([false, true, false]);
  share.giveBack("a");
  expect(share.has("a")).toBe(true);
});

test("where one unit is more than half, everybody may have one", () => {
  const share = new Share(10, 8);
  expect([share.has("a", 8), share.has("a", 9)]).toEqual([true, false]);
  expect(new Share(1).has("a")).toBe(true);
});
