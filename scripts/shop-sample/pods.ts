import { nodes, podAddress, podAddress6, worker, workers, type Node } from "./nodes.ts";
import { suffix, type Random } from "./random.ts";
import { at, dayMs, minuteMs, secondMs, weekStartMs } from "./week.ts";
import { maintenance, workloads, type WorkloadRow } from "./workloads.ts";

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** One pod's life on one node with one address. A pod that comes back after a reboot counts as a second life. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly node: Node;
  readonly address: string;
  readonly address6: string;
  readonly startMs: number;
  /** Infinity while it runs. */
  readonly endMs: number;
  /** The row it belongs to: `storefront`, also for a CronJob's pods. */
  readonly workload: string;
  /** The object that made it: ReplicaSet, StatefulSet, DaemonSet, Job; undefined for a bare pod. */
  readonly controller: Owner | undefined;
  /** The owner as far as flow records follow it: the Deployment for a ReplicaSet's pods, but the Job for a CronJob's. */
  readonly owner: Owner;
}

type Unplaced = Omit<Pod, "address" | "address6">;

/** Every pod of the week, oldest first. No address is used twice. */
export function podsOfTheWeek(random: Random): readonly Pod[] {
  const lives = [
    ...workloads.flatMap((row, index) => livesOf(row, index, random.fork(`${row.namespace}/${row.name}`))),
    ...nodes.flatMap((node) => daemonLives("openshift-dns", "dns-default", node, random.fork(`dns ${node.name}`))),
    debugPod,
  ];
  lives.sort((a, b) => a.startMs - b.startMs || (a.name < b.name ? -1 : 1));
  const used = new Map<Node, number>();
  return lives.map((life) => {
    const host = (used.get(life.node) ?? 5) + 1 + random.int(0, 2);
    used.set(life.node, host);
    return { ...life, address: podAddress(life.node, host), address6: podAddress6(life.node, host) };
  });
}

/** Somebody looked after a problem by hand on Tuesday. */
const debugPod: Unplaced = {
  namespace: "shop-web",
  name: "netshoot",
  node: worker(0),
  startMs: at("tue 14:02"),
  endMs: at("tue 14:21"),
  workload: "netshoot",
  controller: undefined,
  owner: { kind: "Pod", name: "netshoot" },
};

function livesOf(row: WorkloadRow, index: number, random: Random): readonly Unplaced[] {
  switch (row.kind) {
    case "CronJob":
      return jobLives(row, random);
    case "DaemonSet":
      return workers.flatMap((node) => daemonLives(row.namespace, row.name, node, random.fork(node.name)));
    case "Deployment":
    case "StatefulSet":
      return replicaLives(row, index, random);
    default:
      return row.kind satisfies never;
  }
}

function replicaLives(row: WorkloadRow, index: number, random: Random): readonly Unplaced[] {
  const starts = [weekStartMs - random.int(2, 9) * dayMs, ...(row.rollouts ?? [])];
  const hashes = starts.map(() => suffix(random, random.int(9, 10)));
  return Array.from({ length: row.replicas }, (_, slot) => slot).flatMap((slot) =>
    starts.flatMap((start, version) => {
      // A rollout replaces one pod after the other; the old one gets its grace period.
      const startMs = start + slot * 25 * secondMs;
      const next = starts[version + 1];
      const endMs = next === undefined ? Infinity : next + slot * 25 * secondMs + 31 * secondMs;
      const node = worker(index + slot);
      const controller =
        row.kind === "StatefulSet"
          ? { kind: "StatefulSet", name: row.name }
          : { kind: "ReplicaSet", name: `${row.name}-${hashes[version] ?? ""}` };
      const shared = { namespace: row.namespace, workload: row.name, controller, owner: ownerOf(row) };
      const name = (): string =>
        row.kind === "StatefulSet" ? `${row.name}-${slot}` : `${controller.name}-${suffix(random, 5)}`;
      const life = { ...shared, name: name(), node, startMs, endMs };
      const drained = maintenance.drainedMs + slot * 9 * secondMs;
      if (node !== worker(maintenance.worker) || startMs > drained || endMs < drained) return [life];
      const moved = { ...life, name: name(), node: worker(maintenance.worker + 1 + (slot % 2)) };
      return [
        { ...life, endMs: drained + 30 * secondMs },
        { ...moved, startMs: drained + 34 * secondMs },
      ];
    }),
  );
}

/** A DaemonSet's pod outlives the reboot of its node under the same name, with another address. */
function daemonLives(namespace: string, name: string, node: Node, random: Random): readonly Unplaced[] {
  const owner = { kind: "DaemonSet", name };
  const pod = { namespace, name: `${name}-${suffix(random, 5)}`, node, workload: name, controller: owner, owner };
  const life = { ...pod, startMs: weekStartMs - random.int(10, 20) * dayMs, endMs: Infinity };
  if (node !== worker(maintenance.worker)) return [life];
  return [
    { ...life, endMs: maintenance.backMs - 6 * minuteMs },
    { ...life, startMs: maintenance.backMs },
  ];
}

/** One pod for each run. Its Job is named after the minute it was due: minutes since the epoch. */
function jobLives(row: WorkloadRow, random: Random): readonly Unplaced[] {
  return (row.runs?.startsMs ?? []).map((startMs, run) => {
    const job = { kind: "Job", name: `${row.name}-${startMs / minuteMs}` };
    return {
      namespace: row.namespace,
      name: `${job.name}-${suffix(random, 5)}`,
      node: worker(run),
      startMs: startMs + 4 * secondMs,
      endMs: startMs + (row.runs?.minutes ?? 0) * minuteMs,
      workload: row.name,
      controller: job,
      owner: job,
    };
  });
}

function ownerOf({ kind, name }: WorkloadRow): Owner {
  return { kind, name };
}

export function isAlive({ startMs, endMs }: Pod, timeMs: number): boolean {
  // A pod needs a few seconds to start, and stops calling when it is told to end.
  return timeMs >= startMs + 5 * secondMs && timeMs < endMs - 30 * secondMs;
}

/** What a listing shows afterwards: pods that run, and the last three of each CronJob, which are done. */
export function running(pods: readonly Pod[]): readonly Pod[] {
  const kept = pods.filter(({ controller }) => controller?.kind === "Job");
  const isLast = (pod: Pod): boolean =>
    kept.filter(({ workload, startMs }) => workload === pod.workload && startMs > pod.startMs).length < 3;
  return pods.filter((pod) => pod.endMs === Infinity || (kept.includes(pod) && isLast(pod)));
}
