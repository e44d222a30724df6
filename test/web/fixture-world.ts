import type { EdgeView } from "../../src/app/wire/dossier.ts";
import type { NamespaceDetail, NamespaceSummary } from "../../src/app/wire/namespaces.ts";
import type { ProposalDetail } from "../../src/app/wire/proposals.ts";
import { makeProposals } from "./fixture-proposals.ts";
import { makeEdges } from "./fixture-traffic.ts";
import { type Random, seeded } from "./random.ts";

export interface FixtureNamespace {
  readonly cluster: string;
  readonly namespace: string;
  readonly workloads: readonly string[];
}

/** Everything that a server would have learned, made up but alike in kind and size. */
export interface FixtureWorld {
  readonly nowMs: number;
  readonly places: readonly FixtureNamespace[];
  readonly namespaces: NamespaceSummary[];
  readonly edges: readonly EdgeView[];
  readonly proposals: ProposalDetail[];
  /** What people said of phases, by `cluster/namespace`. */
  readonly automation: Map<string, NamespaceDetail["automation"]>;
}

export interface WorldSize {
  readonly namespaces: number;
  readonly proposals: number;
}

const teams = [
  "shop",
  "billing",
  "search",
  "identity",
  "logistics",
  "analytics",
  "media",
  "support",
  "platform",
  "risk",
];
const parts = ["api", "web", "worker", "batch", "gateway", "store", "ledger", "mailer", "sync", "reports"];
const kinds = ["Deployment", "Deployment", "Deployment", "StatefulSet", "CronJob", "DaemonSet"];

export function makeWorld(size: WorldSize, nowMs: number): FixtureWorld {
  const random = seeded(7);
  const places = Array.from({ length: size.namespaces }, (_, index): FixtureNamespace => {
    const team = teams[index % teams.length] ?? "team";
    const part = parts[Math.floor(index / teams.length) % parts.length] ?? "part";
    const round = Math.floor(index / (teams.length * parts.length));
    return {
      cluster: ["east", "west", "edge-berlin"][index % 3] ?? "east",
      namespace: round === 0 ? `${team}-${part}` : `${team}-${part}-${round}`,
      workloads: Array.from({ length: index === 0 ? 14 : random.whole(1, 6) }, (__, number) => {
        const name = parts[(index + number) % parts.length] ?? "x";
        return `${random.pick(kinds)}/${name}${number >= parts.length ? number : ""}`;
      }),
    };
  });
  const edges = makeEdges(random, places, nowMs);
  const namespaces = summaries(random, places, edges);
  const proposals = makeProposals(random, places, edges, size.proposals, nowMs);
  return { nowMs, places, namespaces, edges, proposals, automation: new Map() };
}

function summaries(
  random: Random,
  places: readonly FixtureNamespace[],
  edges: readonly EdgeView[],
): NamespaceSummary[] {
  const byPlace = Map.groupBy(edges, ({ cluster, namespace }) => `${cluster}/${namespace}`);
  return places.map(({ cluster, namespace, workloads }, index) => {
    const own = byPlace.get(`${cluster}/${namespace}`) ?? [];
    const coverage = random.pick(["enforced", "enforced", "partial", "none", "unknown"] as const);
    const isKnown = index % 11 !== 10;
    return {
      cluster,
      namespace,
      phase: random.pick(["observe", "observe", "review", "review", "automate"] as const),
      coverage,
      flows: own.reduce((sum, { flows }) => sum + flows, 0),
      destinations: new Set(own.map(({ address, port }) => `${address} ${port}`)).size,
      workloads: workloads.length,
      firstSeenMs: own.reduce<number | null>(
        (least, { firstSeenMs }) => Math.min(least ?? Infinity, firstSeenMs ?? Infinity),
        null,
      ),
      lastSeenMs: own.reduce<number | null>((most, { lastSeenMs }) => Math.max(most ?? 0, lastSeenMs ?? 0), null),
      readinessDay: isKnown ? 1 - 10 ** -(0.4 + random.next() * 3) : null,
      exposure: !isKnown
        ? null
        : coverage === "enforced"
          ? {
              v4: Math.round(random.next() * 240) / 10,
              v6: random.next() < 0.5 ? null : 16,
              unresolvedRules: random.whole(0, 4),
            }
          : { v4: 48, v6: 144, unresolvedRules: 0 },
      findings: random.next() < 0.6 ? 0 : random.whole(1, 9),
      openProposals: random.next() < 0.6 ? 0 : random.whole(1, 3),
    };
  });
}
