import { type RawBuilder, sql } from "kysely";
import { type AuditListQuery, type AuditLog, type AuditViewer, mostCountedRecords } from "../../app/audit/audit-log.ts";
import { recordOf } from "./audit-row.ts";
import type { BooksDatabase } from "./books-database.ts";
import type { Schema } from "./schema.ts";
import { contains } from "./search-text.ts";
import { isWithin } from "./within-namespaces.ts";

/** A page by sequence, and how many there are in all, counted as far as {@link mostCountedRecords}. */
export async function listRecords({ kysely }: BooksDatabase, query: AuditListQuery): ReturnType<AuditLog["list"]> {
  const filter = filterOf(query);
  const counted = await sql<{ readonly total: number }>`
    select count(*) as total from (
      select 1 as one from audit_records where ${filter} limit ${mostCountedRecords + 1}
    ) as counted`.execute(kysely);
  const { beforeSequence, isAscending = false, limit } = query;
  // The other side of the same cursor when the oldest come first.
  const beyond = isAscending ? sql`>` : sql`<`;
  const isAfter = beforeSequence === undefined ? sql`1 = 1` : sql`sequence ${beyond} ${beforeSequence}`;
  const direction = isAscending ? sql`asc` : sql`desc`;
  const { rows } = await sql<Schema["audit_records"]>`
    select * from audit_records where ${filter} and ${isAfter} order by sequence ${direction} limit ${limit}`.execute(
    kysely,
  );
  return { records: rows.map(recordOf), total: counted.rows[0]!.total };
}

function filterOf(query: AuditListQuery): RawBuilder<unknown> {
  const { kinds, subject, actor, text, fromMs, toMs, seenBy } = query;
  const conditions: RawBuilder<unknown>[] = [sql`1 = 1`];
  if (kinds !== undefined) conditions.push(kinds.length === 0 ? sql`1 = 0` : sql`kind in (${sql.join(kinds)})`);
  if (subject !== undefined) conditions.push(sql`subject = ${subject}`);
  if (actor !== undefined) conditions.push(sql`actor_subject = ${actor}`);
  if (fromMs !== undefined) conditions.push(sql`at_ms >= ${Math.ceil(fromMs)}`);
  if (toMs !== undefined) conditions.push(sql`at_ms < ${Math.ceil(toMs)}`);
  if (text !== undefined && text !== "") conditions.push(contains("search", text));
  if (seenBy !== undefined) conditions.push(isSeenBy(seenBy));
  return sql.join(conditions, sql` and `);
}

function isSeenBy({ namespaces, subject }: AuditViewer): RawBuilder<unknown> {
  const isOfNone = sql`namespace is null and (kind not like 'access.%' or actor_subject = ${subject})`;
  return sql`is_wide = 0 and (${isWithin(namespaces)} or ${isOfNone})`;
}
