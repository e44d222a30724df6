import type { Weighed } from "./choose-form.ts";

const because = "the policy would hold too many rules otherwise";

/**
 * Takes coarser forms until all fit, each time the one that costs least for each rule it saves. What cannot be made coarser
 * stays as it is: the caller sees that it is too many.
 */
export function fitRules(weighed: readonly Weighed[], maxRules: number): readonly Weighed[] {
  const fitted = [...weighed];
  let rules = fitted.reduce((sum, { candidate }) => sum + candidate.rules, 0);
  while (rules > maxRules) {
    let at = -1;
    let least = Infinity;
    for (const [
      i,
      {
        candidate,
        coarser: [next],
      },
    ] of fitted.entries()) {
      if (next === undefined) continue;
      const perRule = next.costsMore / (candidate.rules - next.candidate.rules);
      if (perRule < least) {
        least = perRule;
        at = i;
      }
    }
    if (at < 0) return fitted;
    const taken = fitted[at]!;
    const next = taken.take(taken.coarser[0]!.candidate, because);
    rules += next.candidate.rules - taken.candidate.rules;
    fitted[at] = next;
  }
  return fitted;
}
