import { hashOfChain, hashOfLeaf } from "../../app/audit/audit-hashes.ts";
import { indexOfLeaf, leafOf, textOfLeaf } from "../../app/audit/audit-leaf.ts";
import type { AuditEntry, AuditHead, AuditLog, AuditRecord } from "../../app/audit/audit-log.ts";
import { GrowingTree, type NodePlace } from "../../app/audit/growing-tree.ts";
import { listRecords } from "./audit-list.ts";
import { keptOf, recordOf } from "./audit-row.ts";
import { batchesOf, type BooksDatabase, inTransaction } from "./books-database.ts";
import type { Schema } from "./schema.ts";

export function sqlAuditLog(database: BooksDatabase): AuditLog {
  const { kysely } = database;
  const from = (sequence: number, limit: number) =>
    kysely
      .selectFrom("audit_records")
      .selectAll()
      .where("sequence", ">=", sequence)
      .orderBy("sequence")
      .limit(limit)
      .execute();
  return {
    append: (entries) =>
      entries.length === 0
        ? Promise.resolve([])
        : inTransaction(database, (transaction) => append(transaction, entries)),
    size: async () => (await headOf(database)).size,
    head: () => headOf(database),
    bySequence: async (sequence) => {
      if (!Number.isSafeInteger(sequence)) return undefined;
      const [row] = await from(sequence, 1);
      return row?.sequence === sequence ? recordOf(row) : undefined;
    },
    list: (query) => listRecords(database, query),
    read: async (sequence, limit) => (await from(sequence, limit)).map(recordOf),
    readKept: async (sequence, limit) => (await from(sequence, limit)).map(keptOf),
    nodes: async (wanted) => {
      const sequences = [...new Set(wanted.map(lastLeafOf))];
      const rows: Pick<Schema["audit_records"], "sequence" | "leaf_hash" | "nodes">[] = [];
      for (const batch of batchesOf(sequences)) {
        const query = kysely.selectFrom("audit_records").where("sequence", "in", batch);
        rows.push(...(await query.select(["sequence", "leaf_hash", "nodes"]).execute()));
      }
      const bySequence = new Map(rows.map((row) => [row.sequence, row]));
      return wanted.map((place) => {
        const row = bySequence.get(lastLeafOf(place));
        const hash = place.level === 0 ? row?.leaf_hash : row?.nodes.split(" ")[place.level - 1];
        if (hash === undefined || hash === "") {
          throw new Error(`the audit log has no node ${place.index} of level ${place.level}`);
        }
        return hash;
      });
    },
    putCheckpoint: async ({ size, rootHash, atMs, note }) => {
      const signed = { root_hash: rootHash, at_ms: atMs, note };
      await kysely
        .insertInto("audit_checkpoints")
        .values({ size, ...signed })
        .onConflict((conflict) => conflict.column("size").doUpdateSet(signed))
        .execute();
    },
    latestCheckpoint: async () => {
      const newest = kysely.selectFrom("audit_checkpoints").selectAll().orderBy("size", "desc").limit(1);
      const row = await newest.executeTakeFirst();
      return row === undefined ? undefined : checkpointOf(row);
    },
    checkpoints: async () => {
      const rows = await kysely.selectFrom("audit_checkpoints").selectAll().orderBy("size").execute();
      return rows.map(checkpointOf);
    },
  };
}

/** Takes the log for this transaction alone; with one that holds it already there is nothing to wait for. */
export async function lockAuditHead({ kysely, dialect }: BooksDatabase): Promise<Schema["audit_head"]> {
  const head = kysely.selectFrom("audit_head").selectAll().where("id", "=", 0);
  // SQLite's `begin immediate` has taken the whole database.
  return (dialect === "postgres" ? head.forUpdate() : head).executeTakeFirstOrThrow();
}

async function append(database: BooksDatabase, entries: readonly AuditEntry[]): Promise<readonly AuditRecord[]> {
  const head = await lockAuditHead(database);
  const tree = new GrowingTree(head.size, peaksIn(head.peaks));
  let chain = head.chain_hash;
  const rows: Schema["audit_records"][] = [];
  for (const entry of entries) {
    const leaf = leafOf(entry, tree.size);
    const hash = hashOfLeaf(textOfLeaf(leaf));
    chain = hashOfChain(chain, hash);
    const nodes = tree.append(hash);
    const { where, isWide, search } = indexOfLeaf(leaf);
    rows.push({
      sequence: leaf.sequence,
      at_ms: leaf.atMs,
      kind: leaf.kind,
      subject: leaf.subject,
      actor_subject: leaf.actor.subject,
      actor_name: leaf.actor.name,
      payload: leaf.payload,
      leaf_hash: hash,
      chain_hash: chain,
      nodes: nodes.join(" "),
      cluster: where?.cluster ?? null,
      namespace: where?.namespace ?? null,
      is_wide: isWide ? 1 : 0,
      search,
    });
  }
  const { kysely } = database;
  for (const batch of batchesOf(rows)) await kysely.insertInto("audit_records").values(batch).execute();
  await kysely
    .updateTable("audit_head")
    .set({ size: tree.size, chain_hash: chain, peaks: tree.peaks.join(" ") })
    .where("id", "=", 0)
    .execute();
  return rows.map(recordOf);
}

async function headOf({ kysely }: BooksDatabase): Promise<AuditHead> {
  const row = await kysely.selectFrom("audit_head").selectAll().where("id", "=", 0).executeTakeFirst();
  if (row === undefined) throw new Error("the audit log has no head: somebody has removed it");
  return { size: row.size, chainHash: row.chain_hash, peaks: peaksIn(row.peaks) };
}

function peaksIn(text: string): readonly string[] {
  return text === "" ? [] : text.split(" ");
}

/** A subtree is whole with its last leaf. */
function lastLeafOf({ level, index }: NodePlace): number {
  return (index + 1) * 2 ** level - 1;
}

function checkpointOf(row: Schema["audit_checkpoints"]): Awaited<ReturnType<AuditLog["checkpoints"]>>[number] {
  return { size: row.size, rootHash: row.root_hash, atMs: row.at_ms, note: row.note };
}
