import type { NamespaceBook, StoredFinding } from "../../app/state/namespaces.ts";
import { type BooksDatabase, batchesOf, inTransaction } from "./books-database.ts";
import type { Schema } from "./schema.ts";
import { inTextOrder } from "./text-order.ts";

/** What is found wrong with rules in force, a namespace's at a time. */
export function sqlFindings(
  database: BooksDatabase,
): Pick<NamespaceBook, "setFindings" | "finding" | "findingsOf" | "allFindings"> {
  const { kysely } = database;
  return {
    setFindings: (where, findings) =>
      inTransaction(database, async (transaction) => {
        await transaction.kysely
          .deleteFrom("rule_findings")
          .where("cluster", "=", where.cluster)
          .where("namespace", "=", where.namespace)
          .execute();
        // The same rule found twice is one finding.
        const rows = [...new Map(findings.map((finding) => [finding.id, rowOf({ ...finding, where })])).values()];
        for (const batch of batchesOf(rows)) {
          const insert = transaction.kysely.insertInto("rule_findings").values(batch);
          await insert.onConflict((conflict) => conflict.column("id").doNothing()).execute();
        }
      }),
    finding: async (id) => {
      const row = await kysely.selectFrom("rule_findings").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : findingOf(row);
    },
    findingsOf: async ({ cluster, namespace }) => {
      const rows = await kysely
        .selectFrom("rule_findings")
        .selectAll()
        .where("cluster", "=", cluster)
        .where("namespace", "=", namespace)
        .execute();
      return rows.sort(inTextOrder("id")).map(findingOf);
    },
    allFindings: async () => {
      const rows = await kysely.selectFrom("rule_findings").selectAll().execute();
      return rows.sort(inTextOrder("cluster", "namespace", "id")).map(findingOf);
    },
  };
}

function rowOf(finding: StoredFinding): Schema["rule_findings"] {
  return {
    id: finding.id,
    cluster: finding.where.cluster,
    namespace: finding.where.namespace,
    problem: finding.problem,
    severity: finding.severity,
    last_hit_ms: finding.lastHitMs ?? null,
    body: finding.body,
    fixed_manifest: finding.fixedManifest ?? null,
  };
}

function findingOf(row: Schema["rule_findings"]): StoredFinding {
  return {
    id: row.id,
    where: { cluster: row.cluster, namespace: row.namespace },
    problem: row.problem,
    severity: row.severity,
    lastHitMs: row.last_hit_ms ?? undefined,
    body: row.body,
    fixedManifest: row.fixed_manifest ?? undefined,
  };
}
