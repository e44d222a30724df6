import { hash } from "node:crypto";

/** Bytes of every hash in the log: SHA-256. */
export const hashBytes = 32;

/** The chain before the first record. */
export const chainStart: Buffer = Buffer.alloc(hashBytes);

const pair = Buffer.alloc(1 + 2 * hashBytes);

/** RFC 6962, 2.1: SHA-256 over 0x00 and the leaf. A text is taken as UTF-8. */
export function hashOfLeaf(leaf: string): Buffer {
  return hash("sha256", `\0${leaf}`, "buffer");
}

/** RFC 6962, 2.1: SHA-256 over 0x01 and the hashes of the two subtrees. */
export function hashOfNode(left: Buffer, right: Buffer): Buffer {
  return hashOfPair(1, left, right);
}

/** SHA-256 over 0x02, the chain before the record and the hash of its leaf: no leaf or node of the tree hashes the same bytes. */
export function hashOfChain(before: Buffer, leaf: Buffer): Buffer {
  return hashOfPair(2, before, leaf);
}

/** RFC 6962, 2.1: the root of the tree without leaves. */
export const emptyRoot: Buffer = hash("sha256", "", "buffer");

function hashOfPair(what: number, left: Buffer, right: Buffer): Buffer {
  pair[0] = what;
  left.copy(pair, 1);
  right.copy(pair, 1 + hashBytes);
  return hash("sha256", pair, "buffer");
}
