import type { SourceRow } from "../../../../app/wire/sources.ts";

export type Trouble = SourceRow["troubles"][number]["trouble"];
type Reason = SourceRow["leftOut"][number]["reason"];

export interface Look {
  readonly word: string;
  readonly status?: "success" | "warning" | "danger" | "info";
}

/** How the state of a source is said and shown; unknown ones as they are. */
export function stateLook(state: string): Look {
  switch (state) {
    case "running":
      return { word: "Running", status: "success" };
    case "starting":
      return { word: "Starting", status: "info" };
    case "retrying":
      return { word: "Retrying", status: "warning" };
    case "silent":
      return { word: "Observer silent", status: "danger" };
    case "failed":
      return { word: "Failed", status: "danger" };
    case "ended":
      return { word: "Ended" };
    default:
      return { word: state };
  }
}

/** The worst first, as the server has them. */
export const troubleLooks: Readonly<Record<Trouble, Look>> = {
  failed: { word: "Failed", status: "danger" },
  silent: { word: "Observer silent", status: "danger" },
  retrying: { word: "Retrying", status: "warning" },
  lost: { word: "Records lost", status: "warning" },
  dropped: { word: "Records dropped", status: "warning" },
  "shared-name": { word: "Name used twice", status: "warning" },
  clock: { word: "Clock ahead", status: "warning" },
  unattributed: { word: "Workloads unknown", status: "warning" },
  late: { word: "Late", status: "info" },
  idle: { word: "No records", status: "info" },
  malformed: { word: "Not understood", status: "info" },
};

/** What one sees at a glance: its troubles; where it has none, its state. */
export function looksOf({ state, troubles }: Pick<SourceRow, "state" | "troubles">): readonly Look[] {
  return troubles.length === 0 ? [stateLook(state)] : troubles.map(({ trouble }) => troubleLooks[trouble]);
}

/** Flows that make no edge, by why. */
export const leftOutWords: Readonly<Record<Reason, string>> = {
  reply: "answers, whose connections are counted",
  "not-from-pod": "of no pod: from outside or from a service's address",
  "host-network": "of nodes and of pods on the host's network",
  ingress: "judged on their way into a pod",
  duplicate: "copies of what is counted",
  "initiator-unknown": "without a sign of which side called",
  "source-unknown": "from addresses that no known pod had",
  internal: "to pods of the cluster",
  "service-unresolved": "to services whose endpoints are not known",
  "ovn-internal": "to addresses of OVN's own",
  multicast: "to groups (multicast)",
  "not-a-flow": "not about a connection, such as DNS answers",
};

/** How far behind a source is: `350 ms`, `4.2 s`, `3 min`. */
export function sayLag(lagMs: number | null): string {
  if (lagMs === null) return "not known";
  const size = Math.abs(lagMs);
  if (size < 1_000) return `${Math.round(lagMs)} ms`;
  if (size < 120_000) return `${(lagMs / 1_000).toFixed(1)} s`;
  if (size < 7_200_000) return `${Math.round(lagMs / 60_000)} min`;
  return size < 172_800_000 ? `${Math.round(lagMs / 3_600_000)} h` : `${Math.round(lagMs / 86_400_000)} d`;
}

/** A rate that says its small ones: `0.3`, `12`, `12.3K`. */
export function sayRate(perSecond: number, format: (count: number) => string): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : format(Math.round(perSecond));
}
