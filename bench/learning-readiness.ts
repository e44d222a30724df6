/**
 * Does readiness keep its word, and which constants would keep it better? Worlds of the tuning settings, each with several
 * seeds, because one world has few namespaces and chances want many.
 *
 *   node bench/learning-readiness.ts [--settings usual,…|all-tuning|held-out] [--seeds 1,2,3] [--posture balanced] [--quick]
 */
import { parseArgs } from "node:util";
import type { Posture } from "../src/pipeline/suggest/choose/choice.ts";
import { fitChanges } from "./learning/fit/fit-changes.ts";
import { type Forecasted, forecastsOf } from "./learning/fit/forecasts.ts";
import { calibrationOf } from "./learning/judge/calibration.ts";
import { allSettings, quickened } from "./learning/settings.ts";

const { values } = parseArgs({
  options: {
    settings: { type: "string", default: "all-tuning" },
    seeds: { type: "string", default: "" },
    posture: { type: "string", default: "balanced" },
    quick: { type: "boolean", default: false },
  },
});
const postures: readonly Posture[] = ["strict", "balanced", "available"];
const posture = postures.find((word) => word === values.posture);
if (posture === undefined) throw new Error(`no posture \`${values.posture}\`, use ${postures.join(", ")}`);
const words = values.settings.split(",");
const chosen = allSettings.filter(
  ({ name, purpose }) =>
    words.includes(name) || words.includes(purpose) || (words.includes("all-tuning") && purpose === "tuning"),
);
const seeds = values.seeds === "" ? [undefined] : values.seeds.split(",").map(Number);

const forecasts: Forecasted[] = [];
for (const settings of chosen) {
  for (const seed of seeds) {
    const own = { ...(values.quick ? quickened(settings) : settings), ...(seed === undefined ? {} : { seed }) };
    forecasts.push(...forecastsOf(own, posture));
    process.stderr.write(`${own.name}, seed ${own.seed}: ${forecasts.length} suggestions so far\n`);
  }
}
for (const span of ["day", "week"] as const) {
  const days = span === "day" ? 1 : 7;
  const reliability = calibrationOf(
    forecasts.map(({ said, firstBlockedDay }) => ({
      said: said[span],
      held: firstBlockedDay === undefined || firstBlockedDay >= days,
    })),
  );
  if (reliability === undefined) continue;
  const points = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(7);
  process.stdout.write(`\n${span}: calibration error ${points(reliability.error).trim()}\n`);
  for (const { from, to, forecasts: own, said, held } of reliability.bins) {
    const range = `${points(from)} –${points(to)}`;
    process.stdout.write(`  ${range}  ${String(own).padStart(5)} said${points(said)}, held${points(held)}\n`);
  }
  if (chosen.every(({ purpose }) => purpose === "tuning")) {
    const { factor, power, loss, lossToday } = fitChanges(forecasts, span);
    process.stdout.write(
      `  likeliest: changes.${span} = { factor: ${factor.toFixed(2)}, power: ${power.toFixed(1)} }, ` +
        `loss ${loss.toFixed(4)} instead of ${lossToday.toFixed(4)}\n`,
    );
  }
}
