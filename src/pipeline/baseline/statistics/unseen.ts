/** How often things were seen: all times together, and how many of them once and twice. */
interface Occurrences {
  readonly total: number;
  readonly once: number;
  readonly twice: number;
}

/**
 * Share of the next observations that go to things never seen (Good 1953, after Turing): the share of observations that
 * are the only one of their thing. 1 where nothing was observed.
 */
export function unseenMass({ total, once }: Pick<Occurrences, "total" | "once">): number {
  return total === 0 ? 1 : Math.min(1, once / total);
}

/** How many things exist that were not seen, at least (Chao 1984, in the form that also holds without pairs). */
export function unseenCount({ once, twice }: Pick<Occurrences, "once" | "twice">): number {
  return (once * (once - 1)) / (2 * (twice + 1));
}
