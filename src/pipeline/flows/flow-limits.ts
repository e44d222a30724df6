/**
 * How much one reading may keep, whatever the input. A limit that is reached is counted in the harvest's `overflow`.
 * The defaults are far above real clusters and keep a process of two workers well below a gigabyte when an input is
 * hostile; real inputs stay around 200 MB.
 */
export interface FlowLimits {
  /** Distinct (workload, destination, port, protocol, verdict). */
  readonly edges: number;
  /** Distinct (edge, block of eight hours). */
  readonly activity: number;
  /** Distinct texts: names of namespaces, owners, destinations. */
  readonly symbols: number;
  /** Distinct (name, address, workload). */
  readonly names: number;
}

export const defaultFlowLimits: FlowLimits = { edges: 400_000, activity: 800_000, symbols: 400_000, names: 200_000 };
