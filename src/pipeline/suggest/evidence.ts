import { formatIp } from "../../core/net/ip.ts";
import { formatWorkload, type Workload, workloadFormatter } from "../../core/workload/workload.ts";
import { type AddressKey, addressKey } from "../baseline/services/address-key.ts";
import type { Edge } from "../flows/edge.ts";
import type { FlowWindow } from "../flows/harvest.ts";
import { HourSet } from "../flows/hour-set.ts";

/** What the recorded traffic says for one rule. */
export interface Evidence {
  readonly workloads: readonly Workload[];
  readonly flows: number;
  /** Undefined where a source gives no bytes. */
  readonly bytes: number | undefined;
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  /** Distinct destination addresses, at most {@link listedAddresses} of them listed. */
  readonly addressCount: number;
  readonly addresses: readonly string[];
  /** Distinct hours with traffic; undefined where the source gives no times. */
  readonly activeHours: number | undefined;
  /** Policies that decided it when it was recorded, where the source tells. */
  readonly decidedBy: readonly string[];
  /** Something about the traffic that a reviewer should look at before agreeing; undefined for ordinary traffic. */
  readonly attention: string | undefined;
}

export const listedAddresses = 6;

export function evidenceOf(edges: readonly Edge[], window: FlowWindow | undefined): Evidence {
  const workloads = new Map<string, Workload>();
  const seen = new Set<AddressKey>();
  const addresses: string[] = [];
  const hours = new HourSet();
  const format = workloadFormatter();
  const deciders = new Set<string>();
  let flows = 0;
  let bytes: number | undefined = 0;
  let firstSeenMs: number | undefined;
  let lastSeenMs: number | undefined;
  for (const edge of edges) {
    workloads.set(format(edge.workload), edge.workload);
    const key = targetKey(edge);
    if (!seen.has(key)) {
      seen.add(key);
      if (addresses.length < listedAddresses) addresses.push(formatTarget(edge));
    }
    hours.addAll(edge.activity);
    for (const decider of edge.decidedBy) deciders.add(decider);
    flows += edge.flows;
    bytes = bytes === undefined || edge.bytes === undefined ? undefined : bytes + edge.bytes;
    firstSeenMs = least(firstSeenMs, edge.firstSeenMs);
    lastSeenMs = greatest(lastSeenMs, edge.lastSeenMs);
  }
  const activeHours = hours.size === 0 ? undefined : hours.size;
  const sorted = [...workloads].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, workload]) => workload);
  return {
    workloads: sorted,
    flows,
    bytes: edges.length === 0 ? undefined : bytes,
    firstSeenMs,
    lastSeenMs,
    addressCount: seen.size,
    addresses,
    activeHours,
    decidedBy: [...deciders].sort((a, b) => (a < b ? -1 : 1)),
    attention: attentionFor(edges, sorted, activeHours, window),
  };
}

const hourMs = 3_600_000;

/**
 * A destination that a long-running workload used in only a few hours of days of observation is either rare or wrong;
 * both deserve a look. Jobs are expected to be rare.
 */
function attentionFor(
  edges: readonly Edge[],
  workloads: readonly Workload[],
  activeHours: number | undefined,
  window: FlowWindow | undefined,
): string | undefined {
  if (activeHours === undefined || window === undefined) return undefined;
  const windowHours = Math.ceil((window.lastMs - window.firstMs) / hourMs);
  const isScheduled = workloads.some(({ kind }) => kind === "CronJob" || kind === "Job");
  if (isScheduled || windowHours < 48 || activeHours > windowHours / 24) return undefined;
  const isNameless = edges.every(({ names }) => names.length === 0);
  return `seen in only ${activeHours} of ${windowHours} hours${isNameless ? ", and no name stands for it" : ""}`;
}

/** The lines that stand above a rule: who, how often, when, where. */
export function evidenceLines(evidence: Evidence): readonly string[] {
  const { workloads, flows, firstSeenMs, lastSeenMs, addressCount, addresses, attention, decidedBy } = evidence;
  const who = workloads.slice(0, 4).map(formatWorkload).join(", ");
  const more = workloads.length > 4 ? ` and ${workloads.length - 4} more` : "";
  const when = firstSeenMs === undefined ? "" : `, ${formatStretch(firstSeenMs, lastSeenMs!)}`;
  const at =
    addressCount > addresses.length
      ? `${addresses.join(", ")} and ${addressCount - addresses.length} more`
      : addresses.join(", ");
  return [
    `${who}${more}: ${counted(flows, "flow")}${when}`,
    ...(addressCount === 0 ? [] : [`seen at ${at}`]),
    ...(decidedBy.length === 0 ? [] : [`decided by ${decidedBy.slice(0, 3).join(", ")} when it was recorded`]),
    ...(attention === undefined ? [] : [`please check: ${attention}`]),
  ];
}

/** `1 flow`, `1,240 flows`. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;
}

/** `2026-03-02 06:00 to 2026-03-09 00:00 UTC`, or one minute where there is only one. */
export function formatStretch(firstMs: number, lastMs: number): string {
  const first = formatMinute(firstMs);
  const last = formatMinute(lastMs);
  return first === last ? `${first} UTC` : `${first} to ${last} UTC`;
}

function formatMinute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

function targetKey({ address, prefixLength }: Edge): AddressKey {
  const key = addressKey(address);
  return prefixLength === undefined ? key : `${key}/${prefixLength}`;
}

function formatTarget({ address, prefixLength }: Edge): string {
  return prefixLength === undefined ? formatIp(address) : `${formatIp(address)}/${prefixLength}`;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function greatest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
