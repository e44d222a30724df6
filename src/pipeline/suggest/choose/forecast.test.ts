import { expect, test } from "vitest";
import { type Arrivals, forecast } from "./forecast.ts";

const addresses = (newPeriods: number): Arrivals => ({ novelty: { newPeriods }, one: "address", many: "addresses" });
const blocks = (newPeriods: number): Arrivals => ({ novelty: { newPeriods }, one: "block", many: "blocks" });

test.each([
  ["without times", undefined, undefined, ["no record tells when addresses came"]],
  ["of a single hour", 1, 0, ["there is only one hour to go by"]],
  ["of a single day", 24, 0, ["there is only one day to go by"]],
  ["of two hours", 1, 1, ["new addresses came on 9 of 1 hour", "no new block came in 1 hour"]],
  ["of three weeks", 24, 20, ["new addresses came on 9 of 20 days", "no new block came in 20 days"]],
] as const)("a recording %s tells what it can of new addresses and blocks, once", (_, hoursPerPeriod, last, told) => {
  const clock = hoursPerPeriod === undefined ? undefined : { hoursPerPeriod };
  const walk = last === undefined ? undefined : { start: 0, last };
  expect(forecast({ clock, walk }, addresses(9), blocks(0))).toEqual(told);
});
