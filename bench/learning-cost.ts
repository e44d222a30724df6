/**
 * How long does it take to learn a whole cluster anew, and one namespace? 1,000 namespaces with about 14,000 pods and 10 million
 * edges are learned in batches by as many threads as there are cores: the namespaces of the made-up cluster of `bench/learning`,
 * each several times under other names. Making the traffic up is not counted, and all threads learn at the same time, so that
 * what is counted had only its own core.
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
  /** How often each namespace of the settings is there, and which of these copies are this thread's. */
  readonly copies: number;
  readonly thread: number;
  readonly threads: number;
  readonly batch: number;
}

interface Learned {
  readonly pods: number;
  readonly edges: number;
  readonly rules: number;
  /** All of `suggestPolicies`: baseline, choosing, printing, reading back, proof. */
  readonly learnMs: number;
  /** One namespace by itself, without what is made once for all. */
  readonly eachMs: readonly number[];
  readonly peakMiB: number;
}

function learnShare({ settings, copies, thread, threads, batch }: Share): Learned {
  const world = makeWorld(settings);
  const knowledge = knowledgeOf(world);
  const distinct = world.namespaces.map((namespace) => record(world, namespace));
  const facts = copiedFacts(clusterFacts(world), copies);
  const own = Array.from({ length: copies }, (_, copy) => distinct.map((recorded) => ({ recorded, copy })))
    .flat()
    .filter((_, index) => index % threads === thread);
  const eachMs: number[] = [];
  let [edges, rules, learnMs] = [0, 0, 0];
  for (let from = 0; from < own.length; from += batch) {
    const parts = own.slice(from, from + batch).map(({ recorded, copy }) => copyOf(recorded, copy));
    const harvest = harvestOf(world, parts);
    edges += harvest.edges.length;
    const marks: number[] = [];
    const start = performance.now();
    const { suggestions, refused } = suggestPolicies(
      { harvest, facts, knowledge, kind: "EgressFirewall", namespaces: [], existing: [], never: [] },
      manifestPort,
      () => marks.push(performance.now()),
    );
    marks.push(performance.now());
    learnMs += marks.at(-1)! - start;
    eachMs.push(...marks.slice(1).map((mark, i) => mark - marks[i]!));
    rules += suggestions.reduce((sum, { draft }) => sum + draft.rules.length, 0);
    if (refused.length > 0) throw new Error(`${refused[0]!.namespace}: ${refused[0]!.failures.join("; ")}`);
    process.stderr.write(`thread ${thread}: ${Math.min(own.length, from + batch)} of ${own.length} namespaces\n`);
  }
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  return { pods: facts.pods.length, edges, rules, learnMs, eachMs, peakMiB };
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

function copiedFacts(facts: ClusterFacts, copies: number): ClusterFacts {
  const copied = <T extends { readonly namespace: string }>(all: readonly T[]): readonly T[] =>
    Array.from({ length: copies }, (_, copy) =>
      all.map((one) => ({ ...one, namespace: nameOf(one.namespace, copy) })),
    ).flat();
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
  const distinct = Math.min(Number(values.distinct), Number(values.namespaces));
  const copies = Math.ceil(Number(values.namespaces) / distinct);
  const threads = Number(values.threads);
  const settings: LearningSettings = {
    ...allSettings[0]!,
    name: "cost",
    namespaces: distinct,
    nodes: 60,
    learningDays: 28,
    activity: Number(values.activity),
    pools: Number(values.pools),
  };
  const shares = await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const share: Share = { settings, copies, thread, threads, batch: Number(values.batch) };
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
    microsecondsPerEdge: Math.round((1000 * shares.reduce((sum, { learnMs }) => sum + learnMs, 0)) / edgeCount),
    seconds: Math.round(Math.max(...shares.map(({ learnMs }) => learnMs)) / 10) / 100,
    namespaceMs: { median: Math.round(median(each)), largest: Math.round(Math.max(...each)) },
    peakMiB: Math.max(...shares.map(({ peakMiB }) => peakMiB)),
  });
} else parentPort?.postMessage(learnShare(workerData as Share));
