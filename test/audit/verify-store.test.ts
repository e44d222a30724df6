import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseVerifierKey, type VerifierKey } from "../../src/app/audit/signed-note.ts";
import { verifyStore } from "../../src/app/audit/verify/verify-store.ts";
import { type AuditStore, entries, openAuditStore } from "./audit-store.ts";

let store: AuditStore;
let keys: readonly VerifierKey[] = [];
beforeAll(async () => {
  store = await openAuditStore();
  const { audit } = store.state.decisions;
  await audit.append(entries(8));
  await store.sign(6_000);
  await audit.append(entries(6));
  await store.sign(7_000);
  await audit.append(entries(2));
  const key = parseVerifierKey(await store.verifierKey());
  if (key.ok) keys = [key.value];
});
afterAll(() => store.close());

/** What the verifier tells while the database is changed, which is undone afterwards. */
async function toldAfter(...statements: readonly string[]): Promise<string> {
  const database = new DatabaseSync(store.databaseFile);
  const tables = ["audit_records", "audit_head", "audit_checkpoints"];
  for (const table of tables) database.exec(`create table kept_${table} as select * from ${table}`);
  try {
    for (const statement of statements) database.exec(statement);
    const { problems } = await verifyStore(store.state.decisions.audit, keys);
    const which = (first: number | undefined, last: number | undefined): string =>
      first === undefined ? "" : first === last ? ` ${first}` : ` ${first}-${last}`;
    return problems.map(({ kind, first, last }) => `${kind}${which(first, last)}`).join(", ");
  } finally {
    for (const table of tables) {
      database.exec(`delete from ${table}; insert into ${table} select * from kept_${table}; drop table kept_${table}`);
    }
    database.close();
  }
}

test("a store that nobody touched is whole", async () => {
  expect(await verifyStore(store.state.decisions.audit, keys)).toMatchObject({
    records: 17,
    problems: [],
    checkpoints: 2,
    proven: { size: 15, atMs: 7_000 },
  });
});

describe("every column of every record is watched", () => {
  const changes: readonly (readonly [column: string, value: string, kind: string])[] = [
    ["sequence", "sequence + 1000", "changed"],
    ["at_ms", "at_ms + 1", "changed"],
    ["kind", "kind || 'x'", "changed"],
    ["subject", "upper(subject)", "changed"],
    ["actor_subject", "'local:eve'", "changed"],
    ["actor_name", "actor_name || ' '", "changed"],
    ["payload", "replace(payload, '}', ' }')", "changed"],
    ["payload", "'no JSON'", "changed"],
    ["leaf_hash", "replace(leaf_hash, substr(leaf_hash, 1, 1), 'x')", "hash"],
    ["leaf_hash", "''", "hash"],
    ["chain_hash", "replace(chain_hash, substr(chain_hash, 9, 1), 'x')", "hash"],
    ["chain_hash", "chain_hash || 'a'", "hash"],
    ["nodes", "nodes || ' a'", "nodes"],
    ["cluster", "coalesce(cluster, '') || 'x'", "index"],
    ["namespace", "'other'", "index"],
    ["is_wide", "1 - is_wide", "index"],
    ["search", "''", "index"],
  ];
  const records = Array.from({ length: 17 }, (_, n) => n);

  test.each(changes)("%s becoming %s", async (column, value, kind) => {
    for (const sequence of records) {
      const told = await toldAfter(`update audit_records set ${column} = ${value} where sequence = ${sequence}`);
      expect(told).toBe(`${kind} ${sequence}`);
    }
  });
});

describe("so is what stands around the records", () => {
  test.each([
    ["a record that is removed", ["delete from audit_records where sequence = 5"], "missing 5"],
    ["the first record", ["delete from audit_records where sequence = 0"], "missing 0"],
    ["the last record", ["delete from audit_records where sequence = 16"], "missing 16"],
    ["all records", ["delete from audit_records"], "missing 0-16, checkpoint, checkpoint"],
    [
      "two that changed places",
      [
        "update audit_records set sequence = -1 where sequence = 4",
        "update audit_records set sequence = 4 where sequence = 5",
        "update audit_records set sequence = 5 where sequence = -1",
      ],
      "changed 4, changed 5",
    ],
    [
      "an end that was cut off neatly",
      [
        "delete from audit_records where sequence >= 12",
        "update audit_head set size = 12, peaks = '', chain_hash = (select chain_hash from audit_records where sequence = 11)",
      ],
      "checkpoint, end",
    ],
    ["the size of the head", ["update audit_head set size = 16"], "end"],
    ["the chain hash of the head", ["update audit_head set chain_hash = 'x' || substr(chain_hash, 2)"], "end"],
    [
      "a peak of the head",
      ["update audit_head set peaks = case substr(peaks, 1, 1) when '0' then '1' else '0' end || substr(peaks, 2)"],
      "end",
    ],
    ["a peak of the head that is no hash", ["update audit_head set peaks = 'x' || substr(peaks, 2)"], "end"],
    [
      "the size beside a checkpoint",
      ["update audit_checkpoints set size = 10 where size = 9"],
      "checkpoint, checkpoint",
    ],
    ["the root beside a checkpoint", ["update audit_checkpoints set root_hash = '' where size = 9"], "checkpoint"],
    ["the time beside a checkpoint", ["update audit_checkpoints set at_ms = at_ms + 1 where size = 9"], "checkpoint"],
    [
      "the text of a checkpoint",
      ["update audit_checkpoints set note = replace(note, 'time 6', 'time 5')"],
      "checkpoint, checkpoint",
    ],
  ])("%s", async (_, statements, expected) => {
    expect(await toldAfter(...statements)).toBe(expected);
  });
});
