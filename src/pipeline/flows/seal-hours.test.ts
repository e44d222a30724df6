import fc from "fast-check";
import { expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import { type EdgeHour, splitByHour } from "./seal-hours.ts";

const hourMs = 3_600_000;

function inWords(hours: readonly EdgeHour[]): string {
  return hours
    .map(
      ({ hour, flows, bytes, firstSeenMs, lastSeenMs }) =>
        `hour ${hour} ×${flows} ${bytes ?? "?"} B ${firstSeenMs / 1000}–${lastSeenMs / 1000} s`,
    )
    .join(", ");
}

test.each([
  [
    "one hour is itself",
    { flows: 2, bytes: 10, firstSeenMs: 1000, lastSeenMs: 2000, activity: [{ hour: 0, flows: 2 }] },
    "hour 0 ×2 10 B 1–2 s",
  ],
  [
    "bytes follow the flows, what is rounded away comes later",
    {
      flows: 3,
      bytes: 10,
      firstSeenMs: 1000,
      lastSeenMs: hourMs + 5000,
      activity: [
        { hour: 0, flows: 1 },
        { hour: 1, flows: 2 },
      ],
    },
    "hour 0 ×1 3 B 1–3599.999 s, hour 1 ×2 7 B 3600–3605 s",
  ],
  [
    "an hour in which a flow only went on has no flows and no bytes",
    {
      flows: 1,
      bytes: 9,
      firstSeenMs: 0,
      lastSeenMs: hourMs,
      activity: [
        { hour: 0, flows: 0 },
        { hour: 1, flows: 1 },
      ],
    },
    "hour 0 ×0 0 B 0–3599.999 s, hour 1 ×1 9 B 3600–3600 s",
  ],
  [
    "nothing but going on gives its bytes to the last hour",
    {
      flows: 0,
      bytes: 9,
      firstSeenMs: 0,
      lastSeenMs: hourMs,
      activity: [
        { hour: 0, flows: 0 },
        { hour: 1, flows: 0 },
      ],
    },
    "hour 0 ×0 0 B 0–3599.999 s, hour 1 ×0 9 B 3600–3600 s",
  ],
  [
    "without any time it is the arrival",
    { flows: 4, bytes: undefined, firstSeenMs: undefined, lastSeenMs: undefined, activity: [] },
    "hour 2 ×4 ? B 7201–7201 s",
  ],
  [
    "flows without an hour of their own go to the last one known",
    { flows: 5, bytes: 5, firstSeenMs: 0, lastSeenMs: hourMs + 1000, activity: [{ hour: 0, flows: 2 }] },
    "hour 0 ×2 2 B 0–3599.999 s, hour 1 ×3 3 B 3600–3601 s",
  ],
])("%s", (_, fields, hours) => {
  const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", fields);
  expect(inWords(splitByHour(edge, 2 * hourMs + 1000))).toBe(hours);
});

test("nothing is lost or made, and every time lies in its hour", () => {
  const activity = fc.uniqueArray(fc.record({ hour: fc.nat(50), flows: fc.nat(1000) }), {
    selector: ({ hour }) => hour,
    maxLength: 10,
  });
  const bytes = fc.option(fc.nat(Number.MAX_SAFE_INTEGER), { nil: undefined });
  fc.assert(
    fc.property(activity, fc.nat(5), bytes, fc.nat(50 * hourMs), (hours, more, total, arrivedAtMs) => {
      const flows = hours.reduce((sum, own) => sum + own.flows, 0) + more;
      const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", {
        flows,
        bytes: total,
        activity: hours.toSorted((a, b) => a.hour - b.hour),
        firstSeenMs: undefined,
        lastSeenMs: undefined,
      });
      const split = splitByHour(edge, arrivedAtMs);
      expect(split.reduce((sum, own) => sum + own.flows, 0)).toBe(flows);
      expect(split.reduce<number>((sum, own) => sum + (own.bytes ?? 0), 0)).toBe(total ?? 0);
      expect(split.every((own) => own.bytes === undefined || own.bytes >= 0)).toBe(true);
      expect(split.map(({ hour }) => hour)).toEqual([...new Set(split.map(({ hour }) => hour))].sort((a, b) => a - b));
      for (const { hour, firstSeenMs, lastSeenMs } of split) {
        expect([Math.floor(firstSeenMs / hourMs), Math.floor(lastSeenMs / hourMs)]).toEqual([hour, hour]);
        expect(firstSeenMs).toBeLessThanOrEqual(lastSeenMs);
      }
    }),
  );
});
