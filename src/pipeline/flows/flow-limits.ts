/**
 * How much one reading may keep, whatever the input. A limit that is reached is counted in the harvest's `overflow`.
 * The defaults are far above real clusters: an input that reaches every one of them takes 0.7 GB with two workers, one
 * of 2 M flows and 100 k edges 0.22 GB.
 */
export interface FlowLimits {
  /** Distinct (workload, destination, port, protocol, verdict). */
  readonly edges: number;
  /** Distinct (edge, block of eight hours). */
  readonly activity: number;
  /** Distinct texts: names of namespaces, owners, destinations. */
  readonly symbols: number;
  /** Distinct (name, address, workload); and as many distinct (edge, policy that decided it). */
  readonly names: number;
}

export const defaultFlowLimits: FlowLimits = { edges: 300_000, activity: 600_000, symbols: 200_000, names: 50_000 };
