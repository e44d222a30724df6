/** What knowing a large cluster costs: an observer has 100 MB for everything, so the cluster must cost little of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { ApiDouble } from "./api-double.ts";
import { clusterNetwork, ownerObject, podObject } from "./cluster-objects.ts";

interface Told {
  readonly before: number;
  readonly now: number;
  readonly peak: number;
  /** What the process holds on to more than at its start, without garbage. */
  readonly heap: number;
  readonly pods: number;
  readonly objects: number;
  readonly intervals: number;
}

const pods = 5_000;

test("5,000 pods, their owners and services, and a tenth of them replaced", async () => {
  const double = new ApiDouble();
  const folder = await mkdtemp(join(tmpdir(), "postern-memory-"));
  await double.start();
  double.tokens.set("good", undefined);
  double.put(clusterNetwork("10.128.0.0/14", "172.30.0.0/16"));
  const address = (i: number): string => `10.128.${i >> 8}.${i & 255}`;
  const pod = (i: number, run: number): ReturnType<typeof podObject> =>
    podObject(`web-${i}-7d4f8b9c5d-${run}`, {
      namespace: `team-${i % 200}`,
      ips: [address(i), `fd01::${(i + 1).toString(16)}`],
      owner: ["ReplicaSet", `web-${i}-7d4f8b9c5d`],
      labels: { app: `web-${i}`, "app.kubernetes.io/part-of": `team-${i % 200}`, "pod-template-hash": "7d4f8b9c5d" },
    });
  for (let i = 0; i < pods; i += 1) {
    const namespace = `team-${i % 200}`;
    double.put(ownerObject("apps/v1", "ReplicaSet", `web-${i}-7d4f8b9c5d`, ["Deployment", `web-${i}`], namespace));
    double.put(pod(i, 0));
    if (i % 3 !== 0) continue;
    double.put({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `web-${i}`, namespace },
      spec: { clusterIPs: [`172.30.${i >> 8}.${i & 255}`], ports: [{ name: "http", port: 80 }] },
    });
    double.put({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `web-${i}-x`, namespace, labels: { "kubernetes.io/service-name": `web-${i}` } },
      endpoints: [{ addresses: [address(i)], conditions: { ready: true } }],
      ports: [{ name: "http", port: 8080 }],
    });
  }
  const kubeconfig = join(folder, "config");
  const authority = Buffer.from(double.authority.cert).toString("base64");
  const file = {
    clusters: [{ name: "c", cluster: { server: double.url, "certificate-authority-data": authority } }],
    users: [{ name: "u", user: { token: "good" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(kubeconfig, JSON.stringify(file));
  // As an observer in a pod of 128 MiB runs: without limits, V8 lets garbage lie as long as there is memory.
  const limits = ["--max-semi-space-size=1", "--max-old-space-size=64", "--expose-gc"];
  const program = join(import.meta.dirname, "watching-process.ts");
  const child = spawn(process.execPath, [...limits, program, kubeconfig], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Told> => JSON.parse((await lines.next()).value as string) as Told;
  const first = await next();
  for (let i = 0; i < pods; i += 10) {
    double.delete(pod(i, 0));
    double.put(pod(i, 1));
  }
  let second = first;
  while (second.objects < first.objects + pods / 10) {
    child.stdin.write("\n");
    second = await next();
  }
  child.stdin.end();
  await once(child, "exit");
  await double.stop();
  await rm(folder, { recursive: true });
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  process.stderr.write(
    `5,000 pods: ${megabytes(first.before)} MB before, ${megabytes(first.peak)} MB at most while listing, ` +
      `${megabytes(second.now)} MB after a tenth was replaced (peak ${megabytes(second.peak)} MB), ` +
      `${megabytes(second.heap)} MB of it held on to\n`,
  );
  expect([first.pods, first.intervals, second.pods, second.intervals]).toEqual([pods, 2 * pods, pods, 2.2 * pods]);
  expect(megabytes(second.peak - first.before)).toBeLessThan(80);
  expect(megabytes(second.heap)).toBeLessThan(24);
});
