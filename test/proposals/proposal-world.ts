import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import type { Access, Verb } from "../../src/app/access/access.ts";
import type { Principal } from "../../src/app/access/principal.ts";
import type { ProposalDesk } from "../../src/app/desk/desk.ts";
import type { ProposalDeskParts } from "../../src/app/desk/proposal-desk-parts.ts";
import { proposalDesk } from "../../src/app/desk/proposal-desk.ts";
import { serverEvents } from "../../src/app/desk/server-events.ts";
import type { ClusterReader, LivePolicy } from "../../src/app/judge/cluster-reader.ts";
import type { Judge, Judged } from "../../src/app/judge/judge.ts";
import type { LawAnswer, LawInput, LawJudge } from "../../src/app/law/law-judge.ts";
import type { ProposalPlace } from "../../src/app/proposals/proposal-place.ts";
import type { Decisions } from "../../src/app/state/books.ts";
import type { State } from "../../src/app/state/state.ts";
import type { Dossier } from "../../src/app/wire/dossier.ts";
import type { ServerEvent } from "../../src/app/wire/events.ts";
import type { NamespaceRef } from "../../src/app/wire/list.ts";
import type { ProposalDetail } from "../../src/app/wire/proposals.ts";
import { ok, type Result } from "../../src/core/result.ts";

export const shop: NamespaceRef = { cluster: "east", namespace: "shop" };

export function person(name: string, groups: readonly string[] = []): Principal {
  return { subject: `local:${name.toLowerCase()}`, name, groups, kubernetesUser: undefined };
}

export const ada = person("Ada");
export const ben = person("Ben");
/** Sees and changes the shop, decides nothing. */
export const cleo = person("Cleo");
/** Is at home in another namespace. */
export const zoe = person("Zoe");

const grants: Readonly<Record<string, { readonly where: string; readonly verbs: readonly Verb[] }>> = {
  "local:ada": { where: "*", verbs: ["view", "edit", "approve", "administer"] },
  "local:ben": { where: "*", verbs: ["view", "edit", "approve"] },
  "local:cleo": { where: "shop", verbs: ["view", "edit"] },
  "local:zoe": { where: "books", verbs: ["view", "edit", "approve"] },
};

const access: Access = {
  may: (who, verb, where) => Promise.resolve(isGranted(who, verb, where)),
  among: (who, verb, among) => {
    const all = grants[who.subject]?.where === "*" && isGranted(who, verb, undefined);
    return Promise.resolve(all ? "all" : among.filter((where) => isGranted(who, verb, where)));
  },
};

function isGranted(who: Principal, verb: Verb, where: NamespaceRef | undefined): boolean {
  const grant = grants[who.subject];
  if (grant === undefined || !grant.verbs.includes(verb)) return false;
  return grant.where === "*" || grant.where === where?.namespace;
}

export function firewall(...rules: readonly string[]): string {
  const lines = rules.map((cidr) => `    - type: Allow\n      to:\n        cidrSelector: ${cidr}\n`);
  return `apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata:
  name: default
  namespace: shop
spec:
  egress:
${lines.join("")}    - type: Deny
      to:
        cidrSelector: 0.0.0.0/0
`;
}

export function dossierForTest(change: Partial<Dossier> = {}): Dossier {
  return {
    evidence: {
      fromMs: 0,
      toMs: 14 * 86_400_000,
      connections: 2,
      destinations: 2,
      workloads: 1,
      flows: 500,
      samplingMax: 1,
      digest: "e".repeat(64),
    },
    checks: [],
    rules: [],
    differences: [],
    differencesLeftOut: 0,
    isComparisonComplete: true,
    replay: {
      unchangedAllowed: 2,
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
    readiness: { day: 0.999, week: 0.99, risks: [], missing: [] },
    exposureBefore: { v4: 49.6, v6: 145.6, unresolvedRules: 0 },
    exposureAfter: { v4: 8, v6: null, unresolvedRules: 0 },
    risk: { level: "low", score: 0, reasons: [] },
    ...change,
  };
}

/** A server without its slow and its outside parts: real books, a judge and a law that say what the test wants. */
export async function proposalWorld(): Promise<ProposalWorld> {
  const folder = await mkdtemp(join(tmpdir(), "postern-proposals-"));
  const clock = { nowMs: Date.UTC(2026, 5, 1, 9) };
  const opened = await openSqliteState({
    path: join(folder, "state.sqlite"),
    mayCreate: true,
    nowMs: () => clock.nowMs,
  });
  if (!opened.ok) throw new Error(opened.error.message);
  const state: State = opened.value;
  const { decisions } = state;
  const events = serverEvents();
  const heard: ServerEvent[] = [];
  events.listen((event) => heard.push(event));
  let ids = 0;
  const place: ProposalPlace = {
    decisions,
    events,
    nowMs: () => (clock.nowMs += 1),
    newId: () => `p-${(ids += 1).toString(16).padStart(16, "0")}`,
  };
  const said: ProposalWorld["said"] = {
    suggestion: firewall("203.0.113.7/32"),
    dossier: dossierForTest(),
    law: {
      verdicts: [],
      approvalsNeeded: 1,
      approvals: [],
      mayEditorsApprove: false,
      approvers: undefined,
      mayAutomate: true,
    },
    live: undefined,
  };
  const asked: LawInput[] = [];
  const law: LawJudge = {
    judge: (input) => {
      asked.push(input);
      return Promise.resolve(said.law);
    },
  };
  const judge: Judge = {
    suggest: ({ kind, baseManifest }) =>
      Promise.resolve(
        ok({
          kind,
          policyName: "default",
          title: "Let shop reach what it uses, and nothing else",
          manifest: said.suggestion,
          baseManifest: baseManifest ?? said.live?.[0]?.manifest,
          baseDigest: undefined,
          dossier: said.dossier,
        }),
      ),
    judge: ({ manifest }, signal) => {
      if (signal.aborted)
        return Promise.resolve({ ok: false, error: { code: "judge_interrupted", message: "stopped" } });
      return Promise.resolve(ok(judgedText(manifest, said.dossier)));
    },
    review: () => Promise.reject(new Error("nobody reviews here")),
    flowMap: () => Promise.reject(new Error("nobody looks here")),
    close: () => Promise.resolve(),
  };
  const clusters: ClusterReader = {
    facts: () => Promise.resolve(undefined),
    policies: () => Promise.resolve(said.live),
  };
  const parts = { place, judge, law, access, clusters, inRepository: () => Promise.resolve(ok(undefined)) };
  const desk = proposalDesk(parts);
  const signal = new AbortController().signal;
  for (const namespace of ["shop", "books"]) await decisions.namespaces.set({ cluster: "east", namespace }, {});
  return {
    ...parts,
    desk,
    decisions,
    state,
    clock,
    heard,
    said,
    asked,
    signal,
    close: async (): Promise<void> => {
      await state.close();
      await rm(folder, { recursive: true, force: true });
    },
    suggested: async () =>
      must(await desk.create(ada, { from: "traffic", ...shop, kind: "EgressFirewall", posture: "balanced" }, signal)),
    audited: async () => (await decisions.audit.read(0, 1_000)).map(({ kind, actor }) => `${kind} by ${actor.name}`),
    jobs: async () => (await decisions.jobs.waiting(undefined)).map(({ kind, payload }) => ({ kind, payload })),
  };
}

export interface ProposalWorld extends ProposalDeskParts {
  readonly desk: ProposalDesk;
  readonly decisions: Decisions;
  readonly state: State;
  readonly clock: { nowMs: number };
  readonly heard: readonly ServerEvent[];
  /** What judge, law and cluster say; tests change it. */
  readonly said: {
    suggestion: string;
    dossier: Dossier;
    law: LawAnswer;
    live: readonly LivePolicy[] | undefined;
  };
  /** What the law was asked. */
  readonly asked: readonly LawInput[];
  readonly signal: AbortSignal;
  readonly close: () => Promise<void>;
  /** A suggestion for the shop, as a draft. */
  readonly suggested: () => Promise<ProposalDetail>;
  /** Kinds of the audit log's records, oldest first. */
  readonly audited: () => Promise<readonly string[]>;
  readonly jobs: () => Promise<readonly { readonly kind: string; readonly payload: unknown }[]>;
}

function judgedText(manifest: string, dossier: Dossier): Judged {
  if (!manifest.includes("kind: EgressFirewall")) {
    const finding = {
      code: "judge_no_policy",
      severity: "error",
      message: "the text holds no egress policy",
      fix: "",
    } as const;
    return { findings: [finding], policy: undefined, dossier: undefined, exposure: undefined };
  }
  const name = /^ {2}name: (\S+)$/m.exec(manifest)?.[1] ?? "default";
  const policy = { kind: "EgressFirewall", name, namespace: "shop" } as const;
  return { findings: [], policy, dossier, exposure: dossier.exposureAfter };
}

export function must<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
