import { emptyRoot, hashOfNode, type Sha256 } from "./audit-hashes.ts";

/** Place of a node whose subtree is whole: level 0 are leaves, `index` counts from the left of the level. */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
}

const none: readonly Sha256[] = [];

/**
 * A Merkle tree of RFC 6962 that only grows: it knows its largest whole subtrees, at most one for each bit of its size, and nothing
 * else. Appending costs one hash and a half on the average.
 */
export class GrowingTree {
  #size: number;
  /** Hashes of whole subtrees, the largest first: one for each 1 in the binary form of the size. */
  readonly #peaks: Sha256[];

  constructor(size = 0, peaks: readonly Sha256[] = []) {
    if (peaks.length !== bitsSet(size)) throw new Error(`a tree of ${size} leaves has ${bitsSet(size)} whole subtrees`);
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  get peaks(): readonly Sha256[] {
    return this.#peaks;
  }

  /** @returns hashes of the subtrees that are whole with this leaf, of level 1 first */
  append(leaf: Sha256): readonly Sha256[] {
    let hash = leaf;
    let nodes = none;
    for (let index = this.#size; index % 2 === 1; index = (index - 1) / 2) {
      hash = hashOfNode(this.#peaks.pop()!, hash);
      nodes = nodes === none ? [hash] : [...nodes, hash];
    }
    this.#peaks.push(hash);
    this.#size += 1;
    return nodes;
  }

  root(): Sha256 {
    return rootOfPeaks(this.#peaks);
  }
}

/** The smaller subtrees are hashed together first (RFC 6962, 2.1: the left one is the largest power of two). */
export function rootOfPeaks(peaks: readonly Sha256[]): Sha256 {
  return peaks.length === 0 ? emptyRoot : peaks.reduceRight((right, left) => hashOfNode(left, right));
}

/** Places of the largest whole subtrees of a tree, the largest first. */
export function peaksOf(size: number): readonly NodePlace[] {
  const places: NodePlace[] = [];
  let start = 0;
  for (let level = 52; level >= 0; level -= 1) {
    const leaves = 2 ** level;
    if (size - start < leaves) continue;
    places.push({ level, index: start / leaves });
    start += leaves;
  }
  return places;
}

function bitsSet(size: number): number {
  return peaksOf(size).length;
}
