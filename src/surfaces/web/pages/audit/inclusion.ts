import type { InclusionProofView } from "../../../../app/wire/audit.ts";

/**
 * What the browser found out by itself. `verified`: the record as it is shown hashes to its leaf, and the leaf stands in the tree of
 * the checkpoint. `refuted` names what does not fit. `impossible`: this page has no cryptography (it was not loaded over HTTPS).
 */
export type InclusionVerdict =
  | { readonly kind: "verified"; readonly rootHash: string; readonly hashed: number }
  | { readonly kind: "refuted"; readonly because: string }
  | { readonly kind: "impossible"; readonly because: string };

/** The part of WebCrypto that is used. */
export interface Digests {
  digest(algorithm: "SHA-256", bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
}

const leafPrefix = 0x00;
const nodePrefix = 0x01;

/**
 * JSON with sorted keys and without white space, as the log hashes it (RFC 8785 for plain values: keys in order of UTF-16 code units).
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}

function bytesOf(hexadecimal: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[0-9a-f]{64}$/.test(hexadecimal)) return undefined;
  return Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(hexadecimal.slice(2 * at, 2 * at + 2), 16));
}

function hexadecimalOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function hash(
  digests: Digests,
  prefix: number,
  ...parts: readonly Uint8Array[]
): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  all[0] = prefix;
  let at = 1;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await digests.digest("SHA-256", all));
}

/**
 * Root of the tree of `size` leaves that has `leaf` at `index`, by the path of a proof; undefined where the path is too short or too
 * long for such a tree.
 * @see RFC 9162, section 2.1.3.2
 */
async function rootFrom(
  digests: Digests,
  leaf: Uint8Array<ArrayBuffer>,
  index: number,
  size: number,
  path: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let node = index;
  let last = size - 1;
  let root = leaf;
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      root = await hash(digests, nodePrefix, sibling, root);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = await hash(digests, nodePrefix, root, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

/** A checkpoint's note says the root in base64 on its third line, the size on its second. */
function noteSays(note: string, size: number, root: Uint8Array): boolean {
  const [, noted, hashed] = note.split("\n");
  return noted?.trim() === String(size) && hashed?.trim() === btoa(String.fromCodePoint(...root));
}

/**
 * Checks one record against a checkpoint without believing the server: hashes what is shown, then climbs the tree.
 * @param digests `crypto.subtle`; undefined where the page has none
 */
export async function verifyInclusion(
  proof: InclusionProofView,
  digests: Digests | undefined,
): Promise<InclusionVerdict> {
  if (digests === undefined) {
    const because = "browsers hash only on pages that came over HTTPS or from this machine";
    return { kind: "impossible", because };
  }
  const { record, checkpoint, index, size } = proof;
  const { sequence, atMs, kind, subject, actor, payload } = record;
  if (index !== sequence) return refuted(`the proof is of record ${index}, not of ${sequence}`);
  if (!Number.isSafeInteger(size) || index < 0 || index >= size)
    return refuted(`the tree of ${size} has no record ${index}`);
  if (checkpoint.size !== size) return refuted(`the checkpoint is of ${checkpoint.size} records, the proof of ${size}`);
  const text = canonicalJson({ sequence, atMs, kind, subject, actor, payload });
  const leaf = await hash(digests, leafPrefix, new TextEncoder().encode(text));
  if (hexadecimalOf(leaf) !== record.leafHash) return refuted("the record as it is shown does not hash to its leaf");
  const path = proof.hashes.map((each) => bytesOf(each));
  if (path.some((each) => each === undefined)) return refuted("a hash on the path is not a SHA-256");
  const root = await rootFrom(digests, leaf, index, size, path as Uint8Array<ArrayBuffer>[]);
  if (root === undefined) return refuted(`the path does not fit a tree of ${size} records`);
  const rootHash = hexadecimalOf(root);
  if (rootHash !== checkpoint.rootHash) return refuted("the path leads to another root than the checkpoint's");
  if (!noteSays(checkpoint.note, size, root)) return refuted("the checkpoint's note states another size or root");
  return { kind: "verified", rootHash, hashed: path.length + 1 };
}

function refuted(because: string): InclusionVerdict {
  return { kind: "refuted", because };
}
