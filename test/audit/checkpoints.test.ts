import { readdirSync, statSync, writeFileSync } from "node:fs";
import { chmod, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyFileSigner } from "../../src/adapters/audit-key/key-file.ts";
import { parseCheckpointText } from "../../src/app/audit/checkpoint-text.ts";
import { GrowingTree } from "../../src/app/audit/growing-tree.ts";
import { rootOfInclusion } from "../../src/app/audit/merkle-proof.ts";
import { proveRecord } from "../../src/app/audit/prove-record.ts";
import { signWhenDue } from "../../src/app/audit/sign-checkpoint.ts";
import { isSignedBy, parseNote, parseVerifierKey } from "../../src/app/audit/signed-note.ts";
import { type AuditStore, entries, entry, openAuditStore } from "./audit-store.ts";

let store: AuditStore;
beforeEach(async () => {
  store = await openAuditStore();
});
afterEach(() => store.close());

describe("the key", () => {
  test("is made once, for its owner alone", async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => store.verifierKey()));
    expect(new Set(keys).size).toBe(1);
    expect(statSync(join(store.folder, "audit-key.pem")).mode & 0o777).toBe(0o600);
    expect(readdirSync(store.folder).filter((name) => name.startsWith("audit-key"))).toEqual(["audit-key.pem"]);
  });

  test("may be somebody's own, and is not made then", async () => {
    const keyFile = join(store.folder, "given.pem");
    const signer = keyFileSigner({ folder: store.folder, keyFile, origin: "log" });
    expect(await signer.key()).toMatchObject({ error: { code: "audit_key_unusable" } });
    await store.verifierKey();
    writeFileSync(keyFile, await readFile(join(store.folder, "audit-key.pem")));
    expect(await signer.key()).toMatchObject({ ok: true, value: { verifier: { name: "log" } } });
    writeFileSync(keyFile, "-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n");
    const key = await signer.key();
    expect(key.ok ? "" : key.error.message).toContain("holds no Ed25519 key");
  });

  test("is named in the log before it signs, and so is the one that replaces it", async () => {
    await store.state.decisions.audit.append(entries(3));
    const first = await store.sign();
    expect(first?.size).toBe(4);
    await store.replaceKey();
    await store.state.decisions.audit.append([entry(9)]);
    expect((await store.sign())?.size).toBe(6);
    const { records } = await store.state.decisions.audit.list({ kinds: ["audit.key"], limit: 9, isAscending: true });
    expect(records.map(({ sequence }) => sequence)).toEqual([3, 5]);
    expect(records[1]?.payload).toEqual({ verifierKey: await store.verifierKey() });
  });
});

describe("a checkpoint", () => {
  test("is signed when something was appended, and says what", async () => {
    await store.state.decisions.audit.append(entries(5));
    const checkpoint = (await store.sign(7_000))!;
    expect(checkpoint).toMatchObject({ size: 6, atMs: 7_000 });
    const note = parseNote(checkpoint.note)!;
    const key = parseVerifierKey(await store.verifierKey());
    expect(key.ok && isSignedBy(note, key.value)).toBe(true);
    const origin = await store.state.settings.get("audit.origin");
    const { chainHash } = await store.state.decisions.audit.head();
    const said = { origin, size: 6, rootHash: checkpoint.rootHash, chainHash, atMs: 7_000 };
    expect(parseCheckpointText(note.text)).toEqual(said);
    expect(await store.sign()).toBeUndefined();
    expect(await store.state.decisions.audit.latestCheckpoint()).toEqual(checkpoint);
  });

  test("waits for time or records", async () => {
    const plan = { everyMs: 1_000, records: 3 };
    const { decisions } = store.state;
    const due = async (nowMs: number): Promise<number | undefined> => {
      const signed = await signWhenDue(decisions, store.signer, nowMs, plan);
      if (!signed.ok) throw new Error(signed.error.message);
      return signed.value?.size;
    };
    expect(await due(0)).toBeUndefined();
    await decisions.audit.append([entry(0)]);
    expect(await due(0)).toBe(2);
    await decisions.audit.append([entry(1)]);
    expect(await due(999)).toBeUndefined();
    expect(await due(1_000)).toBe(3);
    expect(await due(9_000)).toBeUndefined();
    await decisions.audit.append(entries(3));
    expect(await due(1_001)).toBe(6);
  });

  test("proves every record it is about", async () => {
    const { audit } = store.state.decisions;
    await audit.append(entries(20));
    const checkpoint = (await store.sign())!;
    const [late] = await audit.append([entry(99)]);
    for (const record of await audit.read(0, 21)) {
      const proof = (await proveRecord(audit, record))!;
      expect(proof.checkpoint).toEqual(checkpoint);
      expect(rootOfInclusion(record.leafHash, record.sequence, proof.size, proof.hashes)).toBe(checkpoint.rootHash);
    }
    expect(await proveRecord(audit, late!)).toBeUndefined();
  });
});

describe("a log that was changed gets no signature", () => {
  const changes: readonly (readonly [what: string, statements: readonly string[]])[] = [
    ["nodes that are gone", ["update audit_records set nodes = ''"]],
    [
      "a peak",
      ["update audit_head set peaks = case substr(peaks, 1, 1) when '0' then '1' else '0' end || substr(peaks, 2)"],
    ],
    [
      "an end that is cut off, with its checkpoints",
      ["update audit_head set size = 0, peaks = ''", "delete from audit_records", "delete from audit_checkpoints"],
    ],
  ];

  test.each(changes)("%s", async (_, statements) => {
    const { audit } = store.state.decisions;
    await audit.append(entries(8));
    await store.sign();
    const database = new DatabaseSync(store.databaseFile);
    for (const statement of statements) database.exec(statement);
    database.close();
    await audit.append([entry(8), entry(9)]);
    await expect(store.sign()).rejects.toThrow("audit_inconsistent");
  });

  test("or one for what it was: what is signed does not rest on what records say now", async () => {
    const { audit } = store.state.decisions;
    const records = await audit.append(entries(8));
    const database = new DatabaseSync(store.databaseFile);
    database.exec("update audit_records set leaf_hash = replace(leaf_hash, 'a', 'b')");
    database.close();
    const tree = new GrowingTree();
    await store.sign();
    for (const { leafHash } of [...records, (await audit.bySequence(8))!]) tree.append(leafHash);
    expect((await audit.latestCheckpoint())?.rootHash).toBe(tree.root());
  });

  test("unless what was signed here before is unknown", async () => {
    const { audit } = store.state.decisions;
    await audit.append(entries(8));
    await store.sign();
    await unlink(join(store.folder, "audit-last-signed"));
    const database = new DatabaseSync(store.databaseFile);
    database.exec("delete from audit_checkpoints");
    database.close();
    expect(await store.sign()).toMatchObject({ size: 9 });
  });

  test("nor one whose key cannot be read", async () => {
    await store.state.decisions.audit.append(entries(2));
    await store.verifierKey();
    await chmod(join(store.folder, "audit-key.pem"), 0o000);
    writeFileSync(join(store.folder, "audit-key.pem"), "");
    await expect(store.sign()).rejects.toThrow("audit_key_unusable");
    expect(await store.state.decisions.audit.size()).toBe(2);
  });
});
