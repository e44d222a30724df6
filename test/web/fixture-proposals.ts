import type { Dossier, EdgeView } from "../../src/app/wire/dossier.ts";
import type { NamespaceRef } from "../../src/app/wire/list.ts";
import { type ProposalDetail, proposalOrigin, proposalState } from "../../src/app/wire/proposals.ts";
import type { Random } from "./random.ts";

export const ada = { subject: "local:ada", name: "Ada Lovelace" };
const postern = { subject: "postern", name: "Postern" };
const grace = { subject: "oidc:corp#grace", name: "Grace Hopper" };

export function manifestOf({ namespace }: NamespaceRef, edges: readonly EdgeView[]): string {
  const named = [...new Set(edges.flatMap(({ names }) => names))].toSorted().slice(0, 6);
  const addressed = [...new Set(edges.filter(({ names }) => names.length === 0).map(({ address }) => address))]
    .toSorted()
    .slice(0, 6);
  return [
    "apiVersion: k8s.ovn.org/v1",
    "kind: EgressFirewall",
    "metadata:",
    "  name: default",
    `  namespace: ${namespace}`,
    "spec:",
    "  egress:",
    ...named.flatMap((name) => [
      "    - type: Allow",
      "      to:",
      `        dnsName: ${name}`,
      "      ports:",
      "        - protocol: TCP",
      "          port: 443",
    ]),
    ...addressed.flatMap((address) => [
      "    - type: Allow",
      "      to:",
      `        cidrSelector: ${address}/${address.includes(":") ? 128 : 32}`,
    ]),
    "    - type: Deny",
    "      to:",
    "        cidrSelector: 0.0.0.0/0",
    "    - type: Deny",
    "      to:",
    "        cidrSelector: ::/0",
    "",
  ].join("\n");
}

export function rulesOf(manifest: string, edges: readonly EdgeView[]): Dossier["rules"] {
  return manifest
    .split("\n")
    .flatMap((line, index, lines) => {
      const destination = /^\s+(?:dnsName|cidrSelector): (.+)$/.exec(line)?.[1];
      if (destination === undefined) return [];
      const action = lines[index - 2]?.includes("Deny") === true ? ("Deny" as const) : ("Allow" as const);
      const own = edges.filter(
        ({ names, address }) => names.includes(destination) || destination.startsWith(`${address}/`),
      );
      const ports = lines[index + 1]?.includes("ports") === true ? "443/tcp" : "all ports";
      return [
        {
          index: 0,
          action,
          destination,
          ports,
          reason:
            action === "Deny"
              ? "whatever no rule before it allows is denied"
              : `${own.length} recorded connections need it, seen on several days`,
          service: action === "Deny" ? "" : destination.replace(/\/\d+$/, ""),
          runnerUp:
            destination.includes("example") && action === "Allow"
              ? `*.${destination.split(".").slice(1).join(".")}, which would leave more open`
              : "",
          workloads: [...new Set(own.map(({ workload }) => workload))].toSorted(),
          connections: own.length,
          flows: own.reduce((sum, { flows }) => sum + flows, 0),
          lastSeenMs: own.reduce<number | null>((most, { lastSeenMs }) => Math.max(most ?? 0, lastSeenMs ?? 0), null),
          line: index - 1,
        },
      ];
    })
    .map((rule, index) => ({ ...rule, index }));
}

export function dossierOf(random: Random, manifest: string, edges: readonly EdgeView[], nowMs: number): Dossier {
  const denied = edges.filter(({ names }) => names.length === 0).slice(0, random.whole(0, 3));
  const readiness = 1 - 10 ** -(0.5 + random.next() * 3);
  const score = random.whole(3, 95);
  return {
    evidence: {
      fromMs: nowMs - 14 * 86_400_000,
      toMs: nowMs,
      connections: edges.length,
      destinations: new Set(edges.map(({ address }) => address)).size,
      workloads: new Set(edges.map(({ workload }) => workload)).size,
      flows: edges.reduce((sum, { flows }) => sum + flows, 0),
      samplingMax: 1,
      digest: "5f0c3a1e9b7d2468".repeat(4),
    },
    checks: [
      { name: "schema", passed: true, detail: "the object is as the cluster's definition wants it" },
      { name: "must-allow", passed: denied.length === 0, detail: "every connection that is needed stays allowed" },
    ],
    rules: rulesOf(manifest, edges),
    differences: [
      {
        change: "newly denied",
        destination: "0.0.0.0/0 without what is allowed",
        ports: "all",
        example: "198.51.100.99:22/tcp",
        before: "allowed: no rule matches",
        after: "denied by rule 9",
      },
    ],
    differencesLeftOut: 0,
    isComparisonComplete: true,
    replay: {
      unchangedAllowed: Math.max(0, edges.length - denied.length),
      unchangedDenied: 0,
      newlyDenied: denied.length,
      newlyAllowed: 0,
      unknown: 0,
      rows: edges.slice(0, 40).map((edge) => ({
        edge,
        before: "allow" as const,
        after: denied.includes(edge) ? ("deny" as const) : ("allow" as const),
        beforeBy: "no rule matches",
        afterBy: denied.includes(edge) ? "rule 9, deny 0.0.0.0/0" : "rule 2",
      })),
      rowsLeftOut: Math.max(0, edges.length - 40),
    },
    notLearned: denied.map((edge) => ({ edge, reason: "seen once, answered by nobody: looks like a scan" })),
    notLearnedLeftOut: 0,
    cautions: random.next() < 0.4 ? ["recorded for less than a month: what runs at its end was not seen"] : [],
    readiness: {
      day: readiness,
      week: readiness ** 3,
      risks: [{ kind: "new-destinations", text: "new destinations still appear about once a week", week: 0.03 }],
      missing: [{ text: "a CronJob has not run since recording began", workload: "CronJob/reports" }],
    },
    exposureBefore: { v4: 48, v6: 144, unresolvedRules: 0 },
    exposureAfter: { v4: 17.3, v6: null, unresolvedRules: 4 },
    risk: {
      level: score < 34 ? "low" : score < 67 ? "medium" : "high",
      score,
      reasons: ["little of what was recorded changes its verdict", "recorded for 14 days"],
    },
  };
}

const actions = [
  "edit",
  "submit",
  "approve",
  "request-changes",
  "reject",
  "withdraw",
  "open-pull-request",
  "roll-back",
  "comment",
];

/** What may be done from each state, roughly as the real state machine has it. */
export function mayFrom(state: ProposalDetail["state"], breaches: number): ProposalDetail["may"] {
  const open: Readonly<Record<string, readonly string[]>> = {
    draft: ["edit", "submit", "withdraw"],
    "pending-review": ["edit", "approve", "request-changes", "reject", "withdraw"],
    "changes-requested": ["edit", "submit", "withdraw"],
    approved: ["edit", "open-pull-request", "reject"],
    merged: ["roll-back"],
    synced: ["roll-back"],
    enforced: ["roll-back"],
    verified: ["roll-back"],
  };
  return actions.map((action) => {
    if (action === "comment") return { action, allowed: true, why: "" };
    if (action === "approve" && state === "pending-review" && breaches > 0) {
      return { action, allowed: false, why: "the law `company@3` forbids it: clause `widest-prefix`" };
    }
    const allowed = open[state]?.includes(action) === true;
    return { action, allowed, why: allowed ? "" : `not possible while it is ${state}` };
  });
}

export function makeProposals(
  random: Random,
  places: readonly NamespaceRef[],
  edges: readonly EdgeView[],
  count: number,
  nowMs: number,
): ProposalDetail[] {
  const byPlace = Map.groupBy(edges, ({ cluster, namespace }) => `${cluster}/${namespace}`);
  return Array.from({ length: count }, (_, index): ProposalDetail => {
    const where = places[index % places.length] ?? { cluster: "east", namespace: "shop-api" };
    const own = (byPlace.get(`${where.cluster}/${where.namespace}`) ?? []).slice(0, 120);
    const manifest = manifestOf(where, own);
    const dossier = dossierOf(random, manifest, own, nowMs);
    const state = index === 0 ? "pending-review" : random.pick(proposalState.options);
    const breaches = index > 0 && random.next() < 0.1 ? 1 : 0;
    const createdAtMs = nowMs - random.whole(1, 40 * 24) * 3_600_000;
    const isDelivered = ["pull-request-open", "merged", "synced", "enforced", "verified"].includes(state);
    const url = `https://git.example.com/platform/policies/pulls/${index + 1}`;
    return {
      id: `p-${String(index + 1).padStart(4, "0")}`,
      number: index + 1,
      cluster: where.cluster,
      namespace: where.namespace,
      kind: "EgressFirewall",
      policyName: "default",
      title: `Close ${where.namespace} to what it needs`,
      state,
      origin: random.pick(proposalOrigin.options),
      risk: dossier.risk.level,
      readinessDay: dossier.readiness?.day ?? null,
      newlyDenied: dossier.replay.newlyDenied,
      newlyAllowed: 0,
      lawBreaches: breaches,
      author: random.next() < 0.6 ? postern : grace,
      approvals: state === "approved" || isDelivered ? 1 : 0,
      approvalsNeeded: dossier.risk.level === "high" ? 2 : 1,
      pullRequestUrl: isDelivered ? url : null,
      createdAtMs,
      updatedAtMs: createdAtMs + random.whole(0, Math.floor((nowMs - createdAtMs) / 60_000)) * 60_000,
      version: 1,
      revision: 1,
      baseManifest: random.next() < 0.5 ? null : manifest.replace(/ {4}- type: Allow\n(?: {6}.*\n| {8}.*\n)+/, ""),
      manifest,
      justification: "Learned from fourteen days of recorded traffic.",
      ticket: random.next() < 0.3 ? `NET-${random.whole(100, 999)}` : "",
      reviewers: ["team-platform"],
      labels: ["egress"],
      expiresAtMs: null,
      decisions: [
        {
          atMs: createdAtMs,
          by: postern,
          action: "create",
          from: "draft",
          to: "draft",
          revision: 1,
          comment: "",
          auditSequence: 10 + index,
        },
      ],
      laws:
        breaches === 0
          ? []
          : [
              {
                clause: "widest-prefix",
                law: "company@3",
                effect: "forbids",
                message: "rule 2 allows a block wider than /16",
                rule: 2,
                line: 14,
              },
            ],
      delivery: isDelivered
        ? {
            repository: "policies",
            branch: `postern/${where.namespace}`,
            path: `clusters/${where.cluster}/${where.namespace}/egressfirewall.yaml`,
            commit: "0123456789abcdef0123456789abcdef01234567",
            pullRequest: { id: String(index + 1), url, state: state === "pull-request-open" ? "open" : "merged" },
            mergeCommit: state === "pull-request-open" ? null : "89abcdef0123456789abcdef0123456789abcdef",
            isTakenOver: false,
            trouble: null,
          }
        : null,
      dossier,
      dossierDigest: "d1ce".repeat(16),
      supersedes: null,
      supersededBy: null,
      reverts: null,
      may: mayFrom(state, breaches),
    };
  });
}
