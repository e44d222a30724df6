import type { CoarseObservation } from "../../../app/live/live-source.ts";
import type { Protocol } from "../../../core/net/l4.ts";
import type { Workload } from "../../../core/workload/workload.ts";
import { workloadOfOwner, workloadOfPodName } from "../../../pipeline/flows/owner-guess.ts";
import { ownerOfAggregated } from "../../../pipeline/sources/calico/aggregated-name.ts";
import { goldmane, type GoldmaneFlow } from "../../../pipeline/sources/calico/goldmane.ts";
import { protocolNumber } from "../../../pipeline/sources/protocol-bytes.ts";

/** Of a name, and of everything that a batch holds of one. */
const longestName = 253;
/** A time further ahead than this is that of a wrong clock. */
const aheadMs = 3_600_000;
const protocols: Readonly<Record<number, Protocol>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmp", 132: "sctp" };

/**
 * What a flow says about egress of pods. Undefined for what is none: reports of the destination, which repeat those of
 * the source, traffic between pods, and traffic of hosts. `nowMs` is when it arrived: of flows without a sensible time.
 */
export function coarseOf(flow: GoldmaneFlow, cluster: string, nowMs: number): CoarseObservation | undefined {
  const { reporter, action, type } = goldmane;
  if (flow.reporter !== reporter.source || flow.sourceType !== type.workload) return undefined;
  if (flow.destinationType === type.workload || flow.sourceNamespace === "" || flow.sourceName === "") return undefined;
  const startMs = flow.startSeconds * 1000;
  const isPort = flow.destinationPort > 0 && flow.destinationPort <= 65535;
  const protocol = flow.protocol === "" ? undefined : (protocols[protocolNumber(flow.protocol)] ?? "other");
  return {
    cluster,
    namespace: flow.sourceNamespace,
    workload: workloadOf(flow.sourceName),
    destination: [flow.destinationNamespace, flow.destinationName]
      .filter((part) => part !== "")
      .join("/")
      .slice(0, longestName),
    protocol,
    port: isPort ? flow.destinationPort : undefined,
    verdict: flow.action === action.allow ? "allowed" : flow.action === action.deny ? "denied" : "seen",
    atMs: startMs >= 0 && startMs <= nowMs + aheadMs ? startMs : nowMs,
    flows: Math.max(0, flow.connectionsStarted),
    bytes: Math.max(0, flow.bytesOut),
  };
}

function workloadOf(name: string): Workload {
  if (!name.endsWith("*")) return workloadOfPodName(name);
  const owner = ownerOfAggregated(name);
  return workloadOfOwner(owner.kind, owner.name);
}
