import type { DuckDBConnection } from "@duckdb/node-api";
import type { BatchOwner } from "../../pipeline/flows/sealed-batch.ts";
import { appendTo } from "./append-to.ts";
import { cleanText } from "./clean-text.ts";
import { rowsOf } from "./rows-of.ts";

/** Beyond this the numbers kept in memory are forgotten and looked up again. */
const kept = 100_000;

export interface OwnerNumber {
  readonly id: number;
  readonly space: number;
}

/**
 * Numbers of workloads and sources, given in the transaction that first needs them. After a failed transaction `forget` must
 * be called: what it gave never became true.
 */
export class Numbers {
  private owners = new Map<string, OwnerNumber>();
  private sources: Map<string, number> | undefined;

  forget(): void {
    this.owners.clear();
    this.sources = undefined;
  }

  async sourcesOf(connection: DuckDBConnection, said: readonly string[]): Promise<readonly number[]> {
    this.sources ??= new Map(
      (await rowsOf(connection, "SELECT id, name FROM sources")).map((row) => [row.text("name"), row.number("id")]),
    );
    const ids: number[] = [];
    for (const name of said.map(cleanText)) {
      const known = this.sources.get(name) ?? this.sources.size + 1;
      if (!this.sources.has(name)) {
        await connection.run("INSERT INTO sources VALUES ($id, $name)", { id: known, name });
        this.sources.set(name, known);
      }
      ids.push(known);
    }
    return ids;
  }

  async ownersOf(connection: DuckDBConnection, said: readonly BatchOwner[]): Promise<readonly OwnerNumber[]> {
    const keys = said.map(keyOf);
    if (this.owners.size + keys.length > kept) this.owners = new Map();
    const unknown = said.filter((_, i) => !this.owners.has(keys[i]!));
    if (unknown.length > 0) {
      const clean = unknown.map(cleanOwner);
      const numbers = await this.number(connection, clean);
      for (const [i, owner] of unknown.entries()) this.owners.set(keyOf(owner), numbers.get(keyOf(clean[i]!))!);
    }
    return keys.map((key) => this.owners.get(key)!);
  }

  private async number(
    connection: DuckDBConnection,
    owners: readonly BatchOwner[],
  ): Promise<ReadonlyMap<string, OwnerNumber>> {
    await connection.run(
      "CREATE OR REPLACE TEMP TABLE asked (cluster VARCHAR, namespace VARCHAR, kind VARCHAR, name VARCHAR)",
    );
    await appendTo(connection, { name: "asked", catalog: "temp" }, (rows) => {
      for (const { cluster, namespace, workload } of owners) {
        for (const text of [cluster, namespace, workload.kind, workload.name]) rows.appendVarchar(text);
        rows.endRow();
      }
    });
    await connection.run(`
      INSERT INTO owners
      WITH fresh AS (SELECT DISTINCT * FROM asked ANTI JOIN owners USING (cluster, namespace, kind, name)),
        top AS (SELECT coalesce(max(id), 0) AS id, coalesce(max(space), 0) AS space FROM owners),
        spaces AS (SELECT DISTINCT cluster, namespace, space FROM owners SEMI JOIN fresh USING (cluster, namespace)),
        numbered AS (
          SELECT cluster, namespace, (SELECT space FROM top) + row_number() OVER (ORDER BY cluster, namespace) AS space
          FROM (SELECT DISTINCT cluster, namespace FROM fresh ANTI JOIN spaces USING (cluster, namespace))
          UNION ALL SELECT * FROM spaces
        )
      SELECT (SELECT id FROM top) + row_number() OVER (ORDER BY cluster, namespace, name, kind),
        space, cluster, namespace, kind, name
      FROM fresh JOIN numbered USING (cluster, namespace)`);
    const rows = await rowsOf(
      connection,
      "SELECT id, space, cluster, namespace, kind, name FROM owners SEMI JOIN asked USING (cluster, namespace, kind, name)",
    );
    return new Map(
      rows.map((row) => {
        const owner = {
          cluster: row.text("cluster"),
          namespace: row.text("namespace"),
          workload: { kind: row.text("kind"), name: row.text("name") },
        };
        return [keyOf(owner), { id: row.number("id"), space: row.number("space") }];
      }),
    );
  }
}

function keyOf({ cluster, namespace, workload: { kind, name } }: BatchOwner): string {
  return `${cluster}\0${namespace}\0${kind}\0${name}`;
}

function cleanOwner({ cluster, namespace, workload: { kind, name } }: BatchOwner): BatchOwner {
  return {
    cluster: cleanText(cluster),
    namespace: cleanText(namespace),
    workload: { kind: cleanText(kind), name: cleanText(name) },
  };
}
