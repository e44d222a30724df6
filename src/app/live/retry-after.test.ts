import { expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const nowMs = Date.UTC(2026, 2, 2, 6, 0, 0);
const date = "Mon, 02 Mar 2026 06:00:00 GMT";
const inAMinute = "Mon, 02 Mar 2026 06:01:00 GMT";

test.each([
  ["nothing", {}, undefined],
  ["seconds", { "retry-after": "7" }, 7000],
  ["a date", { "retry-after": inAMinute, date }, 60_000],
  ["a date, and not what its clock says", { "retry-after": inAMinute }, 60_000],
  ["a date, by a clock that is ten minutes ahead of ours", tenMinutesAhead(), 60_000],
  ["a date that has passed", { "retry-after": date, date: inAMinute }, 0],
  ["something else", { "retry-after": "soon", date }, undefined],
  ["an absurd number", { "retry-after": "9".repeat(40), date }, undefined],
])("a server that says %s", (_, headers, expected) => {
  expect(retryAfterMs(headers, nowMs)).toBe(expected);
});

function tenMinutesAhead(): { readonly "retry-after": string; readonly date: string } {
  return { "retry-after": "Mon, 02 Mar 2026 06:11:00 GMT", date: "Mon, 02 Mar 2026 06:10:00 GMT" };
}
