import type { z } from "zod";
import type { EdgeView } from "../../src/app/wire/dossier.ts";
import type { Page } from "../../src/app/wire/list.ts";
import type { Timeline, timelineQuery, TrafficQuery, TrafficRow } from "../../src/app/wire/traffic.ts";
import { contains, pageFrom, takes } from "./fixture-list.ts";
import type { FixtureNamespace } from "./fixture-world.ts";
import type { Random } from "./random.ts";

/** Services that workloads of the world call, with how many addresses each has. */
const services = [
  { name: "api.stripe.com", block: "203.0.113", addresses: 12, port: 443 },
  { name: "registry.example.net", block: "198.51.100", addresses: 40, port: 443 },
  { name: "s3.eu-central-1.example-cloud.com", block: "192.0.2", addresses: 250, port: 443 },
  { name: "smtp.mail.example.org", block: "203.0.113", addresses: 3, port: 587 },
  { name: "db.corp.example.com", block: "10.20.30", addresses: 2, port: 5432 },
  { name: "kafka.corp.example.com", block: "10.20.40", addresses: 9, port: 9093 },
  { name: "", block: "10.0.0", addresses: 60, port: 53 },
  { name: "telemetry.vendor.example", block: "198.51.100", addresses: 20, port: 8443 },
] as const;

/** Of the shop's own namespace: as many destinations as a flow map must stay readable with. */
export function makeEdges(random: Random, namespaces: readonly FixtureNamespace[], nowMs: number): readonly EdgeView[] {
  const edges: EdgeView[] = [];
  const add = (where: FixtureNamespace, address: string, names: readonly string[], port: number): void => {
    const lastSeenMs = nowMs - random.whole(0, 7 * 86_400_000);
    edges.push({
      cluster: where.cluster,
      namespace: where.namespace,
      workload: random.pick(where.workloads),
      address,
      names: [...names],
      protocol: port === 53 ? "udp" : "tcp",
      port,
      verdict: random.next() < 0.05 ? "denied" : random.next() < 0.3 ? "seen" : "allowed",
      flows: Math.ceil(10 ** (random.next() * 5)),
      bytes: random.next() < 0.1 ? null : Math.ceil(10 ** (2 + random.next() * 8)),
      firstSeenMs: lastSeenMs - random.whole(0, 30 * 86_400_000),
      lastSeenMs,
    });
  };
  for (const [index, where] of namespaces.entries()) {
    const destinations = index === 0 ? 500 : 98;
    for (let count = 0; count < destinations; count += 1) {
      if (index === 0 && count >= 120) {
        const [a, b] = [random.whole(0, 255), random.whole(1, 254)];
        const isSix = random.next() < 0.2;
        const address = isSix ? `2001:db8:${a.toString(16)}::${b.toString(16)}` : `100.${64 + (a % 60)}.${a}.${b}`;
        add(
          where,
          address,
          random.next() < 0.5 ? [`host${count}.partner${count % 37}.example`] : [],
          random.pick([443, 8443, 22]),
        );
        continue;
      }
      const service = random.pick(services);
      const address = `${service.block}.${random.whole(1, service.addresses)}`;
      add(where, address, service.name === "" ? [] : [service.name], service.port);
    }
  }
  return edges;
}

type Filters = Pick<
  TrafficQuery,
  "cluster" | "namespace" | "workload" | "address" | "name" | "protocol" | "port" | "verdict" | "fromMs" | "toMs" | "q"
>;

function filtered(edges: readonly EdgeView[], query: Filters): readonly EdgeView[] {
  return edges.filter(
    (edge) =>
      takes(query.cluster, edge.cluster) &&
      takes(query.namespace, edge.namespace) &&
      takes(query.workload, edge.workload) &&
      (query.address === undefined || query.address.some((wanted) => isWithin(edge.address, wanted))) &&
      (query.name === undefined || query.name.some((wanted) => edge.names.some((name) => isBelow(name, wanted)))) &&
      takes(query.protocol, edge.protocol) &&
      takes(query.port, edge.port) &&
      takes(query.verdict, edge.verdict) &&
      (query.fromMs === undefined || (edge.lastSeenMs ?? 0) >= query.fromMs) &&
      (query.toMs === undefined || (edge.firstSeenMs ?? 0) < query.toMs) &&
      contains(query.q, edge.cluster, edge.namespace, edge.workload, edge.address, ...edge.names),
  );
}

/** Blocks on whole bytes are enough here. */
function isWithin(address: string, wanted: string): boolean {
  const [base = "", length] = wanted.split("/");
  if (length === undefined) return address === wanted;
  const bytes = Math.floor(Number(length) / 8);
  return address.split(".").slice(0, bytes).join(".") === base.split(".").slice(0, bytes).join(".");
}

function isBelow(name: string, wanted: string): boolean {
  return wanted.startsWith("*.") ? name.endsWith(wanted.slice(1)) : name === wanted;
}

const valueOf: Readonly<Record<string, (edge: EdgeView) => string | number>> = {
  cluster: (edge) => edge.cluster,
  namespace: (edge) => edge.namespace,
  workload: (edge) => edge.workload,
  address: (edge) => edge.address,
  name: (edge) => edge.names[0] ?? "",
  protocol: (edge) => edge.protocol,
  port: (edge) => edge.port,
  verdict: (edge) => edge.verdict,
};

/** Rows of the question asked last: those who scroll ask for page after page of it. */
let latest:
  | { readonly asked: string; readonly edges: readonly EdgeView[]; readonly rows: readonly TrafficRow[] }
  | undefined;

function rowsOf(edges: readonly EdgeView[], query: TrafficQuery): readonly TrafficRow[] {
  const asked = JSON.stringify({ ...query, cursor: undefined, limit: undefined, sort: undefined });
  if (latest?.asked !== asked || latest.edges !== edges) {
    const kept = filtered(edges, query);
    const by = query.by ?? [];
    const rows = by.length === 0 ? kept.map((edge): TrafficRow => ({ ...edge, destinations: 1 })) : grouped(kept, by);
    latest = { asked, edges, rows };
  }
  return latest.rows;
}

export function trafficPage(edges: readonly EdgeView[], query: TrafficQuery): Page<TrafficRow> {
  const rows = rowsOf(edges, query);
  return pageFrom(
    rows,
    query,
    {
      flows: (row) => row.flows,
      bytes: (row) => row.bytes,
      destinations: (row) => row.destinations,
      firstSeenMs: (row) => row.firstSeenMs,
      lastSeenMs: (row) => row.lastSeenMs,
      cluster: (row) => row.cluster,
      namespace: (row) => row.namespace,
      workload: (row) => row.workload,
      address: (row) => row.address,
      name: (row) => row.names?.[0] ?? "",
      protocol: (row) => row.protocol,
      port: (row) => row.port,
      verdict: (row) => row.verdict,
    },
    "-flows",
  );
}

function grouped(edges: readonly EdgeView[], asked: readonly string[]): readonly TrafficRow[] {
  // A namespace is one of its cluster, a workload one of its namespace.
  const isOfCluster = asked.includes("namespace") || asked.includes("workload");
  const owner = [...(isOfCluster ? ["cluster"] : []), ...(asked.includes("workload") ? ["namespace"] : [])];
  const by = [...new Set([...owner, ...asked])];
  const groups = new Map<string, { readonly edges: EdgeView[]; readonly places: Set<string> }>();
  for (const edge of edges) {
    const key = by.map((dimension) => valueOf[dimension]?.(edge)).join("\0");
    let group = groups.get(key);
    if (group === undefined) {
      group = { edges: [], places: new Set() };
      groups.set(key, group);
    }
    group.edges.push(edge);
    group.places.add(`${edge.address} ${edge.port}`);
  }
  return [...groups.values()].map(({ edges: members, places }) => {
    const [first] = members;
    const row: Record<string, unknown> = {};
    for (const dimension of by) {
      if (dimension === "name") row.names = first?.names ?? [];
      else if (first !== undefined) row[dimension] = valueOf[dimension]?.(first);
    }
    const times = (field: "firstSeenMs" | "lastSeenMs"): readonly number[] => members.map((edge) => edge[field] ?? 0);
    return {
      ...row,
      flows: members.reduce((sum, { flows }) => sum + flows, 0),
      bytes: members.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
      destinations: places.size,
      firstSeenMs: times("firstSeenMs").reduce((a, b) => Math.min(a, b)),
      lastSeenMs: times("lastSeenMs").reduce((a, b) => Math.max(a, b)),
    };
  });
}

export function timelineOf(edges: readonly EdgeView[], query: z.infer<typeof timelineQuery>, nowMs: number): Timeline {
  const toMs = query.toMs ?? nowMs;
  const fromMs = query.fromMs ?? toMs - 7 * 86_400_000;
  const bucketMs =
    [60_000, 300_000, 3_600_000, 21_600_000, 86_400_000].find((size) => (toMs - fromMs) / size <= 120) ?? 86_400_000;
  const first = Math.floor(fromMs / bucketMs);
  const times = Array.from({ length: Math.ceil(toMs / bucketMs) - first }, (_, index) => (first + index) * bucketMs);
  const sums = new Map<string, number>();
  for (const edge of filtered(edges, query)) {
    const key = query.by === undefined ? "all" : String(valueOf[query.by]?.(edge) ?? "");
    sums.set(key, (sums.get(key) ?? 0) + edge.flows);
  }
  const ranked = [...sums].toSorted(([, a], [, b]) => b - a);
  const shown = ranked.slice(0, 6);
  const rest = ranked.slice(6).reduce((sum, [, flows]) => sum + flows, 0);
  const series = rest === 0 ? shown : [...shown, ["the rest", rest] as const];
  return {
    bucketMs,
    times,
    series: series.map(([key, flows], number) => ({
      key,
      // A day's wave, so that there is something to look at.
      flows: times.map((ms, index) =>
        Math.round(
          (flows / times.length) *
            (1 + 0.6 * Math.sin((ms / 86_400_000) * 2 * Math.PI + number) + 0.2 * Math.sin(index)),
        ),
      ),
    })),
  };
}
