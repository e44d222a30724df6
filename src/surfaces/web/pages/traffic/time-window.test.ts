import { expect, test } from "vitest";
import { readWindow } from "./time-window.ts";

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
