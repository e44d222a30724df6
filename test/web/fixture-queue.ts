import type { Page } from "../../src/app/wire/list.ts";
import type { Overview } from "../../src/app/wire/overview.ts";
import {
  type ProposalAction,
  type ProposalDetail,
  type ProposalQuery,
  type ProposalSummary,
  proposalSummary,
} from "../../src/app/wire/proposals.ts";
import { contains, pageFrom, takes } from "./fixture-list.ts";
import { ada, mayFrom } from "./fixture-proposals.ts";
import type { FixtureWorld } from "./fixture-world.ts";

/** What lists show of a proposal. */
export function summaryOf(proposal: ProposalDetail): ProposalSummary {
  return proposalSummary.parse(proposal);
}

export function proposalPage({ proposals }: FixtureWorld, query: ProposalQuery): Page<ProposalSummary> {
  const kept = proposals.filter(
    (proposal) =>
      takes(query.state, proposal.state) &&
      takes(query.cluster, proposal.cluster) &&
      takes(query.namespace, proposal.namespace) &&
      takes(query.kind, proposal.kind) &&
      takes(query.risk, proposal.risk) &&
      takes(query.origin, proposal.origin) &&
      (query.author === undefined || proposal.author.subject === query.author) &&
      (query.mine !== true || proposal.state === "pending-review") &&
      contains(query.q, proposal.title, proposal.namespace, proposal.cluster, proposal.author.name),
  );
  const page = pageFrom(
    kept,
    query,
    {
      updatedAtMs: (row) => row.updatedAtMs,
      createdAtMs: (row) => row.createdAtMs,
      number: (row) => row.number,
      namespace: (row) => row.namespace,
      state: (row) => row.state,
      risk: (row) => ["low", "medium", "high"].indexOf(row.risk),
      readiness: (row) => row.readinessDay,
    },
    "-updatedAtMs",
  );
  return { ...page, items: page.items.map((each) => summaryOf(each)) };
}

const ends: Readonly<Record<Exclude<ProposalAction["action"], "comment">, ProposalDetail["state"]>> = {
  submit: "pending-review",
  approve: "approved",
  "request-changes": "changes-requested",
  reject: "rejected",
  withdraw: "rejected",
  "open-pull-request": "pull-request-open",
  "roll-back": "rolled-back",
};

/** @returns the proposal afterwards */
export function acted(proposal: ProposalDetail, { action, comment }: ProposalAction, nowMs: number): ProposalDetail {
  const to = action === "comment" ? proposal.state : ends[action];
  return {
    ...proposal,
    state: to,
    version: proposal.version + 1,
    updatedAtMs: nowMs,
    approvals: proposal.approvals + (action === "approve" ? 1 : 0),
    decisions: [
      ...proposal.decisions,
      {
        atMs: nowMs,
        by: ada,
        action,
        from: proposal.state,
        to,
        revision: proposal.revision,
        comment,
        auditSequence: 900,
      },
    ],
    may: mayFrom(to, proposal.lawBreaches),
  };
}

export function overviewOf({ namespaces, proposals, edges, nowMs }: FixtureWorld): Overview {
  const dayMs = 86_400_000;
  const count = (field: "coverage" | "phase", value: string): number =>
    namespaces.filter((each) => each[field] === value).length;
  const inState = (...states: readonly string[]): ProposalDetail[] =>
    proposals.filter(({ state }) => states.includes(state));
  const steps = [
    [0.99, null],
    [0.95, 0.99],
    [0.8, 0.95],
    [null, 0.8],
  ] as const;
  return {
    namespaces: {
      total: namespaces.length,
      enforced: count("coverage", "enforced"),
      partial: count("coverage", "partial"),
      none: count("coverage", "none"),
      unknown: count("coverage", "unknown"),
      observe: count("phase", "observe"),
      review: count("phase", "review"),
      automate: count("phase", "automate"),
    },
    exposure: Array.from({ length: namespaces.length === 0 ? 0 : 60 }, (_, index) => ({
      dayMs: Math.floor(nowMs / dayMs) * dayMs - (59 - index) * dayMs,
      mean: 47.6 - index * 0.3 + Math.sin(index) * 0.4,
      namespaces: namespaces.length,
      denied: Math.round(20 + index * 3 + 15 * Math.sin(index / 2)),
    })),
    readiness: [
      ...steps.map(([from, to]) => ({
        from,
        to,
        namespaces: namespaces.filter(
          ({ readinessDay }) =>
            readinessDay !== null && readinessDay >= (from ?? 0) && readinessDay < (to ?? Number.POSITIVE_INFINITY),
        ).length,
      })),
      { from: null, to: null, namespaces: namespaces.filter(({ readinessDay }) => readinessDay === null).length },
    ],
    decisions: {
      pendingReview: inState("pending-review").length,
      changesRequested: inState("changes-requested").length,
      approvedNotMerged: inState("approved", "pull-request-open").length,
      stopped: namespaces.length === 0 ? 0 : 2,
      proposals: inState("pending-review")
        .slice(0, 6)
        .map((each) => summaryOf(each)),
    },
    findings: namespaces.length === 0 ? { error: 0, warning: 0, info: 0 } : { error: 12, warning: 143, info: 61 },
    flowsLastHour: edges.length * 12,
    deniedLastHour: Math.round(edges.length / 40),
    sources: namespaces.length === 0 ? { running: 0, troubled: 0 } : { running: 11, troubled: 2 },
    widest: namespaces
      .filter(({ exposure }) => exposure !== null)
      .slice(0, 8)
      .map(({ cluster, namespace, exposure }) => ({ cluster, namespace, exposure: exposure?.v4 ?? 0 }))
      .toSorted((a, b) => b.exposure - a.exposure),
  };
}
