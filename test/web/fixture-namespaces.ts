import type { z } from "zod";
import type { EdgeView } from "../../src/app/wire/dossier.ts";
import type { NamespaceRef, Page } from "../../src/app/wire/list.ts";
import type {
  FlowMap,
  flowMapQuery,
  NamespaceDetail,
  NamespaceQuery,
  NamespaceSummary,
} from "../../src/app/wire/namespaces.ts";
import { contains, pageFrom, takes } from "./fixture-list.ts";
import { manifestOf, rulesOf } from "./fixture-proposals.ts";
import { summaryOf } from "./fixture-queue.ts";
import type { FixtureWorld } from "./fixture-world.ts";

const dayMs = 86_400_000;

export function namespacePage({ namespaces }: FixtureWorld, query: NamespaceQuery): Page<NamespaceSummary> {
  const kept = namespaces.filter(
    ({ cluster, namespace, phase, coverage }) =>
      takes(query.cluster, cluster) &&
      takes(query.phase, phase) &&
      takes(query.coverage, coverage) &&
      contains(query.q, namespace, cluster),
  );
  return pageFrom(
    kept,
    query,
    {
      namespace: (row) => row.namespace,
      cluster: (row) => row.cluster,
      flows: (row) => row.flows,
      destinations: (row) => row.destinations,
      readiness: (row) => row.readinessDay,
      exposure: (row) => row.exposure?.v4,
      lastSeenMs: (row) => row.lastSeenMs,
      findings: (row) => row.findings,
    },
    "namespace",
  );
}

function edgesOf({ edges }: FixtureWorld, { cluster, namespace }: NamespaceRef): readonly EdgeView[] {
  return edges.filter((edge) => edge.cluster === cluster && edge.namespace === namespace);
}

export function namespaceDetail(world: FixtureWorld, where: NamespaceRef): NamespaceDetail | undefined {
  const summary = world.namespaces.find(
    ({ cluster, namespace }) => cluster === where.cluster && namespace === where.namespace,
  );
  if (summary === undefined) return undefined;
  const edges = edgesOf(world, where);
  const manifest = manifestOf(where, edges);
  return {
    ...summary,
    policies:
      summary.coverage === "none" || summary.coverage === "unknown"
        ? []
        : [
            {
              kind: "EgressFirewall",
              name: "default",
              manifest,
              rules: rulesOf(manifest, edges),
              findings: [
                {
                  code: "rule-without-traffic",
                  severity: "warning",
                  message: "rule 3 has decided nothing in 30 days",
                  fix: "take it out, or say in an annotation what it waits for",
                  line: 20,
                },
              ],
              status: "EgressFirewall Rules applied",
            },
          ],
    proposals: world.proposals
      .filter(({ cluster, namespace }) => cluster === where.cluster && namespace === where.namespace)
      .map((proposal) => summaryOf(proposal)),
    history: Array.from({ length: 30 }, (_, index) => ({
      dayMs: Math.floor(world.nowMs / dayMs) * dayMs - (29 - index) * dayMs,
      exposure: index < 3 ? null : 48 - Math.min(30, Math.max(0, index - 12) * 2.4),
      readiness: Math.min(0.999, 0.5 + index * 0.0175),
      denied: index > 20 ? (index * 7) % 13 : 0,
    })),
    learnedAtMs: world.nowMs - 25 * 60_000,
    automation: world.automation.get(`${where.cluster}/${where.namespace}`) ?? {
      threshold: 0.97,
      reviewByMs: summary.phase === "automate" ? world.nowMs + 30 * dayMs : null,
      stoppedBecause: where.namespace.endsWith("-ledger") ? "203.0.113.7:443, which it needs, was denied" : null,
      risk: "low",
      mayChange: true,
    },
  };
}

export function flowMapOf(world: FixtureWorld, where: NamespaceRef, query: z.infer<typeof flowMapQuery>): FlowMap {
  const edges = edgesOf(world, where).filter(({ workload }) => takes(query.workload, workload));
  const byService = Map.groupBy(edges, ({ names, address }) => serviceOf(names, address));
  const flowsOf = (members: readonly EdgeView[]): number => members.reduce((sum, { flows }) => sum + flows, 0);
  const ranked = [...byService].toSorted(([, a], [, b]) => flowsOf(b) - flowsOf(a));
  const shown = new Set(ranked.slice(0, query.most).map(([id]) => id));
  const nodeOf = (edge: EdgeView): string => {
    const id = serviceOf(edge.names, edge.address);
    return shown.has(id) ? id : "rest";
  };
  const nodes = Map.groupBy(edges, nodeOf);
  const links = Map.groupBy(edges, (edge) => `${edge.workload}\0${nodeOf(edge)}`);
  return {
    workloads: [...Map.groupBy(edges, ({ workload }) => workload)]
      .map(([id, members]) => ({ id, flows: flowsOf(members) }))
      .toSorted((a, b) => b.flows - a.flows),
    services: [...nodes]
      .map(([id, members]) => ({
        id,
        title: id === "rest" ? `${ranked.length - shown.size} more services` : id,
        group: id === "rest" ? "rest" : groupOf(members[0]),
        destinations: new Set(members.map(({ address }) => address)).size,
        examples: [...new Set(members.map(({ address }) => address))].slice(0, 5),
        flows: flowsOf(members),
        isRest: id === "rest",
      }))
      .toSorted((a, b) => Number(a.isRest) - Number(b.isRest) || b.flows - a.flows),
    links: [...links.values()].flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      const denied = members.filter(({ verdict }) => verdict === "denied").length;
      return [
        {
          workload: first.workload,
          service: nodeOf(first),
          flows: flowsOf(members),
          bytes: members.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
          ports: [...new Set(members.map(({ port, protocol }) => `${port}/${protocol}`))].toSorted(),
          verdict:
            denied === 0 ? ("allow" as const) : denied === members.length ? ("deny" as const) : ("mixed" as const),
        },
      ];
    }),
  };
}

function serviceOf(names: readonly string[], address: string): string {
  const [name] = names;
  if (name !== undefined) return name.includes("partner") ? name.split(".").slice(1).join(".") : name;
  return address.startsWith("10.") ? "10.0.0.0/8" : address;
}

function groupOf(edge: EdgeView | undefined): string {
  if (edge === undefined) return "public";
  if (edge.address.startsWith("10.")) return "private";
  return edge.names.length > 0 ? "name" : "public";
}
