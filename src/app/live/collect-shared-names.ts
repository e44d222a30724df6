import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";

/** Names that are remembered; of the one that was heard least lately nothing is known any more. */
const maxNames = 20_000;
/** Earlier runs of a name; more do not wait for their turn. */
const maxRuns = 4;

interface Runs {
  current: string;
  address: string;
  /** Address by incarnation, oldest first. */
  readonly before: Map<string, string>;
}

/** Two observers of one cluster with one name. */
export interface SharedName {
  readonly cluster: string;
  readonly observer: string;
  /** Where their batches come from; the same twice when they run on one machine. */
  readonly addresses: readonly [string, string];
}

/**
 * Notices observers that ship under one name. Each run of an observer has an incarnation of its own and ships in the order of
 * its runs: one that comes back behind another belongs to somebody else. Nothing is lost or taken for a repetition, but who
 * counts what cannot be told apart, and what both see counts twice.
 */
export class SharedNames {
  readonly #runs = new Map<string, Runs>();

  /** Of a batch that is stored now, for the first time. @returns undefined when it is no sign of two */
  note({ cluster, observer, incarnation }: SealedBatch, address: string): SharedName | undefined {
    const key = JSON.stringify([cluster, observer]);
    const runs = this.#runs.get(key);
    if (runs === undefined) {
      const [oldest] = this.#runs.keys();
      if (this.#runs.size >= maxNames && oldest !== undefined) this.#runs.delete(oldest);
      this.#runs.set(key, { current: incarnation, address, before: new Map() });
      return undefined;
    }
    // Heard last, forgotten last.
    this.#runs.delete(key);
    this.#runs.set(key, runs);
    if (runs.current === incarnation) {
      runs.address = address;
      return undefined;
    }
    const isBack = runs.before.delete(incarnation);
    const other = runs.address;
    runs.before.set(runs.current, other);
    const [first] = runs.before.keys();
    if (runs.before.size > maxRuns && first !== undefined) runs.before.delete(first);
    runs.current = incarnation;
    runs.address = address;
    return isBack ? { cluster, observer, addresses: [address, other] } : undefined;
  }
}
