import type { Clock } from "../../baseline/statistics/address-history.ts";
import type { Novelty, Walk } from "../../baseline/statistics/novelty.ts";
import type { UseStatistics } from "../../baseline/statistics/use-statistics.ts";

/** What is counted as it comes, and what people call it. */
export interface Arrivals {
  readonly novelty: Pick<Novelty, "newPeriods">;
  readonly one: string;
  readonly many: string;
}

/** How long was looked, and by which clock. */
interface Recording {
  readonly clock: Pick<Clock, "hoursPerPeriod"> | undefined;
  readonly walk: Pick<Walk, "start" | "last"> | undefined;
}

export function newAddresses({ exact }: Pick<UseStatistics, "exact">): Arrivals {
  return { novelty: exact, one: "address", many: "addresses" };
}

/**
 * What the recording shows of new addresses and of the blocks around them: `new addresses came on 9 of 20 days` and `no new
 * block came in 20 days`. Where it is too short to tell, that is said once.
 */
export function forecast({ clock, walk }: Recording, first: Arrivals, ...others: readonly Arrivals[]): string[] {
  if (clock === undefined || walk === undefined) return [`no record tells when ${first.many} came`];
  const periods = walk.last - walk.start;
  const unit = clock.hoursPerPeriod === 24 ? "day" : "hour";
  if (periods === 0) return [`there is only one ${unit} to go by`];
  const stretch = `${periods} ${unit}${periods === 1 ? "" : "s"}`;
  return [first, ...others].map(({ novelty: { newPeriods }, one, many }) =>
    newPeriods === 0 ? `no new ${one} came in ${stretch}` : `new ${many} came on ${newPeriods} of ${stretch}`,
  );
}
