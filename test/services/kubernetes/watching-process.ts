/**
 * A process of its own that watches a cluster, as an observer does, and tells what it costs: started by a test with the
 * kubeconfig's path; writes one line of JSON when its picture is complete, and one for each line it is sent.
 */
import { createInterface } from "node:readline";
import { ClusterWatcher } from "../../../src/adapters/kubernetes/cluster-watcher.ts";
import { findAccess } from "../../../src/adapters/kubernetes/find-access.ts";

const [, , kubeconfig = ""] = process.argv;
/** What is not garbage, where Node.js was started with `--expose-gc`. */
const heapNow = (): number => {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
};
const heapBefore = heapNow();
const before = process.memoryUsage().rss;
let peak = before;
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 20);
const watcher = new ClusterWatcher(() => findAccess({ kubeconfig }, { home: "/", variables: {} }), { cluster: "east" });
const ended = new AbortController();
const running = watcher.run(ended.signal);
await watcher.ready;

const tell = (): void => {
  const { pods } = watcher.facts();
  const now = process.memoryUsage().rss;
  const { objects, intervals } = watcher.status().counts;
  const heap = heapNow() - heapBefore;
  process.stdout.write(`${JSON.stringify({ before, now, peak, heap, pods: pods.length, objects, intervals })}\n`);
};
tell();
for await (const _ of createInterface({ input: process.stdin })) tell();
clearInterval(sampling);
ended.abort();
await running;
