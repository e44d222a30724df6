import type { DuckDBConnection } from "@duckdb/node-api";
import type { BatchName } from "../../app/history/edge-store.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { appendCoarse, appendHealth, appendNames } from "./batch-rows.ts";
import { cleanText } from "./clean-text.ts";
import type { Client } from "./client.ts";
import type { OrderLimits } from "./config.ts";
import { appendEdges } from "./edge-rows.ts";
import { Numbers } from "./intern.ts";
import { numberOf } from "./rows-of.ts";
import { Tidy } from "./tidy.ts";

/** Rows of waiting batches that are stored in one transaction: one wait for the disk serves them all. */
const transactionRows = 500_000;

const isMark = "cluster = $cluster AND observer = $observer AND incarnation = $incarnation";

export type Stored = "stored" | "known";

interface Waiting {
  readonly batches: readonly SealedBatch[];
  readonly resolve: (answers: readonly Stored[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Stores batches with their marks, in transactions that are shared by whoever waits at the same moment. */
export class Writer {
  private readonly client: Client;
  private readonly numbers = new Numbers();
  private readonly waiting: Waiting[] = [];
  private readonly tidy: Tidy;
  private isWriting = false;

  constructor(client: Client, order: OrderLimits) {
    this.client = client;
    this.tidy = new Tidy(client, order);
  }

  async append(batches: readonly SealedBatch[]): Promise<readonly Stored[]> {
    if (batches.length === 0) return [];
    return new Promise((resolve, reject) => {
      this.waiting.push({ batches, resolve, reject });
      if (!this.isWriting) void this.writeAll();
    });
  }

  /** Between two writes one step of putting in order is made, and the rest when nothing waits: who is quicker waits for it. */
  private async writeAll(): Promise<void> {
    this.isWriting = true;
    let isTidy = false;
    while (this.waiting.length > 0 || !isTidy) {
      if (this.waiting.length > 0) await this.writeNext();
      // What fails here has changed nothing, and fails the next write if it lasts.
      isTidy = !(await this.tidy.step().catch(() => false));
    }
    this.isWriting = false;
  }

  private async writeNext(): Promise<void> {
    const group = this.nextGroup();
    try {
      const answers = await this.client.write(async (connection) =>
        this.store(
          connection,
          group.flatMap(({ batches }) => batches),
        ),
      );
      let at = 0;
      for (const { batches, resolve } of group) {
        const own = answers.slice(at, (at += batches.length));
        for (const [i, { edges, names }] of batches.entries()) {
          if (own[i] === "stored") this.tidy.came({ edges: edges.length, names: names.length });
        }
        resolve(own);
      }
    } catch (error) {
      this.numbers.forget();
      for (const { reject } of group) reject(error);
    }
  }

  private nextGroup(): Waiting[] {
    let rows = 0;
    let count = 0;
    while (count < this.waiting.length && (count === 0 || rows < transactionRows)) {
      for (const { edges, names } of this.waiting[count]!.batches) rows += edges.length + names.length;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async store(connection: DuckDBConnection, batches: readonly SealedBatch[]): Promise<Stored[]> {
    const answers: Stored[] = [];
    const marks = new Map<string, number>();
    for (const batch of batches) {
      const { cluster, observer, incarnation, sequence } = batch;
      const key = JSON.stringify([cluster, observer, incarnation]);
      const mark = marks.get(key) ?? (await markOf(connection, batch));
      const isNew = sequence > mark;
      marks.set(key, Math.max(mark, sequence));
      answers.push(isNew ? "stored" : "known");
      if (!isNew) continue;
      const owners = await this.numbers.ownersOf(connection, batch.owners);
      const sources = await this.numbers.sourcesOf(connection, batch.sources);
      await appendEdges(connection, batch.edges, owners, sources);
      await appendNames(connection, batch, owners, sources);
      await appendCoarse(connection, batch, owners, sources);
      await appendHealth(connection, batch, sources);
      const markKey = { cluster: cleanText(cluster), observer, incarnation };
      await connection.run(`DELETE FROM marks WHERE ${isMark}`, markKey);
      await connection.run(
        "INSERT INTO marks VALUES ($cluster, $observer, $incarnation, $sequence, $storedMs)",
        // Not by the observer's clock alone: where that is wrong the mark would be dropped as old, and the batch count twice.
        { ...markKey, sequence, storedMs: Math.max(batch.sealedAtMs, Date.now()) },
      );
    }
    return answers;
  }
}

export async function knownBatches(client: Client, names: readonly BatchName[]): Promise<readonly boolean[]> {
  return client.read(async (snapshot) =>
    snapshot.use(async (connection) => {
      const answers: boolean[] = [];
      for (const name of names) answers.push(name.sequence <= (await markOf(connection, name)));
      return answers;
    }),
  );
}

/** The highest sequence stored of a buffer; 0 when nothing of it is. */
async function markOf(
  connection: DuckDBConnection,
  { cluster, observer, incarnation }: Omit<BatchName, "sequence">,
): Promise<number> {
  return numberOf(connection, `SELECT sequence AS n FROM marks WHERE ${isMark}`, {
    cluster: cleanText(cluster),
    observer,
    incarnation,
  });
}
