import { hash } from "node:crypto";

/** SHA-256 in hexadecimal, 64 digits: what every hash of the log is. */
export type Sha256 = string;

/** The chain before the first record: 32 zero bytes. */
export const chainStart: Sha256 = "0".repeat(64);

/** RFC 6962, 2.1: the root of the tree without leaves. */
export const emptyRoot: Sha256 = hash("sha256", "");

const pair = Buffer.alloc(65);

/** RFC 6962, 2.1: over 0x00 and the leaf. A text is taken as UTF-8. */
export function hashOfLeaf(leaf: string): Sha256 {
  return hash("sha256", `\0${leaf}`);
}

/** RFC 6962, 2.1: over 0x01 and the hashes of the two subtrees. */
export function hashOfNode(left: Sha256, right: Sha256): Sha256 {
  return hashOfPair(1, left, right);
}

/** Over 0x02, the chain before the record and the hash of its leaf: no leaf or node of the tree is a hash of the same bytes. */
export function hashOfChain(before: Sha256, leaf: Sha256): Sha256 {
  return hashOfPair(2, before, leaf);
}

/** Hashes from outside may be anything: only 64 lower-case hexadecimal digits are one. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function hashOfPair(what: number, left: Sha256, right: Sha256): Sha256 {
  pair[0] = what;
  // What is no hash would leave bytes of an earlier one.
  if (pair.write(left, 1, 32, "hex") !== 32 || pair.write(right, 33, 32, "hex") !== 32) {
    throw new Error("a hash of the audit log has 64 hexadecimal digits");
  }
  return hash("sha256", pair);
}
