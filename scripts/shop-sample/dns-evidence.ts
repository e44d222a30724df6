import type { Connection } from "./connection.ts";
import type { Pod } from "./pods.ts";
import { dayMs, weekStartMs } from "./week.ts";

/**
 * Which name each address was called by: answers the cluster's DNS gave to a pod (dnstap), of which
 * those are kept that the pod then connected to. One line for each pod, name and address on a day. Flow records can not tell this: they have
 * the question, cut, but never the addresses it was answered with.
 */
export function dnsEvidence(connections: readonly Connection[]): string {
  const first = new Map<string, { readonly startMs: number; readonly line: string }>();
  for (const { pod, target, startMs, part } of connections) {
    if (target.kind !== "outside" || target.name === undefined || part === "middle" || part === "closing") continue;
    const day = Math.floor((startMs - weekStartMs) / dayMs);
    const key = [day, pod.namespace, pod.name, target.name, target.address].join(" ");
    const known = first.get(key);
    if (known !== undefined && known.startMs <= startMs) continue;
    const line = JSON.stringify({
      time: new Date(startMs).toISOString(),
      namespace: pod.namespace,
      pod: pod.name,
      workload: workloadOf(pod),
      destination: target.address,
      name: target.name,
      // Nothing was sent: the line only says which name stood for the address.
      count: 0,
    });
    first.set(key, { startMs, line });
  }
  return [...first.values()]
    .sort((a, b) => a.startMs - b.startMs || (a.line < b.line ? -1 : 1))
    .map(({ line }) => `${line}\n`)
    .join("");
}

/** As a person names it: the nightly report, not tonight's Job. */
function workloadOf({ owner, workload }: Pod): string {
  return `${owner.kind === "Job" ? "CronJob" : owner.kind}/${workload}`;
}
