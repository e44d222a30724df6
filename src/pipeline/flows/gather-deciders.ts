import { compareText } from "./edge-builder.ts";
import { maxDecidersPerEdge } from "./edge.ts";

const none: readonly string[] = [];

/** What is said to have decided edges, by the numbers of a builder's edges. */
export class DeciderLedger {
  private readonly byEdge = new Map<number, Set<string>>();
  private readonly limit: number;
  private count = 0;
  /** Deciders that found no room. */
  overflow = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(edge: number, decider: string): void {
    const known = this.byEdge.get(edge) ?? new Set();
    if (known.has(decider)) return;
    if (this.count >= this.limit) {
      this.overflow += 1;
      return;
    }
    this.count += 1;
    this.byEdge.set(edge, known.add(decider));
  }

  readonly of = (edge: number): readonly string[] => {
    const known = this.byEdge.get(edge);
    return known === undefined ? none : [...known].sort(compareText).slice(0, maxDecidersPerEdge);
  };
}
