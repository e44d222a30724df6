import { type Cidr, lastOf } from "../../../core/net/ip-set.ts";
import type { Family, IpAddress } from "../../../core/net/ip.ts";

/**
 * Values by block, asked by address. Two blocks are disjoint or one holds the other, so that whatever holds an address is
 * the last block that begins at or before it, or one of those around that block.
 */
export class BlockIndex<T> {
  readonly #families: Readonly<Record<Family, Nested<T, number> | Nested<T, bigint>>>;

  constructor(entries: readonly { readonly cidr: Cidr; readonly value: T }[]) {
    const of = (family: Family): readonly Entry<T>[] => entries.filter(({ cidr }) => cidr.family === family);
    this.#families = { 4: nest(of(4), Number), 6: nest(of(6), (value) => value) };
  }

  /**
   * The values of all blocks that hold the address, the smallest block first; of one block, in the order they were given.
   * O(log n) the first time, and the same list for all addresses with the same smallest block: not to be changed.
   */
  holding({ family, value }: IpAddress): readonly T[] {
    if (family === 4) return find(this.#families[4] as Nested<T, number>, Number(value));
    return find(this.#families[6] as Nested<T, bigint>, value);
  }
}

interface Entry<T> {
  readonly cidr: Cidr;
  readonly value: T;
}

/** Blocks of one family, ascending, an outer one before what it holds; equal blocks are one. */
interface Nested<T, N extends number | bigint> {
  readonly firsts: readonly N[];
  readonly lasts: readonly N[];
  /** The smallest block around each, -1 where there is none. */
  readonly parents: Int32Array;
  readonly values: readonly (readonly T[])[];
  /** Answers given before, by the smallest block. */
  readonly answers: (readonly T[] | undefined)[];
}

const nothing: readonly never[] = [];

function nest<T, N extends number | bigint>(entries: readonly Entry<T>[], of: (value: bigint) => N): Nested<T, N> {
  const sorted = entries.toSorted(
    ({ cidr: a }, { cidr: b }) =>
      (a.first < b.first ? -1 : a.first > b.first ? 1 : 0) || a.prefixLength - b.prefixLength,
  );
  const firsts: N[] = [];
  const lasts: N[] = [];
  const values: T[][] = [];
  let before: Cidr | undefined;
  for (const { cidr, value } of sorted) {
    if (before?.first === cidr.first && before.prefixLength === cidr.prefixLength) values.at(-1)!.push(value);
    else {
      firsts.push(of(cidr.first));
      lasts.push(of(lastOf(cidr)));
      values.push([value]);
      before = cidr;
    }
  }
  const parents = new Int32Array(firsts.length);
  const around: number[] = [];
  for (let at = 0; at < firsts.length; at += 1) {
    while (around.length > 0 && lasts[around.at(-1)!]! < firsts[at]!) around.pop();
    parents[at] = around.at(-1) ?? -1;
    around.push(at);
  }
  return { firsts, lasts, parents, values, answers: [] };
}

function find<T, N extends number | bigint>(
  { firsts, lasts, parents, values, answers }: Nested<T, N>,
  address: N,
): readonly T[] {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (firsts[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  let at = low - 1;
  while (at >= 0 && lasts[at]! < address) at = parents[at]!;
  if (at < 0) return nothing;
  const known = answers[at];
  if (known !== undefined) return known;
  const found: T[] = [];
  for (let outer = at; outer >= 0; outer = parents[outer]!) found.push(...values[outer]!);
  answers[at] = found;
  return found;
}
