/**
 * How long does it take to learn a whole cluster anew, and one namespace? 1,000 namespaces with about 14,000 pods and 10 million
 * edges are learned in batches by as many threads as there are cores: the namespaces of the made-up cluster of `bench/learning`,
 * each several times under other names. Batches have about the same number of edges, and each thread takes the next one that is
 * left. Making the traffic up is not counted, and all threads learn at the same time, so that what is counted had only its own
 * core; their processor time is told as well, for machines that have other work. Last, one namespace of 10,000 edges is learned by
 * itself.
 *
 *   node bench/learning-cost.ts [--namespaces 1000] [--distinct 50] [--activity 6] [--pools 6] [--threads 2] [--batch 20]
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { suggestPolicies } from "../src/app/suggest-policies.ts";
import type { ClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import { median, printResult } from "./corpus/measure.ts";
import { allSettings, type LearningSettings } from "./learning/settings.ts";
import { clusterFacts } from "./learning/world/cluster.ts";
import { knowledgeOf } from "./learning/world/known.ts";
import { harvestOf, record, type Recorded } from "./learning/world/record.ts";
import { makeWorld } from "./learning/world/world.ts";

interface Share {
  readonly settings: LearningSettings;
  /** Of which the cluster has this many: those of the settings, each as often as it takes. */
  readonly namespaces: number;
  readonly thread: number;
  readonly threads: number;
  readonly batch: number;
  /** How many batches were taken, by all threads. */
  readonly taken: Int32Array;
}

interface Learned {
  readonly pods: number;
  readonly edges: number;
  readonly rules: number;
  /** All of `suggestPolicies`: baseline, choosing, printing, reading back, proof. */
  readonly learnMs: number;
  readonly cpuMs: number;
  /** One namespace among others, without what is made once for all. */
  readonly eachMs: readonly number[];
  readonly peakMiB: number;
  /** Place in the settings of the smallest namespace with as many edges as one alone should have; of the largest if none has. */
  readonly single: number;
}

interface Copy {
  readonly recorded: Recorded;
  readonly copy: number;
}

function learnShare({ settings, namespaces, thread, threads, batch, taken }: Share): Learned {
  const world = makeWorld(settings);
  const knowledge = knowledgeOf(world);
  const distinct = world.namespaces.map((namespace) => record(world, namespace));
  const all = Array.from({ length: namespaces }, (_, i): Copy => {
    return { recorded: distinct[i % distinct.length]!, copy: Math.floor(i / distinct.length) };
  });
  const present = new Set(all.map(({ copy }, i) => nameOf(world.namespaces[i % distinct.length]!.name, copy)));
  const facts = copiedFacts(clusterFacts(world), present, Math.ceil(namespaces / distinct.length));
  const batches = evenBatches(all, Math.ceil(namespaces / (batch * threads)) * threads);
  const eachMs: number[] = [];
  let [edges, rules, learnMs, cpuMs] = [0, 0, 0, 0];
  for (let next = Atomics.add(taken, 0, 1); next < batches.length; next = Atomics.add(taken, 0, 1)) {
    const parts = batches[next]!.map(({ recorded, copy }) => copyOf(recorded, copy));
    const harvest = harvestOf(world, parts);
    edges += harvest.edges.length;
    const marks: number[] = [];
    const cpu = process.threadCpuUsage();
    const start = performance.now();
    const { suggestions, refused } = suggestPolicies(
      { harvest, facts, knowledge, kind: "EgressFirewall", namespaces: [], existing: [], never: [] },
      manifestPort,
      () => marks.push(performance.now()),
    );
    marks.push(performance.now());
    learnMs += marks.at(-1)! - start;
    cpuMs += cpuMsSince(cpu);
    eachMs.push(...marks.slice(1).map((mark, i) => mark - marks[i]!));
    rules += suggestions.reduce((sum, { draft }) => sum + draft.rules.length, 0);
    if (refused.length > 0) throw new Error(`${refused[0]!.namespace}: ${refused[0]!.failures.join("; ")}`);
    process.stderr.write(`thread ${thread}: batch ${next + 1} of ${batches.length}, ${harvest.edges.length} edges\n`);
  }
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const single = singleOf(distinct.map((recorded) => recorded.edges.length));
  return { pods: facts.pods.length, edges, rules, learnMs, cpuMs, eachMs, peakMiB, single };
}

/** The largest first, each to the batch that has the fewest edges so far. */
function evenBatches(all: readonly Copy[], count: number): readonly (readonly Copy[])[] {
  const batches = Array.from({ length: count }, () => ({ edges: 0, copies: [] as Copy[] }));
  for (const one of all.toSorted((a, b) => b.recorded.edges.length - a.recorded.edges.length)) {
    const least = batches.reduce((a, b) => (b.edges < a.edges ? b : a));
    least.edges += one.recorded.edges.length;
    least.copies.push(one);
  }
  return batches.map(({ copies }) => copies).filter(({ length }) => length > 0);
}

const cpuMsSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
};

const singleEdges = 10_000;

function singleOf(edges: readonly number[]): number {
  const bySize = edges.map((count, i) => ({ count, i })).toSorted((a, b) => a.count - b.count);
  return (bySize.find(({ count }) => count >= singleEdges) ?? bySize.at(-1)!).i;
}

/**
 * Everything that one namespace takes by itself: the first time in a process that learned nothing before, and after that. Of a
 * larger one some edges are left out, evenly, and all its names are kept.
 */
function learnSingle(settings: LearningSettings, single: number): Record<string, number> {
  const world = makeWorld(settings);
  const { edges, nameEvidence } = record(world, world.namespaces[single]!);
  const step = Math.max(1, edges.length / singleEdges);
  const kept = Array.from({ length: Math.min(singleEdges, edges.length) }, (_, i) => edges[Math.floor(i * step)]!);
  const harvest = harvestOf(world, [{ edges: kept, nameEvidence }]);
  const [facts, knowledge] = [clusterFacts(world), knowledgeOf(world)];
  const times = Array.from({ length: 6 }, () => {
    const cpu = process.threadCpuUsage();
    const start = performance.now();
    suggestPolicies(
      { harvest, facts, knowledge, kind: "EgressFirewall", namespaces: [], existing: [], never: [] },
      manifestPort,
    );
    return { ms: performance.now() - start, cpuMs: cpuMsSince(cpu) };
  });
  return {
    edges: harvest.edges.length,
    nameEvidence: harvest.nameEvidence.length,
    firstMs: Math.round(times[0]!.ms),
    firstCpuMs: Math.round(times[0]!.cpuMs),
    medianMs: Math.round(median(times.slice(1).map(({ ms }) => ms))),
    medianCpuMs: Math.round(median(times.slice(1).map(({ cpuMs }) => cpuMs))),
  };
}

const nameOf = (namespace: string, copy: number): string => `${namespace}-${copy}`;

/** The same traffic of another namespace: nothing that was made for one can be used for another. */
function copyOf({ edges, nameEvidence }: Recorded, copy: number): Pick<Recorded, "edges" | "nameEvidence"> {
  return {
    edges: edges.map((edge) => ({
      ...edge,
      namespace: nameOf(edge.namespace, copy),
      address: { ...edge.address },
      activity: [...edge.activity],
    })),
    nameEvidence: nameEvidence.map((evidence) => ({
      ...evidence,
      namespace: nameOf(evidence.namespace, copy),
      address: { ...evidence.address },
    })),
  };
}

function copiedFacts(facts: ClusterFacts, present: ReadonlySet<string>, copies: number): ClusterFacts {
  const copied = <T extends { readonly namespace: string }>(all: readonly T[]): readonly T[] =>
    Array.from({ length: copies }, (_, copy) => all.map((one) => ({ ...one, namespace: nameOf(one.namespace, copy) })))
      .flat()
      .filter(({ namespace }) => present.has(namespace));
  return { ...facts, pods: copied(facts.pods), scheduled: copied(facts.scheduled) };
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      namespaces: { type: "string", default: "1000" },
      distinct: { type: "string", default: "50" },
      activity: { type: "string", default: "6" },
      pools: { type: "string", default: "6" },
      threads: { type: "string", default: "2" },
      batch: { type: "string", default: "20" },
    },
  });
  const namespaces = Number(values.namespaces);
  const threads = Number(values.threads);
  const settings: LearningSettings = {
    ...allSettings[0]!,
    name: "cost",
    namespaces: Math.min(Number(values.distinct), namespaces),
    nodes: 60,
    learningDays: 28,
    activity: Number(values.activity),
    pools: Number(values.pools),
  };
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const shares = await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const share: Share = { settings, namespaces, thread, threads, batch: Number(values.batch), taken };
      return new Promise<Learned>((resolve, reject) => {
        const worker = new Worker(new URL(import.meta.url), { workerData: share });
        worker.once("message", resolve);
        worker.once("error", reject);
      });
    }),
  );
  const edgeCount = shares.reduce((sum, { edges }) => sum + edges, 0);
  const each = shares.flatMap(({ eachMs }) => eachMs);
  printResult("learn a whole cluster anew", {
    namespaces: each.length,
    pods: shares[0]!.pods,
    edges: edgeCount,
    rules: shares.reduce((sum, { rules }) => sum + rules, 0),
    threads,
    secondsOfThreads: shares.map(({ learnMs }) => Math.round(learnMs / 10) / 100),
    cpuSecondsOfThreads: shares.map(({ cpuMs }) => Math.round(cpuMs / 10) / 100),
    microsecondsPerEdge: Math.round((1000 * shares.reduce((sum, { learnMs }) => sum + learnMs, 0)) / edgeCount),
    seconds: Math.round(Math.max(...shares.map(({ learnMs }) => learnMs)) / 10) / 100,
    namespaceMs: { median: Math.round(median(each)), largest: Math.round(Math.max(...each)) },
    peakMiB: Math.max(...shares.map(({ peakMiB }) => peakMiB)),
    oneNamespace: learnSingle(settings, shares[0]!.single),
  });
} else parentPort?.postMessage(learnShare(workerData as Share));
