import { expect, test } from "vitest";
import { followed, presentMinute, readWindow } from "./time-window.ts";

const hour = 3_600_000;
test.each([
  ["", { fromMs: 976 * hour, toMs: 1_000 * hour, value: "24h" }],
  ["window=1h", { fromMs: 999 * hour, toMs: 1_000 * hour, value: "1h" }],
  ["window=nonsense", { fromMs: 976 * hour, toMs: 1_000 * hour, value: "24h" }],
  ["window=1h&fromMs=5&toMs=9", { fromMs: 5, toMs: 9, value: undefined }],
  ["fromMs=9&toMs=5", { fromMs: 976 * hour, toMs: 1_000 * hour, value: "24h" }],
])("`?%s` means %o", (query, window) => {
  const url = new URLSearchParams(query);
  expect(readWindow((name) => url.get(name) ?? undefined, 1_000 * hour)).toEqual(window);
});

const minute = 60_000;
test.each([
  ["the last hour rests until its minute is over", "1h", 0, 0],
  ["the last hour moves by the minute", "1h", 1, minute],
  ["the last hour moves far after a long sleep", "1h", 60 * hour + 1, 60 * hour + minute],
  ["the last day rests for less than 24 minutes", "24h", 23 * minute, 0],
  ["the last day moves after 24 minutes", "24h", 24 * minute, 24 * minute],
  ["a clock that was set back moves nothing", "1h", -hour, 0],
  ["two moments that were marked stay", undefined, 60 * hour, 0],
])("%s", (_, value, laterMs, movedMs) => {
  const window = { fromMs: 900 * hour, toMs: 1_000 * hour, value };
  expect(followed(window, 1_000 * hour + laterMs)).toBe(1_000 * hour + movedMs);
});

test("the present is the end of the minute that runs", () => {
  expect([presentMinute(minute), presentMinute(minute + 1)]).toEqual([minute, 2 * minute]);
});
