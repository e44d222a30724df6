import { expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import { believedWindow } from "./believed-window.ts";

const hourMs = 3_600_000;
const at = (text: string): number => Date.parse(`${text}Z`);
/** Of a leap year. */
const yearHours = 366 * 24;
const november = Array.from({ length: 48 }, (_, i) => at("2026-11-01T00:00") / hourMs + i);

test.each<[string, readonly number[], string, string]>([
  ["a plain recording is believed", november, "2026-11-01", "2026-11-02"],
  ["a record of 2099 is not", [...november, at("2099-01-01T00:00") / hourMs], "2026-11-01", "2026-11-02"],
  ["nor one of 1970, when clocks begin", [0, ...november], "2026-11-01", "2026-11-02"],
  ["nor both", [0, ...november, at("9999-12-31T00:00") / hourMs], "2026-11-01", "2026-11-02"],
  ["a year of silence is", [0, 1, 2].map((year) => november[0]! + year * yearHours), "2026-11-01", "2028-11-02"],
  ["an hour more than a year before is not", [november[0]! - yearHours - 1, ...november], "2026-11-01", "2026-11-02"],
  ["nor an hour more than a year later", [...november, november.at(-1)! + yearHours + 1], "2026-11-01", "2026-11-02"],
  ["of two stretches the one with more hours is", [0, 1, 2, ...november.slice(0, 2)], "1970-01-01", "1970-01-01"],
  ["of two alike the later one is", [0, 1, ...november.slice(0, 2)], "2026-11-01", "2026-11-01"],
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

test.each([
  [0, 0, "records of 1970-01-01 are more"],
  [undefined, at("9999-12-31T00:00"), "records of 9999-12-31 are more"],
  [0, 8.64e15 + 1, "records of 1970-01-01 and no day at all are more"],
])("what is cut off is told with its days (%s, %s)", (before, after, said) => {
  const [first, last] = [november[0]! * hourMs, november.at(-1)! * hourMs + 60_000];
  const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", {
    activity: november.map((hour) => ({ hour, flows: 1 })),
  });
  const given = { firstMs: before ?? first, lastMs: after === 0 ? last : after };
  expect(believedWindow([edge], given).warnings).toEqual([
    {
      code: "flows_clock_wrong",
      message: `${said} than a year from all others, so their clocks are not believed: the recording is taken as 2026-11-01 to 2026-11-02`,
    },
  ]);
});

test("records without edges cannot stretch it either, and no times stay none", () => {
  const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443", { activity: [{ hour: november[0]!, flows: 1 }] });
  const { window } = believedWindow([edge], { firstMs: november[0]! * hourMs, lastMs: 8.64e15 });
  expect(window?.lastMs).toBe((november[0]! + 1) * hourMs - 1);
  expect(believedWindow([edge], undefined).window).toBeUndefined();
});
