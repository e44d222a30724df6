import { z } from "zod";
import type { Coverage, NamespaceBook, NamespaceRecord, Phase } from "../../app/state/namespaces.ts";
import { exposureView } from "../../app/wire/list.ts";
import type { BooksDatabase } from "./books-database.ts";
import { sqlFindings } from "./findings.ts";
import type { Schema } from "./schema.ts";
import { inTextOrder } from "./text-order.ts";

type Row = Schema["namespaces"];
type Change = Parameters<NamespaceBook["set"]>[1];

const phase: z.ZodType<Phase> = z.enum(["observe", "review", "automate"]);
const coverage: z.ZodType<Coverage> = z.enum(["enforced", "partial", "none", "unknown"]);

/** Where each part of a record is kept. */
const columns: Readonly<Record<keyof Change, Exclude<keyof Row, "cluster" | "namespace">>> = {
  phase: "phase",
  threshold: "threshold",
  reviewByMs: "review_by_ms",
  stoppedBecause: "stopped_because",
  coverage: "coverage",
  readinessDay: "readiness_day",
  exposure: "exposure",
  findings: "findings",
  learnedAtMs: "learned_at_ms",
  evidenceDigest: "evidence_digest",
  flows: "flows",
  destinations: "destinations",
  workloads: "workloads",
  firstSeenMs: "first_seen_ms",
  lastSeenMs: "last_seen_ms",
  countedAtMs: "counted_at_ms",
};

const untouched: Pick<Row, "phase" | "coverage" | "findings" | "flows" | "destinations" | "workloads"> = {
  phase: "observe",
  coverage: "unknown",
  findings: 0,
  flows: 0,
  destinations: 0,
  workloads: 0,
};

export function sqlNamespaces(database: BooksDatabase): NamespaceBook {
  const { kysely } = database;
  return {
    get: async ({ cluster, namespace }) => {
      const row = await kysely
        .selectFrom("namespaces")
        .selectAll()
        .where("cluster", "=", cluster)
        .where("namespace", "=", namespace)
        .executeTakeFirst();
      return row === undefined ? undefined : recordOf(row);
    },
    all: async () => {
      const rows = await kysely.selectFrom("namespaces").selectAll().execute();
      return rows.sort(inTextOrder("cluster", "namespace")).map(recordOf);
    },
    set: async ({ cluster, namespace }, change) => {
      const changed = rowOf(change);
      const insert = kysely.insertInto("namespaces").values({ cluster, namespace, ...untouched, ...changed });
      await insert
        .onConflict((conflict) => {
          const known = conflict.columns(["cluster", "namespace"]);
          return Object.keys(changed).length === 0 ? known.doNothing() : known.doUpdateSet(changed);
        })
        .execute();
    },
    setDay: async ({ cluster, namespace }, day) => {
      const { exposure = null, readiness = null, denied, dayMs } = day;
      await kysely
        .insertInto("namespace_days")
        .values({ cluster, namespace, day_ms: dayMs, exposure, readiness, denied })
        .onConflict((conflict) =>
          conflict.columns(["cluster", "namespace", "day_ms"]).doUpdateSet({ exposure, readiness, denied }),
        )
        .execute();
    },
    days: async ({ cluster, namespace }, fromMs) => {
      const rows = await kysely
        .selectFrom("namespace_days")
        .selectAll()
        .where("cluster", "=", cluster)
        .where("namespace", "=", namespace)
        .where("day_ms", ">=", fromMs)
        .orderBy("day_ms")
        .execute();
      return rows.map(dayOf);
    },
    allDays: async (fromMs, toMs) => {
      const since = kysely.selectFrom("namespace_days").selectAll().where("day_ms", ">=", fromMs);
      const rows = await (toMs === undefined ? since : since.where("day_ms", "<", toMs)).execute();
      return rows
        .sort((a, b) => a.day_ms - b.day_ms || byName(a, b))
        .map((row) => ({ cluster: row.cluster, namespace: row.namespace, ...dayOf(row) }));
    },
    ...sqlFindings(database),
  };
}

const byName = inTextOrder("cluster", "namespace");

function dayOf(row: Schema["namespace_days"]): Awaited<ReturnType<NamespaceBook["days"]>>[number] {
  return {
    dayMs: row.day_ms,
    exposure: row.exposure ?? undefined,
    readiness: row.readiness ?? undefined,
    denied: row.denied,
  };
}

/** What is given as undefined is emptied; what is not given is not touched. */
function rowOf(change: Change): Partial<Row> {
  const row = Object.entries(change).map(([name, value]) => {
    const column = columns[name as keyof Change];
    const kept = column === "exposure" && value !== undefined ? JSON.stringify(value) : (value ?? null);
    return [column, kept];
  });
  return Object.fromEntries(row) as Partial<Row>;
}

function recordOf(row: Row): NamespaceRecord {
  return {
    cluster: row.cluster,
    namespace: row.namespace,
    phase: phase.parse(row.phase),
    threshold: row.threshold ?? undefined,
    reviewByMs: row.review_by_ms ?? undefined,
    stoppedBecause: row.stopped_because ?? undefined,
    coverage: coverage.parse(row.coverage),
    readinessDay: row.readiness_day ?? undefined,
    exposure: row.exposure === null ? undefined : exposureView.parse(JSON.parse(row.exposure)),
    findings: row.findings,
    learnedAtMs: row.learned_at_ms ?? undefined,
    evidenceDigest: row.evidence_digest ?? undefined,
    flows: row.flows,
    destinations: row.destinations,
    workloads: row.workloads,
    firstSeenMs: row.first_seen_ms ?? undefined,
    lastSeenMs: row.last_seen_ms ?? undefined,
    countedAtMs: row.counted_at_ms ?? undefined,
  };
}
