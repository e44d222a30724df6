/**
 * How long does it take to learn a whole cluster anew, and one namespace? 1,000 namespaces with about 14,000 pods and 10 million
 * edges, as the made-up cluster of `bench/learning` has them, are learned in batches by as many threads as there are cores.
 * Making the traffic up is not counted; all threads are busy all the time, so that what is counted had only its own core.
 *
 *   node bench/learning-cost.ts [--namespaces 1000] [--activity 3.4] [--threads 2] [--batch 20]
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { suggestPolicies } from "../src/app/suggest-policies.ts";
import { median, printResult } from "./corpus/measure.ts";
import { allSettings, type LearningSettings } from "./learning/settings.ts";
import { clusterFacts } from "./learning/world/cluster.ts";
import { knowledgeOf } from "./learning/world/known.ts";
import { harvestOf, record } from "./learning/world/record.ts";
import { makeWorld } from "./learning/world/world.ts";

interface Share {
  readonly settings: LearningSettings;
  readonly thread: number;
  readonly threads: number;
  readonly batch: number;
}

interface Learned {
  readonly pods: number;
  readonly edges: number;
  readonly namespaces: number;
  readonly rules: number;
  /** All of `suggestPolicies`: baseline, choosing, printing, reading back, proof. */
  readonly learnMs: number;
  /** One namespace by itself, without what is made once for all. */
  readonly eachMs: readonly number[];
  readonly peakMiB: number;
}

function learnShare({ settings, thread, threads, batch }: Share): Learned {
  const world = makeWorld(settings);
  const facts = clusterFacts(world);
  const knowledge = knowledgeOf(world);
  const own = world.namespaces.filter((_, index) => index % threads === thread);
  const eachMs: number[] = [];
  let [edges, rules, learnMs] = [0, 0, 0];
  for (let from = 0; from < own.length; from += batch) {
    const harvest = harvestOf(
      world,
      own.slice(from, from + batch).map((namespace) => record(world, namespace)),
    );
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
  return { pods: facts.pods.length, edges, namespaces: own.length, rules, learnMs, eachMs, peakMiB };
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      namespaces: { type: "string", default: "1000" },
      activity: { type: "string", default: "3.4" },
      threads: { type: "string", default: "2" },
      batch: { type: "string", default: "20" },
    },
  });
  const namespaces = Number(values.namespaces);
  const threads = Number(values.threads);
  const settings: LearningSettings = {
    ...allSettings[0]!,
    name: "cost",
    namespaces,
    nodes: 60,
    learningDays: 28,
    activity: Number(values.activity),
  };
  const shares = await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const share: Share = { settings, thread, threads, batch: Number(values.batch) };
      return new Promise<Learned>((resolve, reject) => {
        const worker = new Worker(new URL(import.meta.url), { workerData: share });
        worker.once("message", resolve);
        worker.once("error", reject);
      });
    }),
  );
  const each = shares.flatMap(({ eachMs }) => eachMs);
  printResult("learn a whole cluster anew", {
    namespaces,
    pods: shares[0]!.pods,
    edges: shares.reduce((sum, { edges }) => sum + edges, 0),
    rules: shares.reduce((sum, { rules }) => sum + rules, 0),
    threads,
    secondsOfThreads: shares.map(({ learnMs }) => Math.round(learnMs / 10) / 100),
    seconds: Math.round(Math.max(...shares.map(({ learnMs }) => learnMs)) / 10) / 100,
    namespaceMs: { median: Math.round(median(each)), largest: Math.round(Math.max(...each)) },
    peakMiB: Math.max(...shares.map(({ peakMiB }) => peakMiB)),
  });
} else parentPort?.postMessage(learnShare(workerData as Share));
