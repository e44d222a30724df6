import type { Page } from "../../src/app/wire/list.ts";
import type { RuleFinding, RuleQuery } from "../../src/app/wire/rules.ts";
import type { SettingsView } from "../../src/app/wire/settings.ts";
import type { SourceQuery, SourceRow } from "../../src/app/wire/sources.ts";
import { contains, pageFrom, takes } from "./fixture-list.ts";
import { ada } from "./fixture-proposals.ts";
import type { FixtureWorld } from "./fixture-world.ts";
import { seeded } from "./random.ts";

export function sourcePage(world: FixtureWorld, query: SourceQuery): Page<SourceRow> {
  const random = seeded(11);
  const rows =
    world.namespaces.length === 0
      ? []
      : ["east", "west", "edge-berlin"].flatMap((cluster) =>
          ["hubble", "netobserv", "acl-log", "ipfix"].map((kind, index): SourceRow => {
            const isTroubled = cluster === "edge-berlin" && index > 1;
            const perMinute = random.whole(50, 90_000);
            return {
              cluster,
              observer: `observer-${cluster}`,
              observerVersion: "postern/0.1.0",
              observerAddress: "10.9.0.7",
              source: `${kind}-${cluster}`,
              kind,
              state: isTroubled ? "retrying" : "running",
              message: isTroubled ? "connection refused by `10.9.0.4:4245`; trying again in 20 s" : "",
              isCoarse: false,
              troubles: isTroubled
                ? [{ trouble: "retrying", what: "it tries again", remedy: "mend what the message says" }]
                : [],
              windowMinutes: 15,
              recordsPerSecond: isTroubled ? 0 : Math.round(perMinute / 6) / 10,
              records: isTroubled ? 0 : perMinute * 15,
              receivedBytes: perMinute * 900,
              lagMs: isTroubled ? null : random.whole(80, 4_000),
              lagMaxMs: isTroubled ? null : random.whole(4_000, 9_000),
              lost: isTroubled ? random.whole(1, 900) : 0,
              outages: isTroubled ? 1 : 0,
              malformed: index === 3 ? random.whole(0, 40) : 0,
              dropped: 0,
              leftOut: [{ reason: "reply", flows: perMinute * 7 }],
              samplingMax: kind === "ipfix" ? 400 : 1,
              lastArrivalMs: world.nowMs - (isTroubled ? 37 * 60_000 : random.whole(100, 9_000)),
              firstReportMs: world.nowMs - 9 * 86_400_000,
              lastReportMs: world.nowMs - random.whole(100, 9_000),
              minutes: {
                fromMs: Math.floor(world.nowMs / 60_000) * 60_000 - 60 * 60_000,
                records: Array.from({ length: 60 }, (_, minute) =>
                  isTroubled && minute > 22
                    ? minute > 40
                      ? null
                      : 0
                    : Math.round(perMinute * (0.8 + 0.4 * random.next())),
                ),
                missing: Array.from({ length: 60 }, (_, minute) => (isTroubled && minute === 22 ? 40 : 0)),
                lagMs: Array.from({ length: 60 }, () => random.whole(80, 4_000)),
              },
            };
          }),
        );
  return pageFrom(
    rows.filter(
      (row) =>
        takes(query.cluster, row.cluster) &&
        takes(query.observer, row.observer) &&
        takes(query.source, row.source) &&
        takes(query.state, row.state) &&
        (query.trouble?.some((trouble) => row.troubles.some((own) => own.trouble === trouble)) ?? true) &&
        contains(query.q, row.source, row.kind, row.observer),
    ),
    query,
    {
      cluster: (row) => row.cluster,
      source: (row) => row.source,
      state: (row) => (row.troubles.length > 0 ? 0 : 1),
      kind: (row) => row.kind,
      recordsPerSecond: (row) => row.recordsPerSecond,
      lagMs: (row) => row.lagMs,
      lastArrivalMs: (row) => row.lastArrivalMs,
      missing: (row) => row.lost + row.dropped,
    },
    "state",
  );
}

export function rulePage(world: FixtureWorld, query: RuleQuery): Page<RuleFinding> {
  const random = seeded(13);
  const problems = ["zombie", "shadowed", "redundant", "over-broad", "conflict", "dead-name"] as const;
  const rows = world.namespaces.slice(0, 240).map((where, index): RuleFinding => {
    const problem = problems[index % problems.length] ?? "other";
    return {
      id: `f-${index}`,
      cluster: where.cluster,
      namespace: where.namespace,
      kind: "EgressFirewall",
      policyName: "default",
      rule: index % 9,
      ruleText: "allow 10.0.0.0/8 tcp/443",
      problem,
      code: `rule-${problem}`,
      severity: random.pick(["error", "warning", "warning", "info"] as const),
      message: `rule ${index % 9} is ${problem}`,
      effect: "nothing that was recorded would change",
      fix: random.next() < 0.7 ? "take the rule out" : null,
      lastHitMs: random.next() < 0.5 ? null : world.nowMs - random.whole(1, 90) * 86_400_000,
      proposal: null,
    };
  });
  const ranks = ["info", "warning", "error"];
  return pageFrom(
    rows.filter(
      (row) =>
        takes(query.cluster, row.cluster) &&
        takes(query.namespace, row.namespace) &&
        takes(query.problem, row.problem) &&
        takes(query.severity, row.severity) &&
        contains(query.q, row.namespace, row.message, row.ruleText),
    ),
    query,
    {
      severity: (row) => ranks.indexOf(row.severity),
      namespace: (row) => row.namespace,
      problem: (row) => row.problem,
      lastHitMs: (row) => row.lastHitMs,
    },
    "-severity",
  );
}

export function settingsOf(world: FixtureWorld): SettingsView {
  return {
    automation: {
      defaultPhase: "observe",
      threshold: 0.99,
      changesPerDay: 10,
      windows: [{ days: [1, 2, 3, 4], from: "09:00", to: "15:00" }],
      timeZone: "Europe/Berlin",
      never: ["openshift-*", "kube-*"],
      onBlocked: "open-revert",
      reviewEveryDays: 90,
    },
    version: 3,
    laws: [
      {
        name: "company",
        version: 3,
        text: [
          "apiVersion: postern.dev/v1",
          "kind: EgressLaw",
          "metadata:",
          "  name: company",
          "spec:",
          "  clauses:",
          "    - name: widest-prefix",
          "      widestPrefix: { ipv4: 16, ipv6: 48 }",
          "    - name: no-metadata",
          "      mustDeny: { addresses: [169.254.169.254, 'fd00:ec2::254'] }",
          "",
        ].join("\n"),
        changedAtMs: world.nowMs - 9 * 86_400_000,
        changedBy: ada,
      },
    ],
    repositories: [
      {
        name: "policies",
        kind: "gitea",
        url: "https://git.example.com/platform/policies",
        layout: "argocd",
        trouble: null,
      },
    ],
    users: [
      { person: ada, isAdministrator: true, lastSeenMs: world.nowMs - 60_000 },
      {
        person: { subject: "oidc:https://id.example.com#42", name: "Barbara" },
        isAdministrator: false,
        lastSeenMs: world.nowMs,
      },
    ],
    stopped: [{ cluster: "east", namespace: "shop-api", because: "denies hit the must-allow set after proposal #12" }],
  };
}
