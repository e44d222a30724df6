import { calibration } from "../../../src/pipeline/suggest/readiness/calibration.ts";
import { countedChanges } from "../../../src/pipeline/suggest/readiness/hazards.ts";
import type { Forecasted } from "./forecasts.ts";

export interface Fit {
  readonly factor: number;
  readonly power: number;
  /** Negative log-likelihood per forecast, in nats: as fitted, and with the constants of today. */
  readonly loss: number;
  readonly lossToday: number;
}

const factors = Array.from({ length: 60 }, (_, i) => 0.05 * 1.07 ** i);
const powers = Array.from({ length: 11 }, (_, i) => 0.3 + i / 10);

/** The likeliest factor and power, all other hazards as they are. */
export function fitChanges(all: readonly Forecasted[], span: "day" | "week"): Fit {
  const days = span === "day" ? 1 : 7;
  const today = calibration.changes[span];
  const cases = all.map(({ said, changes, firstBlockedDay }) => {
    const total = -Math.log(Math.max(1e-9, said[span]));
    const others = Math.max(0, total - countedChanges(today, changes[span]));
    return { change: changes[span], others, held: firstBlockedDay === undefined || firstBlockedDay >= days };
  });
  const lossOf = (factor: number, power: number): number =>
    cases.reduce((sum, { change, others, held }) => {
      const hazard = Math.max(1e-4, others + countedChanges({ factor, power, beyond: today.beyond }, change));
      return sum + (held ? hazard : -Math.log(-Math.expm1(-hazard)));
    }, 0) / cases.length;
  const lossToday = lossOf(today.factor, today.power);
  let best: Fit = { factor: today.factor, power: today.power, loss: lossToday, lossToday };
  for (const factor of factors) {
    for (const power of powers) {
      const loss = lossOf(factor, power);
      if (loss < best.loss) best = { factor, power, loss, lossToday };
    }
  }
  return best;
}
