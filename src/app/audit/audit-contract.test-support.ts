import { expect } from "vitest";
import type { State } from "../state/state.ts";
import { chainStart, hashOfChain, hashOfLeaf, hashOfNode } from "./audit-hashes.ts";
import type { AuditEntry, AuditListQuery } from "./audit-log.ts";
import { canonicalJson } from "./canonical-json.ts";

type On = (what: string, check: (state: State) => Promise<void>) => void;

const ada = { subject: "local:ada", name: "Ada" };

export function entryForTest(n: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return { atMs: 1_000 + n, kind: "proposal.edit", subject: `proposal/p-${n}`, actor: ada, payload: { n }, ...more };
}

export function auditChecks(on: On): void {
  on("numbers and hashes what happened", async ({ decisions: { audit } }) => {
    const told = [
      entryForTest(0),
      entryForTest(1, { payload: { b: [1, { z: "é\u2028" }], a: undefined } }),
      entryForTest(2),
    ];
    const records = [...(await audit.append(told.slice(0, 2))), ...(await audit.append(told.slice(2)))];
    let chain = chainStart;
    for (const [sequence, entry] of told.entries()) {
      const leaf = hashOfLeaf(canonicalJson({ ...entry, sequence }));
      chain = hashOfChain(chain, leaf);
      expect(records[sequence]).toEqual({
        ...entry,
        sequence,
        leafHash: leaf,
        chainHash: chain,
      });
      expect(await audit.bySequence(sequence)).toEqual(records[sequence]);
    }
    expect(await audit.size()).toBe(3);
    expect(await audit.append([])).toEqual([]);
    expect(await audit.bySequence(3)).toBeUndefined();
    expect(await audit.bySequence(0.5)).toBeUndefined();
    expect(await audit.read(1, 5)).toEqual(records.slice(1));
    expect(await audit.read(0, 2)).toEqual(records.slice(0, 2));
  });

  on("keeps the nodes of the tree above the records", async ({ decisions: { audit } }) => {
    const leaves: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      for (const { leafHash } of await audit.append([entryForTest(n)])) leaves.push(leafHash);
    }
    const pairs = [0, 2, 4].map((n) => hashOfNode(leaves[n]!, leaves[n + 1]!));
    const four = hashOfNode(pairs[0]!, pairs[1]!);
    const wanted = [
      { level: 2, index: 0 },
      { level: 0, index: 6 },
      { level: 1, index: 2 },
    ];
    const hashes = [four, leaves[6]!, pairs[2]!];
    expect(await audit.nodes(wanted)).toEqual(hashes);
    expect(await audit.nodes([])).toEqual([]);
    await expect(audit.nodes([{ level: 2, index: 1 }])).rejects.toThrow("no node 1 of level 2");
    expect(await audit.head()).toMatchObject({ size: 7, peaks: [hashes[0], hashes[2], hashes[1]] });
    const kept = await audit.readKept(5, 9);
    expect(kept.map(({ sequence, nodes }) => [sequence, nodes])).toEqual([
      [5, hashes[2]],
      [6, ""],
    ]);
  });

  on("keeps texts that databases cannot", async ({ decisions: { audit } }) => {
    const odd = { subject: "a\0b", actor: { subject: "x", name: "\ud800" }, payload: { text: "\0\ud800" } };
    const [record] = await audit.append([entryForTest(0, odd)]);
    expect(record).toMatchObject({
      subject: "a\ufffdb",
      actor: { subject: "x", name: "\ufffd" },
      payload: { text: "\0\ufffd" },
    });
    expect(await audit.bySequence(0)).toEqual(record);
  });

  on("refuses what is no record, and keeps nothing of it", async ({ decisions: { audit } }) => {
    const large = entryForTest(1, { payload: { text: "x".repeat(65_536) } });
    await expect(audit.append([entryForTest(0), large])).rejects.toThrow("65547 bytes");
    await expect(audit.append([entryForTest(0, { payload: { n: Number.NaN } })])).rejects.toThrow("no JSON");
    await expect(audit.append([entryForTest(0, { atMs: 0.5 })])).rejects.toThrow("no time");
    expect(await audit.size()).toBe(0);
  });

  on("gives places in the order of commits, without gaps, to many at once", async ({ decisions }) => {
    const seen: number[] = [];
    const changes = Array.from({ length: 24 }, (_, n) =>
      decisions
        .change(async (books) => {
          const before = await books.audit.size();
          const [record] = await books.audit.append([entryForTest(n)]);
          if (n % 6 === 5) throw new Error("no");
          seen.push(record!.sequence - before);
        })
        .catch(() => {}),
    );
    const plain = Array.from({ length: 8 }, (_, n) => decisions.audit.append([entryForTest(100 + n), entryForTest(n)]));
    await Promise.all([...changes, ...plain]);
    expect(seen).toEqual(Array.from({ length: 20 }, () => 0));
    const records = await decisions.audit.read(0, 100);
    expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 36 }, (_, n) => n));
    let chain = chainStart;
    for (const { leafHash, chainHash } of records) {
      chain = hashOfChain(chain, leafHash);
      expect(chainHash).toBe(chain);
    }
  });

  on("lists records by every filter, the newest first", async ({ decisions: { audit } }) => {
    const grace = { subject: "local:grace", name: "Grace" };
    await audit.append([
      entryForTest(0, { kind: "law.change", subject: "law/company" }),
      entryForTest(1, { actor: grace, payload: { cluster: "east", namespace: "shop", why: "50% Étage" } }),
      entryForTest(2, { kind: "observation.digest", subject: "namespace/east/bank" }),
      entryForTest(3, {
        kind: "alert",
        payload: {
          of: [
            { cluster: "east", namespace: "shop" },
            { cluster: "west", namespace: "x" },
          ],
        },
      }),
      entryForTest(4, { kind: "access.sign-in", subject: "local:grace", actor: grace }),
      entryForTest(5, { kind: "alert", payload: { namespace: "shop" } }),
    ]);
    const listed = async (query: Partial<AuditListQuery>): Promise<string> => {
      const { records, total } = await audit.list({ limit: 10, ...query });
      expect(total).toBe(records.length);
      return records.map(({ sequence }) => sequence).join(" ");
    };
    expect(await listed({})).toBe("5 4 3 2 1 0");
    expect(await listed({ isAscending: true })).toBe("0 1 2 3 4 5");
    expect(await listed({ kinds: ["alert", "law.change"] })).toBe("5 3 0");
    expect(await listed({ kinds: [] })).toBe("");
    expect(await listed({ subject: "law/company" })).toBe("0");
    expect(await listed({ actor: "local:grace" })).toBe("4 1");
    expect(await listed({ fromMs: 1_001, toMs: 1_003 })).toBe("2 1");
    expect(await listed({ text: "50% ÉTAGE" })).toBe("1");
    expect(await listed({ text: "%" })).toBe("1");
    const page = await audit.list({ limit: 2, beforeSequence: 3 });
    expect(page).toMatchObject({ records: [{ sequence: 2 }, { sequence: 1 }], total: 6 });
    const onwards = await audit.list({ limit: 2, beforeSequence: 3, isAscending: true });
    expect(onwards.records.map(({ sequence }) => sequence)).toEqual([4, 5]);
    const shop = [{ cluster: "east", namespace: "shop" }];
    expect(await listed({ seenBy: { namespaces: shop, subject: "local:ada" } })).toBe("1 0");
    expect(await listed({ seenBy: { namespaces: [], subject: "local:grace" } })).toBe("4 0");
  });

  on("keeps checkpoints", async ({ decisions: { audit } }) => {
    expect(await audit.latestCheckpoint()).toBeUndefined();
    const one = { size: 1, rootHash: "aa", atMs: 5, note: "log\n1\nqg==\n\n— log x\n" };
    await audit.putCheckpoint({ ...one, size: 10 });
    await audit.putCheckpoint(one);
    await audit.putCheckpoint({ ...one, atMs: 6 });
    expect(await audit.latestCheckpoint()).toEqual({ ...one, size: 10 });
    expect(await audit.checkpoints()).toEqual([
      { ...one, atMs: 6 },
      { ...one, size: 10 },
    ]);
  });
}
