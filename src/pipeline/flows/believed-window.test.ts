import { expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import { believedWindow } from "./believed-window.ts";

const hourMs = 3_600_000;
const at = (text: string): number => Date.parse(`${text}Z`);
const november = Array.from({ length: 48 }, (_, i) => at("2026-11-01T00:00") / hourMs + i);

test.each<[string, readonly number[], string, string]>([
  ["a plain recording is believed", november, "2026-11-01", "2026-11-02"],
  ["a record of 2099 is not", [...november, at("2099-01-01T00:00") / hourMs], "2026-11-01", "2026-11-02"],
  ["nor one of 1970, when clocks begin", [0, ...november], "2026-11-01", "2026-11-02"],
  ["nor both", [0, ...november, at("9999-12-31T00:00") / hourMs], "2026-11-01", "2026-11-02"],
  ["some months of silence are", [at("2026-02-01T00:00") / hourMs, ...november], "2026-02-01", "2026-11-02"],
])("%s", (_title, hours, first, last) => {
  const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", {
    activity: hours.map((hour) => ({ hour, flows: 1 })),
  });
  const given = { firstMs: hours[0]! * hourMs, lastMs: hours.at(-1)! * hourMs + 60_000 };
  const { window, warnings } = believedWindow([edge], given);
  const day = (ms: number | undefined): string => new Date(ms ?? Number.NaN).toISOString().slice(0, 10);
  expect([day(window?.firstMs), day(window?.lastMs)]).toEqual([first, last]);
  const isCut = window?.firstMs !== given.firstMs || window.lastMs !== given.lastMs;
  expect(warnings.map(({ code }) => code)).toEqual(isCut ? ["flows_clock_wrong"] : []);
});

test("records without edges cannot stretch it either, and no times stay none", () => {
  const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", { activity: [{ hour: november[0]!, flows: 1 }] });
  const { window } = believedWindow([edge], { firstMs: november[0]! * hourMs, lastMs: 8.64e15 });
  expect(window?.lastMs).toBe((november[0]! + 1) * hourMs - 1);
  expect(believedWindow([edge], undefined).window).toBeUndefined();
});
