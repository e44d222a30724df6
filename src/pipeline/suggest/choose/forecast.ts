import type { Novelty } from "../../baseline/statistics/novelty.ts";
import type { UseStatistics } from "../../baseline/statistics/use-statistics.ts";

/** What the recording shows of new addresses or blocks: `a new address on 9 of 20 days`, `no new block in 20 days`. */
export function forecast(novelty: Novelty, { clock, walk }: UseStatistics, one: string, many: string): string {
  if (clock === undefined || walk === undefined) return `no record tells when ${many} came`;
  const periods = walk.last - walk.start;
  const unit = clock.hoursPerPeriod === 24 ? "day" : "hour";
  if (periods === 0) return `there is only one ${unit} to go by`;
  const stretch = `${periods} ${unit}${periods === 1 ? "" : "s"}`;
  const { newPeriods } = novelty;
  return newPeriods === 0 ? `no new ${one} came in ${stretch}` : `new ${many} came on ${newPeriods} of ${stretch}`;
}
