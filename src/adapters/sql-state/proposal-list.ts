import { type RawBuilder, sql } from "kysely";
import type { ProposalBook, ProposalListQuery } from "../../app/state/proposals.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { BooksDatabase } from "./books-database.ts";
import { proposalOf, rankOfRisk, rankOfState } from "./proposal-row.ts";
import { contains } from "./search-text.ts";
import { isWithin } from "./within-namespaces.ts";

/** A page and how many there are in all. The filters are decided on narrow rows; only the page's own proposals are read whole. */
export async function listProposals(
  database: BooksDatabase,
  query: ProposalListQuery,
): ReturnType<ProposalBook["list"]> {
  const filter = filterOf(query);
  const order = orderOf(query, database.dialect);
  const { rows } = await sql<{
    readonly total: number;
  }>`select count(*) as total from proposals where ${filter}`.execute(database.kysely);
  const page = await sql<{ readonly number: number }>`
    select number from proposals where ${filter} and ${order.isAfter} order by ${order.by} limit ${query.limit}`.execute(
    database.kysely,
  );
  const numbers = page.rows.map(({ number }) => number);
  if (numbers.length === 0) return { proposals: [], total: rows[0]!.total };
  const found = await proposalsWhere(database, sql<boolean>`proposals.number in (${sql.join(numbers)})`);
  const byNumber = new Map(found.map((proposal) => [proposal.number, proposal]));
  return { proposals: numbers.flatMap((number) => byNumber.get(number) ?? []), total: rows[0]!.total };
}

/** By their numbers. */
export async function proposalsWhere(
  { kysely }: BooksDatabase,
  condition: RawBuilder<boolean>,
): Promise<readonly Proposal[]> {
  const rows = await kysely
    .selectFrom("proposals")
    .innerJoin("proposal_bodies", "proposal_bodies.number", "proposals.number")
    .where(condition)
    .orderBy("proposals.number")
    .select(["proposals.number", "proposals.version", "proposal_bodies.body"])
    .execute();
  return rows.map(proposalOf);
}

function filterOf(query: ProposalListQuery): RawBuilder<boolean> {
  const conditions: RawBuilder<boolean>[] = [sql<boolean>`1 = 1`];
  const oneOf = (column: string, values: readonly string[] | undefined): void => {
    if (values === undefined) return;
    conditions.push(values.length === 0 ? sql`1 = 0` : sql`${sql.ref(column)} in (${sql.join(values)})`);
  };
  if (query.within !== undefined) conditions.push(isWithin(query.within));
  oneOf("state", query.states);
  oneOf("cluster", query.clusters);
  oneOf("namespace", query.namespaces);
  oneOf("kind", query.kinds);
  oneOf("risk", query.risks);
  oneOf("origin", query.origins);
  if (query.author !== undefined) conditions.push(sql`author = ${query.author}`);
  if (query.text !== undefined && query.text !== "") conditions.push(contains("search", query.text));
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

interface Order {
  readonly by: RawBuilder<unknown>;
  readonly isAfter: RawBuilder<boolean>;
}

/** Rows of the same value follow by number, in the same direction; those without a value come last in both directions. */
function orderOf({ sort, isDescending, after }: ProposalListQuery, dialect: BooksDatabase["dialect"]): Order {
  const direction = isDescending ? sql`desc` : sql`asc`;
  const beyond = isDescending ? sql`<` : sql`>`;
  if (sort === "readiness") return readinessOrder(direction, beyond, after);
  const column = columnOf(sort, dialect);
  const by = sort === "number" ? sql`number ${direction}` : sql`${column} ${direction}, number ${direction}`;
  if (after === undefined) return { by, isAfter: sql`1 = 1` };
  if (sort === "number") return { by, isAfter: sql`number ${beyond} ${after.number}` };
  return { by, isAfter: sql`(${column}, number) ${beyond} (${valueOf(sort, after.value)}, ${after.number})` };
}

function readinessOrder(
  direction: RawBuilder<unknown>,
  beyond: RawBuilder<unknown>,
  after: ProposalListQuery["after"],
): Order {
  const by = sql`readiness_day is null, readiness_day ${direction}, number ${direction}`;
  if (after === undefined) return { by, isAfter: sql`1 = 1` };
  const { value, number } = after;
  if (value === null) return { by, isAfter: sql`(readiness_day is null and number ${beyond} ${number})` };
  return {
    by,
    isAfter: sql`((readiness_day, number) ${beyond} (${numberOf(value)}, ${number}) or readiness_day is null)`,
  };
}

type OtherSort = Exclude<ProposalListQuery["sort"], "readiness">;

function columnOf(sort: OtherSort, dialect: BooksDatabase["dialect"]): RawBuilder<unknown> {
  switch (sort) {
    case "number":
      return sql`number`;
    case "updatedAtMs":
      return sql`updated_at_ms`;
    case "createdAtMs":
      return sql`created_at_ms`;
    case "namespace":
      // PostgreSQL would sort by the locale that the database was made with.
      return dialect === "postgres" ? sql`namespace collate "C"` : sql`namespace`;
    case "state":
      return sql`state_rank`;
    case "risk":
      return sql`risk_rank`;
    default:
      return sort satisfies never;
  }
}

/** Cursors come from outside: what is no number sorts as zero. */
function valueOf(sort: OtherSort, value: string | number | null): string | number {
  if (sort === "namespace") return String(value);
  if (sort === "state") return rankOfState(String(value));
  if (sort === "risk") return rankOfRisk(String(value));
  return numberOf(value);
}

function numberOf(value: string | number | null): number {
  return Number.isFinite(Number(value)) ? Number(value) : 0;
}
