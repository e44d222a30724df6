import { compareIp } from "../../../src/core/net/ip.ts";
import { type Workload, formatWorkload } from "../../../src/core/workload/workload.ts";
import type { Edge, ObservedVerdict } from "../../../src/pipeline/flows/edge.ts";
import type { Harvest, NameEvidence } from "../../../src/pipeline/flows/harvest.ts";
import { seeded } from "../../corpus/random.ts";
import { gapsOf, isInGap } from "./gaps.ts";
import { keyed, textKey } from "./keyed.ts";
import { type TrueFlow, trafficOf } from "./traffic.ts";
import { block, type World, type WorldNamespace } from "./world.ts";

const cluster = "bench";
/** Of a connection that carries something, and of attempts. */
const bytesPerPacket = { answered: 600, unanswered: 60 } as const;

/** What an observer with this sampling and these gaps kept of the learning time: what the product gets. */
export interface Recorded {
  readonly edges: readonly Edge[];
  readonly nameEvidence: readonly NameEvidence[];
  /** `workload service port` of what was recorded at least once. */
  readonly recordedUses: ReadonlySet<string>;
  /** The same of what happened, recorded or not. */
  readonly happenedUses: ReadonlySet<string>;
}

export const useKey = (workload: number, service: string, port: number): string => `${workload} ${service} ${port}`;

export function harvestOf(world: World, parts: readonly Pick<Recorded, "edges" | "nameEvidence">[]): Harvest {
  const { settings, startMs, learned } = world;
  const gaps = gapsOf(world).length;
  return {
    edges: parts.flatMap(({ edges }) => edges).toSorted(compareEdges),
    nameEvidence: parts.flatMap(({ nameEvidence }) => nameEvidence).toSorted(compareEvidence),
    leftOut: [],
    malformed: { count: 0, samples: [] },
    inputs: [],
    window: { firstMs: startMs, lastMs: startMs + learned * 1000 - 1 },
    samplingMax: settings.sampling,
    gaps: { lostEvents: 0, nodeOutages: gaps },
    clusterNetworks: { pods: [block("10.128.0.0/14")], services: [block("172.30.0.0/16")], origin: "dump" },
    overflow: { edges: 0, activity: 0, names: 0 },
    isComplete: settings.sampling === 1 && gaps === 0,
    warnings: [],
  };
}

interface EdgeInTheMaking {
  readonly workload: number;
  readonly address: number;
  readonly protocol: TrueFlow["protocol"];
  readonly port: number;
  readonly verdict: ObservedVerdict;
  flows: number;
  bytes: number;
  first: number;
  last: number;
  readonly hours: Map<number, number>;
}

interface EvidenceInTheMaking {
  readonly name: string;
  readonly address: number;
  readonly workload: number;
  readonly from: NameEvidence["from"];
  readonly chain: readonly string[];
  readonly ttlSeconds: number | undefined;
  count: number;
  first: number;
  last: number;
}

/** One namespace's learning time as it was recorded. */
export function record(world: World, namespace: WorldNamespace): Recorded {
  const { settings } = world;
  const random = seeded(keyed(settings.seed, textKey(namespace.name), 0xcafe));
  const gaps = gapsOf(world);
  const edges = new Map<string, EdgeInTheMaking>();
  const evidence = new Map<string, EvidenceInTheMaking>();
  const recordedUses = new Set<string>();
  const happenedUses = new Set<string>();
  for (const flow of trafficOf(world, namespace, 0, world.learned)) {
    const { use, workload } = flow;
    if (use !== undefined) happenedUses.add(useKey(workload, use.service.id, flow.port));
    const draw = random.next();
    const drawn = random.next();
    const named = random.next();
    if (isInGap(gaps, flow.at)) continue;
    const hidden = namespace.workloads[workload]!.hidesDns;
    if (flow.answer !== undefined && !hidden && drawn >= settings.lostAnswers) noteAnswer(evidence, flow);
    const caught = caughtPackets(flow.packets, settings.sampling, draw);
    if (caught === 0) continue;
    if (use !== undefined) recordedUses.add(useKey(workload, use.service.id, flow.port));
    noteEdge(edges, flow, caught * settings.sampling, settings.sampling);
    if (flow.host !== undefined && flow.port === 443 && named < settings.serverNames / Math.sqrt(settings.sampling)) {
      note(evidence, flow, flow.address, "tls-sni");
    }
  }
  return { ...finished(world, namespace, edges, evidence), recordedUses, happenedUses };
}

/** How many packets of a flow a 1-in-N sampler keeps; the draw stands for all its packets. */
function caughtPackets(packets: number, sampling: number, draw: number): number {
  if (sampling === 1) return packets;
  const none = (1 - 1 / sampling) ** packets;
  if (draw < none) return 0;
  return Math.max(1, Math.round(packets / sampling));
}

function noteEdge(edges: Map<string, EdgeInTheMaking>, flow: TrueFlow, packets: number, sampling: number): void {
  const { workload, address, protocol, port, at } = flow;
  // Only who sees every packet can tell that no answer came.
  const verdict = !flow.isAnswered && sampling === 1 ? "unanswered" : "seen";
  const key = `${workload} ${address} ${protocol} ${port} ${verdict}`;
  let edge = edges.get(key);
  if (edge === undefined) {
    edge = { workload, address, protocol, port, verdict, flows: 0, bytes: 0, first: at, last: at, hours: new Map() };
    edges.set(key, edge);
  }
  edge.flows += 1;
  edge.bytes += packets * bytesPerPacket[flow.isAnswered ? "answered" : "unanswered"];
  edge.first = Math.min(edge.first, at);
  edge.last = Math.max(edge.last, at);
  const hour = Math.floor(at / 3600);
  edge.hours.set(hour, (edge.hours.get(hour) ?? 0) + 1);
}

function noteAnswer(evidence: Map<string, EvidenceInTheMaking>, flow: TrueFlow): void {
  for (const address of flow.answer ?? []) note(evidence, flow, address, "dns-answer");
}

function note(
  evidence: Map<string, EvidenceInTheMaking>,
  { host, workload, at, alias, ttlSeconds }: TrueFlow,
  address: number,
  from: "dns-answer" | "tls-sni",
): void {
  if (host === undefined) return;
  const key = `${workload} ${address} ${from} ${host}`;
  const known = evidence.get(key);
  if (known !== undefined) {
    known.count += 1;
    known.first = Math.min(known.first, at);
    known.last = Math.max(known.last, at);
    return;
  }
  const isAnswer = from === "dns-answer";
  const chain = isAnswer && alias !== undefined ? [alias] : [];
  const ttl = isAnswer ? ttlSeconds : undefined;
  evidence.set(key, { name: host, address, workload, from, chain, ttlSeconds: ttl, count: 1, first: at, last: at });
}

function finished(
  { book, startMs }: World,
  namespace: WorldNamespace,
  edges: ReadonlyMap<string, EdgeInTheMaking>,
  evidence: ReadonlyMap<string, EvidenceInTheMaking>,
): Pick<Recorded, "edges" | "nameEvidence"> {
  const names = new Map<string, Set<string>>();
  for (const { workload, address, name } of evidence.values()) {
    const key = `${workload} ${address}`;
    const known = names.get(key);
    if (known === undefined) names.set(key, new Set([name]));
    else known.add(name);
  }
  const owner = (workload: number): Workload => namespace.workloads[workload]!.workload;
  const time = (at: number): number => startMs + Math.round(at * 1000);
  const startHour = startMs / 3_600_000;
  return {
    edges: [...edges.values()].map((edge): Edge => ({
      cluster,
      namespace: namespace.name,
      workload: owner(edge.workload),
      address: book.at(edge.address),
      prefixLength: undefined,
      protocol: edge.protocol,
      port: edge.port,
      verdict: edge.verdict,
      names: [...(names.get(`${edge.workload} ${edge.address}`) ?? [])].toSorted().slice(0, 32),
      decidedBy: [],
      flows: edge.flows,
      bytes: edge.bytes,
      firstSeenMs: time(edge.first),
      lastSeenMs: time(edge.last),
      activity: [...edge.hours]
        .map(([hour, flows]) => ({ hour: startHour + hour, flows }))
        .toSorted((a, b) => a.hour - b.hour),
    })),
    nameEvidence: [...evidence.values()].map(({ workload, address, count, first, last, ...rest }) => ({
      ...rest,
      address: book.at(address),
      cluster,
      namespace: namespace.name,
      workload: owner(workload),
      count,
      firstSeenMs: time(first),
      lastSeenMs: time(last),
    })),
  };
}

function compareEdges(a: Edge, b: Edge): number {
  return (
    compareText(a.namespace, b.namespace) ||
    compareText(formatWorkload(a.workload), formatWorkload(b.workload)) ||
    compareIp(a.address, b.address) ||
    compareText(a.protocol, b.protocol) ||
    a.port - b.port ||
    compareText(a.verdict, b.verdict)
  );
}

function compareEvidence(a: NameEvidence, b: NameEvidence): number {
  return (
    compareText(a.name, b.name) ||
    compareIp(a.address, b.address) ||
    compareText(a.namespace, b.namespace) ||
    compareText(formatWorkload(a.workload), formatWorkload(b.workload)) ||
    compareText(a.from, b.from)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
