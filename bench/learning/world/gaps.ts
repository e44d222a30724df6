import { seeded } from "../../corpus/random.ts";
import type { World } from "./world.ts";

/** When the observation was down, in hours since learning began; each is one outage. */
export function gapsOf({ settings, learned }: World): readonly { readonly from: number; readonly to: number }[] {
  const random = seeded(settings.seed ^ 0x9a9);
  const count = Math.round((settings.gapsPerWeek * settings.learningDays) / 7);
  return Array.from({ length: count }, () => {
    const from = random.below(learned / 3600);
    return { from, to: from + 1 + random.below(10) };
  });
}

export function isInGap(gaps: ReturnType<typeof gapsOf>, at: number): boolean {
  const hour = at / 3600;
  return gaps.some(({ from, to }) => hour >= from && hour < to);
}
