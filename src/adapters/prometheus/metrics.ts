import type { CoarseObservation } from "../../app/live/live-source.ts";
import type { Protocol } from "../../core/net/l4.ts";
import type { ObservedVerdict } from "../../pipeline/flows/edge.ts";
import { workloadOfOwner } from "../../pipeline/flows/owner-guess.ts";
import { hourlyGrowth } from "./growth.ts";

export type Labels = Readonly<Record<string, string>>;

/** What of a row is the metric's own. */
type CoarseRow = Omit<CoarseObservation, "atMs" | "flows" | "bytes">;

export interface CoarseMetric {
  readonly family: "netobserv" | "hubble";
  readonly query: string;
  readonly counts: "flows" | "bytes";
  /** Counted from sampled packets only. */
  readonly isSampled: boolean;
  /** Undefined for rows that name no workload. */
  row(labels: Labels): CoarseRow | undefined;
}

/** Agents say 1 in how many packets they look at. */
export const samplingQuery = "max(max_over_time(netobserv_agent_sampling_rate[1h]))";

const netobservLabels = [
  "K8S_ClusterName",
  "SrcK8S_Namespace",
  "SrcK8S_OwnerType",
  "SrcK8S_OwnerName",
  "DstSubnetLabel",
  "DstK8S_Type",
];
/** From a pod's owner to anything but pods and services; labels of features that are off are simply missing. */
const netobservEgress =
  'SrcK8S_Namespace!="",SrcK8S_OwnerName!="",SrcK8S_OwnerType!="Node",DstK8S_OwnerType!="Service"';
const outside = 'DstK8S_Namespace="",DstK8S_Type!~"Pod|Service"';

const hubbleLabels = [
  "source_cluster",
  "source_namespace",
  "source_workload_kind",
  "source_workload",
  "destination",
  "destination_ip",
  "protocol",
  "verdict",
];
const hubbleEgress = 'source_namespace!="",source_workload!="",traffic_direction!="ingress"';
const hubbleOutside = 'destination_namespace="",destination_workload="",destination_pod=""';

/**
 * Counters that tell workloads' egress, with what their labels mean.
 * @see NetObserv: workload metrics carry owners and subnet labels, no address and no port
 * @see Hubble: labels exist as far as `labelsContext` and `sourceContext` of the metric name them
 */
export const coarseMetrics: readonly CoarseMetric[] = [
  {
    family: "netobserv",
    query: hourlyGrowth(`netobserv_workload_egress_bytes_total{${netobservEgress},${outside}}`, netobservLabels),
    counts: "bytes",
    isSampled: true,
    row: netobservRow,
  },
  {
    family: "netobserv",
    query: hourlyGrowth(`netobserv_workload_flows_total{${netobservEgress},${outside}}`, netobservLabels),
    counts: "flows",
    isSampled: false,
    row: netobservRow,
  },
  {
    family: "hubble",
    query: hourlyGrowth(`hubble_flows_processed_total{${hubbleEgress},${hubbleOutside}}`, hubbleLabels),
    counts: "flows",
    isSampled: false,
    row: hubbleRow,
  },
  {
    family: "hubble",
    query: hourlyGrowth(`hubble_port_distribution_total{${hubbleEgress},${hubbleOutside}}`, [...hubbleLabels, "port"]),
    counts: "flows",
    isSampled: false,
    row: hubbleRow,
  },
];

function netobservRow(labels: Labels): CoarseRow | undefined {
  const { SrcK8S_Namespace: namespace, SrcK8S_OwnerName: name, SrcK8S_OwnerType: kind = "" } = labels;
  if (namespace === undefined || name === undefined) return undefined;
  return {
    cluster: labels.K8S_ClusterName ?? "",
    namespace,
    workload: workloadOfOwner(kind, name),
    destination: labels.DstSubnetLabel ?? labels.DstK8S_Type ?? "",
    protocol: undefined,
    port: undefined,
    verdict: "seen",
  };
}

function hubbleRow(labels: Labels): CoarseRow | undefined {
  const { source_namespace: namespace, source_workload: name, source_workload_kind: kind = "" } = labels;
  if (namespace === undefined || name === undefined) return undefined;
  const port = Number(labels.port ?? "");
  return {
    cluster: labels.source_cluster ?? "",
    namespace,
    workload: workloadOfOwner(kind, name),
    destination: labels.destination ?? labels.destination_ip ?? "",
    protocol: protocolOf(labels.protocol),
    // Hubble counts ICMP and what it cannot tell under port 0.
    port: Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined,
    verdict: verdictOf(labels.verdict),
  };
}

function protocolOf(name: string | undefined): Protocol | undefined {
  const lower = name?.toLowerCase() ?? "";
  if (lower === "tcp" || lower === "udp" || lower === "sctp") return lower;
  return lower.startsWith("icmp") ? "icmp" : undefined;
}

/** Forwarded by one node is not yet allowed by all that follows; a drop is one, whatever follows. */
function verdictOf(name: string | undefined): ObservedVerdict {
  return name?.toUpperCase() === "DROPPED" ? "denied" : "seen";
}
