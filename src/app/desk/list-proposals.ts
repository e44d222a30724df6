import { z } from "zod";
import { fail, ok, type Result } from "../../core/result.ts";
import { approvalsOf } from "../../pipeline/propose/approvals.ts";
import { countsFor } from "../../pipeline/propose/law/approvals.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Access } from "../access/access.ts";
import type { Principal } from "../access/principal.ts";
import type { LawJudge } from "../law/law-judge.ts";
import { lawInputOf } from "../proposals/law-of-proposal.ts";
import type { Decisions } from "../state/books.ts";
import type { ProposalListQuery } from "../state/proposals.ts";
import type { NamespaceRef, Page } from "../wire/list.ts";
import { type ProposalQuery, type ProposalSummary, proposalSorts } from "../wire/proposals.ts";
import type { DeskFailure, DeskResult } from "./desk-failure.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";
import { proposalSummary } from "./proposal-view.ts";

export interface ListProposalsParts {
  readonly decisions: Pick<Decisions, "proposals" | "namespaces">;
  readonly access: Access;
  readonly law: LawJudge;
  readonly nowMs: () => number;
}

const place = z.object({ value: z.union([z.string(), z.number()]).nullable(), number: z.number().int() });
type Place = z.infer<typeof place>;
type Sort = ProposalListQuery["sort"];

/** A page of the proposals that the one who asks may see. */
export async function listProposals(
  { decisions, access, law, nowMs }: ListProposalsParts,
  who: Principal,
  query: ProposalQuery,
): DeskResult<Page<ProposalSummary>> {
  const { cursor, limit, ...asked } = query;
  const after = cursor === undefined ? ok(undefined) : readCursor(cursor, asked, place);
  if (!after.ok) return after;
  const order = orderOf(asked.sort);
  if (!order.ok) return order;
  const known: readonly NamespaceRef[] = await decisions.namespaces.all();
  const within = await access.among(who, asked.mine === true ? "approve" : "view", known);
  const filter: Omit<ProposalListQuery, "limit" | "after"> = {
    within: within === "all" ? undefined : within,
    ...order.value,
    ...(asked.mine === true
      ? { states: ["pending-review"] }
      : asked.state === undefined
        ? {}
        : { states: asked.state }),
    ...(asked.cluster === undefined ? {} : { clusters: asked.cluster }),
    ...(asked.namespace === undefined ? {} : { namespaces: asked.namespace }),
    ...(asked.kind === undefined ? {} : { kinds: asked.kind }),
    ...(asked.risk === undefined ? {} : { risks: asked.risk }),
    ...(asked.origin === undefined ? {} : { origins: asked.origin }),
    ...(asked.author === undefined ? {} : { author: asked.author }),
    ...(asked.q === undefined ? {} : { text: asked.q }),
  };
  const isMine = asked.mine === true ? async (proposal: Proposal) => mayDecide(who, proposal, law, nowMs()) : undefined;
  const page = await fill(decisions, filter, after.value, limit, isMine);
  const last = page.rows.at(-1);
  return ok({
    items: page.rows.map(proposalSummary),
    ...(page.isMore && last !== undefined ? { nextCursor: writeCursor(placeOf(last, order.value.sort), asked) } : {}),
    total: page.total,
    isTotalExact: page.isTotalExact,
  });
}

/** Reads on until the page is full: what the database cannot filter is filtered here. */
async function fill(
  { proposals }: Pick<Decisions, "proposals">,
  filter: Omit<ProposalListQuery, "limit" | "after">,
  after: Place | undefined,
  limit: number,
  isWanted: ((proposal: Proposal) => Promise<boolean>) | undefined,
): Promise<{ rows: readonly Proposal[]; isMore: boolean; total: number; isTotalExact: boolean }> {
  const rows: Proposal[] = [];
  // Of what is filtered here most may fall away.
  const perRead = isWanted === undefined ? limit + 1 : Math.max(limit + 1, 200);
  let start = after;
  for (;;) {
    const read = await proposals.list({
      ...filter,
      limit: perRead,
      ...(start === undefined ? {} : { after: start }),
    });
    for (const proposal of read.proposals) {
      if (isWanted !== undefined && !(await isWanted(proposal))) continue;
      if (rows.length === limit) return { rows, isMore: true, total: read.total, isTotalExact: isWanted === undefined };
      rows.push(proposal);
    }
    const last = read.proposals.at(-1);
    if (last === undefined || read.proposals.length < perRead) {
      const isWhole = isWanted !== undefined && after === undefined;
      return {
        rows,
        isMore: false,
        total: isWhole ? rows.length : read.total,
        isTotalExact: isWanted === undefined || isWhole,
      };
    }
    start = placeOf(last, filter.sort);
  }
}

async function mayDecide(who: Principal, proposal: Proposal, law: LawJudge, nowMs: number): Promise<boolean> {
  const given = approvalsOf(proposal).find(({ by }) => by.subject === who.subject);
  const wrote = proposal.editors.some(({ subject }) => subject === who.subject);
  if (given === undefined && !wrote) return true;
  const { mayEditorsApprove, approvals } = await law.judge(lawInputOf(proposal, undefined, nowMs));
  if (wrote && !mayEditorsApprove) return false;
  return given === undefined || countsFor(who, approvals).some((key) => given.countsFor?.includes(key) !== true);
}

function orderOf(sort = "-updatedAtMs"): Result<{ readonly sort: Sort; readonly isDescending: boolean }, DeskFailure> {
  const isDescending = sort.startsWith("-");
  const field = proposalSorts.find((one) => one === (isDescending ? sort.slice(1) : sort));
  if (field !== undefined) return ok({ sort: field, isDescending });
  const message = `proposals are sorted by ${proposalSorts.join(", ")}, with \`-\` before it for descending`;
  return fail({ kind: "invalid", code: "sort_unknown", message });
}

function placeOf(proposal: Proposal, sort: Sort): Place {
  const { number } = proposal;
  return { value: sort === "readiness" ? (proposal.readinessDay ?? null) : proposal[sort], number };
}
