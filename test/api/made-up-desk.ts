import type { Access, Verb } from "../../src/app/access/access.ts";
import { personOf, type Principal } from "../../src/app/access/principal.ts";
import type { DeskFailure } from "../../src/app/desk/desk-failure.ts";
import type { Desk } from "../../src/app/desk/desk.ts";
import type { Dossier } from "../../src/app/wire/dossier.ts";
import type { NamespaceRef, Page } from "../../src/app/wire/list.ts";
import type { ProposalDetail } from "../../src/app/wire/proposals.ts";
import { fail, ok, type Result } from "../../src/core/result.ts";

export const shop: NamespaceRef = { cluster: "east", namespace: "shop" };
export const bank: NamespaceRef = { cluster: "east", namespace: "bank" };

const exposure = { v4: 4, v6: null, unresolvedRules: 0 };
const dossier: Dossier = {
  evidence: {
    fromMs: null,
    toMs: null,
    connections: 0,
    destinations: 0,
    workloads: 0,
    flows: 0,
    samplingMax: 1,
    digest: "0".repeat(64),
  },
  checks: [],
  rules: [],
  differences: [],
  differencesLeftOut: 0,
  isComparisonComplete: true,
  replay: {
    unchangedAllowed: 0,
    unchangedDenied: 0,
    newlyDenied: 0,
    newlyAllowed: 0,
    unknown: 0,
    rows: [],
    rowsLeftOut: 0,
  },
  notLearned: [],
  notLearnedLeftOut: 0,
  cautions: [],
  readiness: null,
  exposureBefore: exposure,
  exposureAfter: exposure,
  risk: { level: "low", score: 3, reasons: [] },
};

export function madeUpProposal(where: NamespaceRef, id: string, who: Principal): ProposalDetail {
  return {
    id,
    number: 1,
    ...where,
    kind: "EgressFirewall",
    policyName: "default",
    title: "Close egress",
    state: "pending-review",
    origin: "suggested",
    risk: "low",
    readinessDay: 0.99,
    newlyDenied: 0,
    newlyAllowed: 0,
    lawBreaches: 0,
    author: personOf(who),
    approvals: 0,
    approvalsNeeded: 1,
    pullRequestUrl: null,
    createdAtMs: 1,
    updatedAtMs: 2,
    version: 3,
    revision: 1,
    baseManifest: null,
    manifest: "kind: EgressFirewall\n",
    justification: "",
    ticket: "",
    reviewers: [],
    labels: [],
    expiresAtMs: null,
    decisions: [],
    laws: [],
    delivery: null,
    dossier,
    dossierDigest: "0".repeat(64),
    supersedes: null,
    supersededBy: null,
    reverts: null,
    may: [],
  };
}

const failure = (kind: DeskFailure["kind"], code: string, message: string): Result<never, DeskFailure> =>
  fail({ kind, code, message });
const onePage = <T>(items: readonly T[]): Page<T> => ({ items, total: items.length, isTotalExact: true });

/** One proposal in each of two namespaces: `p-shop` and `p-bank`; the answers are empty, the rules of access are not. */
export function madeUpDesk(access: Access): Desk & { readonly calls: string[]; hold: Promise<void> } {
  const calls: string[] = [];
  const places: Readonly<Record<string, NamespaceRef>> = { "p-shop": shop, "p-bank": bank };
  const made = {
    calls,
    hold: Promise.resolve(),
    overview: { overview: () => Promise.resolve(failure("unavailable", "history_failed", "the history is away")) },
    proposals: {
      list: async (who: Principal) => {
        const seen = await access.among(who, "view", [shop, bank]);
        const rows = Object.entries(places).filter(([, where]) => seen === "all" || seen.includes(where));
        return ok(onePage(rows.map(([id, where]) => madeUpProposal(where, id, who))));
      },
      get: (who: Principal, id: string) => guarded(who, "view", id),
      create: async (who: Principal, request: { from: string } & Partial<NamespaceRef>) => {
        calls.push("create");
        await made.hold;
        if (request.from === "finding") return failure("invalid", "finding_unknown", "there is no such finding");
        const where = request as NamespaceRef;
        if (!(await access.may(who, "edit", where))) return failure("forbidden", "access_denied", "you may not edit");
        return ok(madeUpProposal(where, "p-new", who));
      },
      preview: async (who: Principal, id: string) => {
        const one = await guarded(who, "view", id);
        return one.ok ? ok({ findings: [], laws: [], dossier: null, exposure: null }) : one;
      },
      edit: async (who: Principal, id: string, _: unknown, version: number) => {
        const one = await guarded(who, "edit", id);
        if (!one.ok) return one;
        return version === 3 ? one : failure("stale", "proposal_stale", "it was changed by ada");
      },
      act: async (who: Principal, id: string, action: { action: string }, version: number) => {
        calls.push(action.action);
        const one = await guarded(who, action.action === "comment" ? "view" : "approve", id);
        if (!one.ok || version === 3) return one;
        return failure("stale", "proposal_stale", "it was changed by ada");
      },
    },
    namespaces: {
      list: async (who: Principal) => {
        const seen = await access.among(who, "view", [shop, bank]);
        return ok({ ...onePage<never>([]), total: seen === "all" ? 2 : seen.length });
      },
      get: async (who: Principal, where: NamespaceRef) =>
        (await access.may(who, "view", where)) ? failure("unavailable", "made_up", "seen") : nothing,
      flowMap: async (who: Principal, where: NamespaceRef) =>
        (await access.may(who, "view", where)) ? ok({ workloads: [], services: [], links: [] }) : nothing,
      changePhase: async (who: Principal, where: NamespaceRef) => {
        if (!(await access.may(who, "view", where))) return nothing;
        if (!(await access.may(who, "administer", where))) return failure("forbidden", "access_denied", "no");
        return ok({
          ...where,
          phase: "review",
          threshold: 0.99,
          reviewByMs: null,
          stoppedBecause: null,
          risk: "low",
        });
      },
    },
    traffic: {
      list: () => Promise.resolve(ok(onePage([]))),
      timeline: () => Promise.resolve(ok({ bucketMs: 1, times: [], series: [] })),
    },
    rules: { list: () => Promise.resolve(ok(onePage([]))) },
    sources: { list: () => Promise.resolve(ok(onePage([]))) },
    audit: {
      list: () => Promise.resolve(ok(onePage([]))),
      prove: () => Promise.resolve(failure("not-found", "audit_missing", "there is no such record")),
      checkpoint: () => Promise.resolve(ok({ size: 0, rootHash: "", atMs: 0, note: "" })),
      export: async (who: Principal) => {
        if (!(await access.may(who, "administer", undefined))) return failure("forbidden", "access_denied", "no");
        return ok(["{}\n", '{"a":1}\n']);
      },
    },
    settings: {
      get: () => Promise.resolve(failure("unavailable", "made_up", "settings")),
      changeAutomation: async (who: Principal) =>
        (await access.may(who, "administer", undefined))
          ? failure("unlawful", "law_breach", "the law says no")
          : failure("forbidden", "access_denied", "no"),
      checkLaw: () => Promise.resolve(ok({ findings: [], breaches: [] })),
      changeLaw: async (who: Principal) =>
        (await access.may(who, "administer", undefined))
          ? failure("stale", "law_stale", "somebody was faster")
          : failure("forbidden", "access_denied", "no"),
    },
  };
  return made as unknown as Desk & { readonly calls: string[]; hold: Promise<void> };

  async function guarded(who: Principal, verb: Verb, id: string): Promise<Result<ProposalDetail, DeskFailure>> {
    const where = places[id];
    // What somebody may not see is not there for them.
    if (where === undefined || !(await access.may(who, "view", where))) return missing;
    if (!(await access.may(who, verb, where))) return failure("forbidden", "access_denied", `you may not ${verb}`);
    return ok(madeUpProposal(where, id, who));
  }
}

const missing = failure("not-found", "proposal_missing", "there is no such proposal");
const nothing = failure("not-found", "namespace_missing", "there is no such namespace");
