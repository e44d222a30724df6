import { hashOfNode, type Sha256 } from "./audit-hashes.ts";
import { type NodePlace, peaksOf, rootOfPeaks } from "./growing-tree.ts";

/** Gives hashes of nodes whose subtrees are whole, in the order in which they are asked for. */
export type ReadNodes = (wanted: readonly NodePlace[]) => Promise<readonly Sha256[]>;

/** Leaves from `start` up to `end`, which is one subtree of a larger tree: `start` is a multiple of its width. */
interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Audit path of RFC 6962, 2.1.1: what must be known besides leaf `index` to get the root of the first `size` leaves. Reads at most two nodes
 * for each level of the tree.
 */
export function inclusionProof(index: number, size: number, read: ReadNodes): Promise<readonly Sha256[]> {
  if (!(index >= 0 && index < size)) throw new Error(`leaf ${index} is not among ${size}`);
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return rootsOf(ranges.toReversed(), read);
}

/** Consistency proof of RFC 6962, 2.1.2: that the first `from` leaves of `size` have not changed. Empty for equal sizes and for none. */
export function consistencyProof(from: number, size: number, read: ReadNodes): Promise<readonly Sha256[]> {
  if (!(from >= 0 && from <= size)) throw new Error(`${from} leaves are more than ${size}`);
  if (from === 0 || from === size) return Promise.resolve([]);
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  // Whether the old tree is known to whoever asks as a whole: then it need not be told.
  let isWhole = true;
  while (from < end) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
      isWhole = false;
    }
  }
  if (!isWhole) ranges.push({ start, end });
  return rootsOf(ranges.toReversed(), read);
}

/** Root that a leaf and its audit path lead to; undefined when the path has not the length of one (RFC 9162, 2.1.3.2). */
export function rootOfInclusion(
  leaf: Sha256,
  index: number,
  size: number,
  path: readonly Sha256[],
): Sha256 | undefined {
  if (!(index >= 0 && index < size)) return undefined;
  let position = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of path) {
    if (last === 0) return undefined;
    if (position % 2 === 1 || position === last) {
      root = hashOfNode(hash, root);
      // A subtree at the right edge that is not whole rises until it has a sibling on its left.
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else root = hashOfNode(root, hash);
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

/** Whether the tree of `to` leaves with root `toRoot` begins with the tree of `from` leaves (RFC 9162, 2.1.4.2). */
export function isConsistent(
  [from, fromRoot]: readonly [number, Sha256],
  [to, toRoot]: readonly [number, Sha256],
  proof: readonly Sha256[],
): boolean {
  if (from > to) return false;
  if (from === to) return proof.length === 0 && fromRoot === toRoot;
  if (from === 0) return proof.length === 0;
  let position = from - 1;
  let last = to - 1;
  while (position % 2 === 1) {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  const isPower = position === 0;
  const path = isPower ? [fromRoot, ...proof] : proof;
  const [first] = path;
  if (first === undefined) return false;
  let oldRoot = first;
  let newRoot = first;
  for (const hash of path.slice(1)) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      oldRoot = hashOfNode(hash, oldRoot);
      newRoot = hashOfNode(hash, newRoot);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else newRoot = hashOfNode(newRoot, hash);
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && oldRoot === fromRoot && newRoot === toRoot;
}

/** The left subtree's width: the largest power of two below the number of leaves. */
function splitOf(leaves: number): number {
  let width = 1;
  while (width * 2 < leaves) width *= 2;
  return width;
}

async function rootsOf(ranges: readonly LeafRange[], read: ReadNodes): Promise<readonly Sha256[]> {
  const places = ranges.map(({ start, end }) =>
    peaksOf(end - start).map(({ level, index }) => ({ level, index: index + start / 2 ** level })),
  );
  const hashes = await read(places.flat());
  let at = 0;
  return places.map((own) => rootOfPeaks(hashes.slice(at, (at += own.length))));
}
