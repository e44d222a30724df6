import type { UseStatistics } from "../../baseline/statistics/use-statistics.ts";

type Lengths = { readonly 4: number; readonly 6: number };

/**
 * Chance that the next address lies in none of the blocks that were met: Good–Turing once more, with a block in the place of a
 * species and the next finer blocks in the place of observations, because addresses come in clusters. What nobody has seen
 * counts as one more block of its own.
 */
export function outsideChance({ histories, addresses }: UseStatistics, lengths: Lengths, finer: Lengths): number {
  if (addresses < fewAddresses) return 1;
  let alone = 0;
  let all = 0;
  for (const { common, family } of histories) {
    let inside = 0;
    for (const bits of common) {
      if (bits < lengths[family]) {
        if (inside === 1) alone += 1;
        inside = 0;
      }
      if (bits < finer[family]) {
        inside += 1;
        all += 1;
      }
    }
    if (inside === 1) alone += 1;
  }
  return (alone + 1) / (all + 1);
}

/** So few addresses show no pattern: they are written as they were seen until something moves. */
const fewAddresses = 3;
