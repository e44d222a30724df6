import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NewsFollower } from "./follow-news.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(): { follower: NewsFollower; refreshed: string[]; busy: Set<string> } {
  const refreshed: string[] = [];
  const busy = new Set<string>();
  const follower = new NewsFollower({
    refresh: (area) => refreshed.push(area),
    isBusy: (area) => busy.has(area),
    pauseMs: (area) => (area === "namespaces" ? 5_000 : 1_000),
    nowMs: () => Date.now(),
  });
  return { follower, refreshed, busy };
}

test("a burst about a thousand namespaces asks once, and the next one only after the pause", () => {
  const { follower, refreshed } = open();
  for (let count = 0; count < 1_000; count += 1) follower.hear("traffic");
  vi.advanceTimersByTime(249);
  expect(refreshed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(refreshed).toEqual(["traffic"]);
  follower.hear("traffic");
  follower.hear("namespaces");
  vi.advanceTimersByTime(250);
  expect(refreshed).toEqual(["traffic", "namespaces"]);
  vi.advanceTimersByTime(750);
  expect(refreshed).toEqual(["traffic", "namespaces", "traffic"]);
  follower.hear("namespaces");
  vi.advanceTimersByTime(4_000);
  expect(refreshed).toHaveLength(3);
});

test("what still answers is not interrupted, and asked again once it has answered", () => {
  const { follower, refreshed, busy } = open();
  busy.add("traffic");
  follower.hear("traffic");
  vi.advanceTimersByTime(3_000);
  expect(refreshed).toEqual([]);
  busy.delete("traffic");
  vi.advanceTimersByTime(250);
  expect(refreshed).toEqual(["traffic"]);
});

test("after the end nothing is asked", () => {
  const { follower, refreshed } = open();
  follower.hear("traffic");
  follower.stop();
  vi.advanceTimersByTime(10_000);
  expect(refreshed).toEqual([]);
});
