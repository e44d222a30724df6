/**
 * What does watching a large cluster cost an observer? Each size is watched by `postern observe` in a process of its
 * own: its memory when the first lists are read, while pods are replaced, and after the history of the API server was
 * too old again and again, beside that of an observer of a cluster of forty pods.
 *
 *   node bench/watch.ts [--pods 5000,20000] [--program dist/launch.js]   # as it is published, after `npm run build`
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ApiDouble } from "../test/services/kubernetes/api-double.ts";
import type { KubernetesObject } from "../test/services/kubernetes/object-store.ts";
import { printResult } from "./corpus/measure.ts";
import { freePort, residentMiB } from "./corpus/processes.ts";
import { benchCompany, benchFrame, benchPod } from "./watch/cluster.ts";

const { values } = parseArgs({
  options: { pods: { type: "string", default: "5000,20000" }, program: { type: "string", default: "dist/launch.js" } },
});
const program = join(import.meta.dirname, "..", values.program);
const folder = mkdtempSync(join(tmpdir(), "postern-bench-watch-"));
const fewPods = 40;
/** As often a hundredth of all pods is replaced. */
const churns = 20;
/** As often all watches are told that what they have seen is too old to go on from. */
const relists = 10;

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 6000; attempt += 1) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error(`${what} takes more than five minutes`);
}

async function hasBegun(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  return answer !== undefined;
}

/** MiB of one observer after each of what happens to it. */
async function measure(pods: number): Promise<object> {
  const double = new ApiDouble();
  await double.start();
  double.tokens.set("bench", undefined);
  let objects = 0;
  const put = (object: KubernetesObject): void => {
    double.put(object);
    objects += 1;
  };
  benchFrame().forEach(put);
  for (let pod = 0; pod < pods; pod += 1) [benchPod(pod, 0), ...benchCompany(pod)].forEach(put);
  double.store.compact();

  const metrics = await freePort();
  const own = mkdtempSync(join(folder, "observer-"));
  const file = (name: string, content: object): string => {
    writeFileSync(join(own, name), JSON.stringify(content));
    return join(own, name);
  };
  const authority = Buffer.from(double.authority.cert).toString("base64");
  const kubeconfig = file("kubeconfig", {
    clusters: [{ name: "c", cluster: { server: double.url, "certificate-authority-data": authority } }],
    users: [{ name: "u", user: { token: "bench" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
  writeFileSync(join(own, "token"), "nobody");
  const config = file("observe.yaml", {
    observer: "bench",
    cluster: "bench",
    every: "1s",
    sources: [{ kind: "flow-export", listen: [`127.0.0.1:${await freePort()}`], exporters: ["127.0.0.0/8"] }],
    kubernetes: { kubeconfig },
    ship: { url: `http://127.0.0.1:${await freePort()}`, tokenFile: join(own, "token") },
    buffer: { folder: join(own, "buffer") },
    metrics: `127.0.0.1:${metrics}`,
  });
  const child = spawn(process.execPath, [program, "observe", "--config", config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const figure = async (name: string): Promise<number> => {
    if (child.exitCode !== null) throw new Error("the observer has ended");
    const answer = await fetch(`http://127.0.0.1:${metrics}/metrics`);
    const text = await answer.text();
    return Number(
      new RegExp(`^postern_observer_${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, "m").exec(text)?.[1] ?? Number.NaN,
    );
  };
  try {
    await until("the start", async () => child.exitCode !== null || (await hasBegun(`http://127.0.0.1:${metrics}`)));
    await until("the first picture", async () => (await figure("cluster_intervals")) >= 2 * pods);
    // All resources are watched, and batches have been sealed.
    await sleep(8000);
    const listed = residentMiB(child);
    const runs = Array.from({ length: pods }, () => 0);
    const replaced = Math.ceil(pods / 100);
    for (let churn = 0, next = 0; churn < churns; churn += 1) {
      const before = await figure("cluster_objects_total");
      for (let i = 0; i < replaced; i += 1, next = (next + 1) % pods) {
        double.delete(benchPod(next, runs[next]!));
        double.put(benchPod(next, (runs[next]! += 1)));
      }
      await until("a replacement", async () => (await figure("cluster_objects_total")) >= before + replaced);
      await sleep(500);
    }
    const churned = residentMiB(child);
    for (let relist = 0; relist < relists; relist += 1) {
      const before = await figure("cluster_objects_total");
      // Of a kind that nobody watches: every watch is behind it.
      double.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "later", namespace: "team-0" } });
      double.store.compact();
      double.endWatches();
      await until("a new list", async () => (await figure("cluster_objects_total")) >= before + objects);
      await sleep(1000);
    }
    return { pods, objects, listed, churned, relisted: residentMiB(child) };
  } finally {
    child.kill("SIGKILL");
    await double.stop();
  }
}

try {
  const figures: object[] = [];
  for (const pods of [fewPods, ...values.pods.split(",").map(Number)]) {
    const one = await measure(pods);
    process.stderr.write(`${JSON.stringify(one)}\n`);
    figures.push(one);
  }
  printResult("memory of an observer that watches a cluster", { program: values.program, figures });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
