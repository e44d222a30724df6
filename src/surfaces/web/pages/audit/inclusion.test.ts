import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson as canonicalOfLog } from "../../../../app/audit/canonical-json.ts";
import type { AuditRow, InclusionProofView } from "../../../../app/wire/audit.ts";
import { canonicalJson, verifyInclusion } from "./inclusion.ts";

const { subtle } = globalThis.crypto;

function sha(prefix: number, ...parts: readonly Uint8Array[]): Buffer {
  return createHash("sha256")
    .update(Buffer.concat([Uint8Array.of(prefix), ...parts]))
    .digest();
}

function recordAt(sequence: number): AuditRow {
  const entry = {
    sequence,
    atMs: 1_760_000_000_000 + sequence,
    kind: "proposal.approve",
    subject: `proposal/p-${sequence}`,
    actor: { subject: "local:ada", name: "Ada Lovelace" },
    payload: { to: "approved", revision: sequence, note: "über 100 %", nested: { b: [1, null], a: true } },
  };
  return { ...entry, leafHash: sha(0, Buffer.from(canonicalJson(entry))).toString("hex"), chainHash: "00" };
}

/** RFC 6962, as its definition reads: split at the largest power of two below the size. */
function treeRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha(1, treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split)));
}

function treePath(leaves: readonly Buffer[], index: number): readonly Buffer[] {
  if (leaves.length === 1) return [];
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...treePath(left, index), treeRoot(right)]
    : [...treePath(right, index - split), treeRoot(left)];
}

function proofOf(index: number, size: number): InclusionProofView {
  const records = Array.from({ length: size }, (_, sequence) => recordAt(sequence));
  const leaves = records.map(({ leafHash }) => Buffer.from(leafHash, "hex"));
  const root = treeRoot(leaves);
  return {
    record: records[index]!,
    index,
    size,
    hashes: treePath(leaves, index).map((hash) => hash.toString("hex")),
    checkpoint: {
      size,
      rootHash: root.toString("hex"),
      atMs: 1_760_000_000_000,
      note: `postern.test/audit\n${size}\n${root.toString("base64")}\n1760000000000\n\n— postern.test c2ln\n`,
    },
  };
}

test("every record of every small tree is verified", async () => {
  for (let size = 1; size <= 33; size += 1) {
    for (let index = 0; index < size; index += 1) {
      expect(await verifyInclusion(proofOf(index, size), subtle)).toMatchObject({ kind: "verified" });
    }
  }
});

describe("what was touched is refuted", () => {
  const proof = proofOf(5, 11);
  const rows: readonly (readonly [string, InclusionProofView, string])[] = [
    [
      "another text in the record",
      { ...proof, record: { ...proof.record, payload: { to: "rejected" } } },
      "does not hash to its leaf",
    ],
    [
      "another actor",
      { ...proof, record: { ...proof.record, actor: { subject: "local:eve", name: "Eve" } } },
      "does not hash",
    ],
    ["another time", { ...proof, record: { ...proof.record, atMs: 1 } }, "does not hash"],
    ["a path that is too short", { ...proof, hashes: proof.hashes.slice(1) }, "does not fit a tree"],
    ["a path that is too long", { ...proof, hashes: [...proof.hashes, proof.hashes[0]!] }, "does not fit a tree"],
    ["a path with two hashes exchanged", { ...proof, hashes: proof.hashes.toReversed() }, "another root"],
    ["no hash at all on the path", { ...proof, hashes: ["x"] }, "is not a SHA-256"],
    ["another index", { ...proof, index: 4 }, "of record 4, not of 5"],
    ["a smaller tree", { ...proof, size: 5 }, "has no record 5"],
    ["a checkpoint of another tree", { ...proof, checkpoint: { ...proof.checkpoint, size: 12 } }, "of 12 records"],
    [
      "a note with another root",
      { ...proof, checkpoint: { ...proof.checkpoint, note: "a\n11\nAAAA\n" } },
      "note states another",
    ],
  ];
  test.each(rows)("%s", async (_, touched, because) => {
    expect(await verifyInclusion(touched, subtle)).toEqual({
      kind: "refuted",
      because: expect.stringContaining(because) as string,
    });
  });

  test("one bit anywhere in the path or the root", async () => {
    const flip = (hash: string, at: number): string =>
      hash.slice(0, at) + ((Number.parseInt(hash[at]!, 16) ^ 1) % 16).toString(16) + hash.slice(at + 1);
    await fc.assert(
      fc.asyncProperty(fc.nat(proof.hashes.length), fc.nat(63), async (which, at) => {
        const hashes = proof.hashes.map((hash, place) => (place === which ? flip(hash, at) : hash));
        const rootHash =
          which === proof.hashes.length ? flip(proof.checkpoint.rootHash, at) : proof.checkpoint.rootHash;
        const touched = { ...proof, hashes, checkpoint: { ...proof.checkpoint, rootHash } };
        expect((await verifyInclusion(touched, subtle)).kind).toBe("refuted");
      }),
      { numRuns: 40 },
    );
  });
});

test("a page without cryptography says so", async () => {
  expect(await verifyInclusion(proofOf(0, 1), undefined)).toMatchObject({ kind: "impossible" });
});

test.each([
  [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
  [{ ä: 1, z: { y: 1.5, x: undefined } }, '{"z":{"y":1.5},"ä":1}'],
  ['\u0007"', '"\\u0007\\""'],
])("%j is written as %s", (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("the log writes the same canonical JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(value)).toBe(canonicalOfLog(value));
    }),
  );
});
