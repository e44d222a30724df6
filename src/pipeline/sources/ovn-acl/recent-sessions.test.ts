import { expect, test } from "vitest";
import { RecentSessions } from "./recent-sessions.ts";

test("packets within a minute are one session, and one after a silence begins another", () => {
  const sessions = new RecentSessions();
  expect([0, 60_000, 120_000, 180_001].map((ms) => sessions.begins("a", ms))).toEqual([true, false, false, true]);
});

test("what is remembered is bounded: the longest silent are forgotten", () => {
  const sessions = new RecentSessions(2);
  for (const key of ["a", "b", "a", "c"]) sessions.begins(key, 0);
  expect(["a", "b"].map((key) => sessions.begins(key, 1))).toEqual([false, true]);
});
