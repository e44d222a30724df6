/**
 * PromQL for how much a counter grew in the hour before the time of evaluation, summed by labels. `increase` knows about
 * restarts, but not that a counter which was not there before began at 0: a workload that talked once would be missed.
 * @param selector a metric with its label matchers
 */
export function hourlyGrowth(selector: string, by: readonly string[]): string {
  const old = `increase(${selector}[1h]) and ${selector} offset 1h`;
  const fresh = `last_over_time(${selector}[1h]) unless ${selector} offset 1h`;
  return `sum by (${by.join(", ")}) ((${old}) or (${fresh})) > 0`;
}
