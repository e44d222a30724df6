import type { End } from "./end.ts";
import type { Random } from "./random.ts";
import type { Sighting } from "./sightings.ts";
import { secondMs } from "./week.ts";
import { collectorUpgradedMs } from "./workloads.ts";

/** A flow record as a line of JSON, and when the pipeline received it. */
export interface FlowLine {
  readonly receivedMs: number;
  readonly text: string;
}

const protocolNumbers = { tcp: 6, udp: 17, icmp: 1, icmp6: 58 } as const;

/** TCP flag bits as the agent counts them; the last three are its own, for packets with both flags. */
const flagBits = { SYN: 0x02, ACK: 0x10, SYN_ACK: 0x100, FIN_ACK: 0x200, RST_ACK: 0x400 } as const;
type Flag = keyof typeof flagBits;

const requestFlags: Record<Sighting["part"], readonly Flag[]> = {
  whole: ["SYN", "ACK", "FIN_ACK"],
  opening: ["SYN", "ACK"],
  middle: ["ACK"],
  closing: ["ACK", "FIN_ACK"],
};
const answerFlags: Record<Sighting["part"], readonly Flag[]> = {
  whole: ["ACK", "SYN_ACK", "FIN_ACK"],
  opening: ["ACK", "SYN_ACK"],
  middle: ["ACK"],
  closing: ["ACK", "FIN_ACK"],
};

/** The records of a sighting: the request's, and the answer's if there was one. All fields, as the Kafka exporter has them. */
export function flowLines(sighting: Sighting, random: Random): readonly FlowLine[] {
  // The agent hands over what it saw every 15 seconds.
  const receivedMs = sighting.endMs + random.int(400, 15 * secondMs);
  const line = (fields: Record<string, unknown>): FlowLine => ({ receivedMs, text: sortedJson(fields) });
  const request = line(record(sighting, receivedMs, false));
  return sighting.received === undefined ? [request] : [request, line(record(sighting, receivedMs, true))];
}

function record(seen: Sighting, receivedMs: number, isAnswer: boolean): Record<string, unknown> {
  const isNew = receivedMs >= collectorUpgradedMs;
  const [source, destination] = isAnswer ? [seen.to, seen.from] : [seen.from, seen.to];
  const load = isAnswer ? seen.received : seen.sent;
  const hops = isAnswer
    ? seen.interfaces.toReversed().map(([name, direction]) => [name, 1 - direction] as const)
    : seen.interfaces;
  const delay = isAnswer ? Math.round(seen.rttMs) : 0;
  return {
    AgentIP: seen.agent.agentAddress,
    SrcAddr: source.address,
    DstAddr: destination.address,
    SrcMac: source.mac,
    DstMac: destination.mac,
    Etype: source.address.includes(":") ? 34_525 : 2048,
    Proto: protocolNumbers[seen.protocol],
    Dscp: 0,
    ...transport(seen, isAnswer),
    Bytes: load?.bytes,
    Packets: load?.packets,
    Sampling: 1,
    Interfaces: hops.map(([name]) => name),
    IfDirections: hops.map(([, direction]) => direction),
    Flags: flags(seen, isAnswer, isNew),
    TimeFlowStartMs: Math.min(seen.startMs + delay, seen.endMs),
    TimeFlowEndMs: seen.endMs,
    TimeReceived: Math.floor(receivedMs / secondMs),
    TimeFlowRttNs: seen.protocol === "tcp" && seen.received !== undefined ? Math.round(seen.rttMs * 1e6) : undefined,
    FlowDirection: flowDirection(seen.agent.agentAddress, source, destination),
    K8S_FlowLayer: source.isApplication || destination.isApplication ? "app" : "infra",
    ...side("Src", source),
    ...side("Dst", destination),
    ...(isNew ? {} : { DnsErrno: 0, Duplicate: false }),
    ...(isAnswer ? dns(seen, isNew) : {}),
  };
}

function transport({ protocol, fromPort, toPort }: Sighting, isAnswer: boolean): Record<string, number> {
  switch (protocol) {
    case "icmp":
      return { IcmpType: isAnswer ? 0 : 8, IcmpCode: 0 };
    case "icmp6":
      return { IcmpType: isAnswer ? 129 : 128, IcmpCode: 0 };
    default:
      return isAnswer ? { SrcPort: toPort, DstPort: fromPort } : { SrcPort: fromPort, DstPort: toPort };
  }
}

/** A number before the upgrade, a list of words after it. */
function flags(seen: Sighting, isAnswer: boolean, isNew: boolean): number | readonly Flag[] {
  const set = tcpFlags(seen, isAnswer);
  return isNew ? set : set.reduce((bits, flag) => bits | flagBits[flag], 0);
}

function tcpFlags({ protocol, part, received, refused }: Sighting, isAnswer: boolean): readonly Flag[] {
  if (protocol !== "tcp") return [];
  if (received === undefined) return ["SYN"];
  if (refused === true) return isAnswer ? ["RST_ACK"] : ["SYN"];
  return (isAnswer ? answerFlags : requestFlags)[part];
}

/** 0 into the node, 1 out of it, 2 within it; absent when the agent's address is none of the hosts'. */
function flowDirection(agentAddress: string, source: End, destination: End): 0 | 1 | 2 | undefined {
  const leaves = source.hostAddress === agentAddress;
  const arrives = destination.hostAddress === agentAddress;
  if (leaves && arrives) return 2;
  if (leaves) return 1;
  return arrives ? 0 : undefined;
}

function side(prefix: "Src" | "Dst", { kubernetes, subnetLabel }: End): Record<string, string | undefined> {
  const fields = Object.entries(kubernetes).map(([name, value]) => [`${prefix}K8S_${name}`, value] as const);
  return { ...Object.fromEntries(fields), [`${prefix}SubnetLabel`]: subnetLabel };
}

/** DNS tracking fills these on the answer. The name is new, and cut: the kernel side keeps 32 bytes of the question. */
function dns({ dns: seen }: Sighting, isNew: boolean): Record<string, unknown> {
  if (seen === undefined) return {};
  return {
    DnsId: seen.id,
    DnsFlags: seen.exists ? 0x8180 : 0x8183,
    DnsFlagsResponseCode: seen.exists ? "NoError" : "NXDomain",
    DnsLatencyMs: seen.latencyMs,
    DnsErrno: 0,
    DnsName: isNew ? seen.question.slice(0, 30) : undefined,
  };
}

/** Keys in order, as Go prints a map. */
function sortedJson(fields: Record<string, unknown>): string {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}
