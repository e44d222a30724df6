import { formatIp } from "../../../../core/net/ip.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import { timeOutput } from "../../schema/common-output.ts";
import { edgeAddress } from "../../words/edge.ts";
import type { Answer } from "./ask.ts";
import type { HistoryOutput } from "./schema.ts";

const hourMs = 3_600_000;

export function historyOutputOf(answer: Answer): HistoryOutput {
  switch (answer.question) {
    case "edges":
    case "new":
      return {
        schema: `postern/history-${answer.question}/v1`,
        edges: answer.edges.map(edgeOutput),
        isCut: answer.isCut,
      };
    case "names":
      return {
        schema: "postern/history-names/v1",
        names: answer.names.map(({ address, chain, ttlSeconds, firstSeenMs, lastSeenMs, ...own }) => ({
          ...own,
          address: formatIp(address),
          chain: [...chain],
          ttlSeconds: ttlSeconds ?? null,
          firstSeen: iso(firstSeenMs),
          lastSeen: iso(lastSeenMs),
        })),
        isCut: answer.isCut,
      };
    case "talkers":
      return {
        schema: "postern/history-talkers/v1",
        talkers: answer.talkers.map(({ cluster, namespace, workload, address, flows, bytes, destinations }) => ({
          cluster,
          namespace: namespace ?? null,
          workload: workload ?? null,
          address: address === undefined ? null : formatIp(address),
          flows,
          bytes: bytes ?? null,
          destinations,
        })),
      };
    case "coarse":
      return {
        schema: "postern/history-coarse/v1",
        coarse: answer.coarse.map(({ hour, lastHour, protocol, port, flows, bytes, ...own }) => ({
          ...own,
          protocol: protocol ?? null,
          port: port ?? null,
          flows: flows ?? null,
          bytes: bytes ?? null,
          firstHour: iso(hour * hourMs),
          lastHour: iso(lastHour * hourMs),
        })),
        isCut: answer.isCut,
      };
    case "coverage":
      return {
        schema: "postern/history-coverage/v1",
        namespaces: answer.coverage.map(({ firstHour, lastHour, ...own }) => ({
          ...own,
          firstHour: iso(firstHour * hourMs),
          lastHour: iso(lastHour * hourMs),
        })),
        sources: answer.sources.map(
          ({ reportedAtMs, reportedHours: _reported, lastArrivalMs, lagMs, leftOut, ...own }) => ({
            ...own,
            reportedAt: iso(reportedAtMs),
            lastArrival: timeOutput(lastArrivalMs),
            lagMs: lagMs ?? null,
            leftOut: leftOut.map(({ reason, flows }) => ({ reason, flows })),
          }),
        ),
        gaps: answer.gaps.map(({ cluster, firstHour, lastHour }) => ({
          cluster,
          from: iso(firstHour * hourMs),
          to: iso((lastHour + 1) * hourMs),
        })),
      };
    default:
      return answer satisfies never;
  }
}

function edgeOutput(edge: Edge): Extract<HistoryOutput, { readonly edges: unknown }>["edges"][number] {
  const { cluster, namespace, workload, protocol, port, verdict, names, decidedBy, flows, bytes, activity } = edge;
  return {
    cluster,
    namespace,
    workload,
    address: edgeAddress(edge),
    protocol,
    port,
    verdict,
    names: [...names],
    decidedBy: [...decidedBy],
    flows,
    bytes: bytes ?? null,
    firstSeen: timeOutput(edge.firstSeenMs),
    lastSeen: timeOutput(edge.lastSeenMs),
    activity: activity.map((own) => ({ hour: iso(own.hour * hourMs), flows: own.flows })),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
