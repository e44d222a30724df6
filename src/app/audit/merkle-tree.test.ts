import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyRoot, hashOfLeaf, hashOfNode, type Sha256 } from "./audit-hashes.ts";
import { GrowingTree, type NodePlace, peaksOf } from "./growing-tree.ts";
import { consistencyProof, inclusionProof, isConsistent, type ReadNodes, rootOfInclusion } from "./merkle-proof.ts";

/** RFC 6962, 2.1, word by word. */
function rootOf(leaves: readonly Sha256[]): Sha256 {
  if (leaves.length === 0) return emptyRoot;
  if (leaves.length === 1) return leaves[0]!;
  const split = splitOf(leaves.length);
  return hashOfNode(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function splitOf(size: number): number {
  let width = 1;
  while (width * 2 < size) width *= 2;
  return width;
}

/** RFC 6962, 2.1.1. */
function pathOf(index: number, leaves: readonly Sha256[]): readonly Sha256[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...pathOf(index, left), rootOf(right)] : [...pathOf(index - split, right), rootOf(left)];
}

/** RFC 6962, 2.1.2. */
function subproofOf(from: number, leaves: readonly Sha256[], isWhole: boolean): readonly Sha256[] {
  if (from === leaves.length) return isWhole ? [] : [rootOf(leaves)];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return from <= split
    ? [...subproofOf(from, left, isWhole), rootOf(right)]
    : [...subproofOf(from - split, right, false), rootOf(left)];
}

interface Grown {
  readonly leaves: readonly Sha256[];
  readonly tree: GrowingTree;
  readonly read: ReadNodes;
  readonly asked: NodePlace[];
}

function grow(size: number): Grown {
  return growOf(Array.from({ length: size }, (_, n) => hashOfLeaf(`leaf ${n}`)));
}

function growOf(leaves: readonly Sha256[]): Grown {
  const nodes = new Map<string, Sha256>();
  const tree = new GrowingTree();
  for (const [n, leaf] of leaves.entries()) {
    nodes.set(`0 ${n}`, leaf);
    for (const [above, hash] of tree.append(leaf).entries())
      nodes.set(`${above + 1} ${(n + 1) / 2 ** (above + 1) - 1}`, hash);
  }
  const asked: NodePlace[] = [];
  const read: ReadNodes = (wanted) => {
    asked.push(...wanted);
    return Promise.resolve(wanted.map(({ level, index }) => nodes.get(`${level} ${index}`)!));
  };
  return { leaves, tree, read, asked };
}

/** Leaves and roots that implementations of Certificate Transparency test themselves with. */
const known = [
  ["", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
  ["\0", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
  ["\u0010", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
  [" !", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
  ["01", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"],
  ["@ABC", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"],
  ["PQRSTUVW", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"],
  ["`abcdefghijklmno", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
] as const;

describe("the tree", () => {
  test("has the roots of RFC 6962's test vectors", () => {
    const tree = new GrowingTree();
    expect(tree.root()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (const [leaf, root] of known) {
      tree.append(hashOfLeaf(leaf));
      expect(tree.root()).toBe(root);
    }
  });

  test("has the path and the consistency proof of those vectors", async () => {
    const { read } = growOf(known.map(([leaf]) => hashOfLeaf(leaf)));
    expect(await inclusionProof(0, 8, read)).toEqual([
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    expect(await consistencyProof(6, 8, read)).toEqual([
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
  });

  test("goes on from its peaks", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(40), (size, more) => {
        const { tree, leaves } = grow(size + more);
        const start = grow(size).tree;
        const again = new GrowingTree(start.size, start.peaks);
        for (const leaf of leaves.slice(size)) again.append(leaf);
        expect(again.root()).toBe(tree.root());
        expect(again.root()).toBe(rootOf(leaves));
        expect(again.peaks).toHaveLength(peaksOf(size + more).length);
      }),
    );
  });

  test("refuses peaks of another size", () => expect(() => new GrowingTree(3, ["a"])).toThrow("2 whole subtrees"));
});

describe("proofs", () => {
  const sizes = fc.nat(200).chain((size) => fc.tuple(fc.constant(size + 1), fc.nat(size)));

  test("of inclusion are those of RFC 6962, lead to the root, and read few nodes", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([size, index]) => {
        const { leaves, tree, read, asked } = grow(size);
        const path = await inclusionProof(index, size, read);
        expect(path).toEqual(pathOf(index, leaves));
        expect(rootOfInclusion(leaves[index]!, index, size, path)).toBe(tree.root());
        expect(asked.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(size + 1)));
      }),
    );
  });

  test("of inclusion fail for anything else", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async ([size, index], which, other) => {
        const { leaves, tree, read } = grow(size);
        const path = await inclusionProof(index, size, read);
        const leaf = leaves[index]!;
        const root = tree.root();
        const wrong = other % (size + 3);
        if (wrong !== index) expect(rootOfInclusion(leaf, wrong, size, path)).not.toBe(root);
        expect(rootOfInclusion(hashOfLeaf("none"), index, size, path)).not.toBe(root);
        expect(rootOfInclusion(leaf, index, size, [...path, root])).not.toBe(root);
        if (path.length === 0) return;
        expect(rootOfInclusion(leaf, index, size, path.slice(1))).not.toBe(root);
        const changed = path.with(which % path.length, hashOfLeaf("none"));
        expect(rootOfInclusion(leaf, index, size, changed)).not.toBe(root);
      }),
    );
  });

  test("of consistency are those of RFC 6962, and hold for these two trees alone", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async ([size, from], which) => {
        const { leaves, tree, read, asked } = grow(size);
        const proof = await consistencyProof(from, size, read);
        if (from > 0) expect(proof).toEqual(subproofOf(from, leaves, true));
        const [old, now] = [rootOf(leaves.slice(0, from)), tree.root()];
        expect(isConsistent([from, old], [size, now], proof)).toBe(true);
        expect(asked.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(size + 1)) + 1);
        if (from === 0) return;
        const none = hashOfLeaf("none");
        expect(isConsistent([from, none], [size, now], proof)).toBe(false);
        expect(isConsistent([from, old], [size, none], proof)).toBe(false);
        expect(isConsistent([from, old], [size, now], [...proof, none])).toBe(false);
        if (proof.length === 0) return;
        expect(isConsistent([from, old], [size, now], proof.slice(1))).toBe(false);
        expect(isConsistent([from, old], [size, now], proof.with(which % proof.length, none))).toBe(false);
      }),
    );
  });

  test.each([
    [3, 3],
    [-1, 3],
    [0, 0],
  ])("of leaf %i among %i there is none", (index, size) => {
    expect(() => inclusionProof(index, size, grow(0).read)).toThrow("is not among");
    expect(rootOfInclusion(hashOfLeaf(""), index, size, [])).toBeUndefined();
  });

  test("from a larger tree to a smaller there is none", () => {
    expect(() => consistencyProof(4, 3, grow(3).read)).toThrow("more than 3");
    expect(isConsistent([4, emptyRoot], [3, emptyRoot], [])).toBe(false);
  });
});
