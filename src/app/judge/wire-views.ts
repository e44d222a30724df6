import { formatIp } from "../../core/net/ip.ts";
import { formatDestination } from "../../core/policy/destination-key.ts";
import type { Exposure } from "../../core/policy/exposure.ts";
import type { Destination, Finding, Severity } from "../../core/policy/model.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { EdgeView } from "../wire/dossier.ts";
import type { ExposureView, FindingView } from "../wire/list.ts";

/** Names of one connection that are told; a few explain it. */
const mostNames = 8;

export function edgeView(edge: Edge): EdgeView {
  const { cluster, namespace, workload, address, prefixLength, names, protocol, port, verdict, flows } = edge;
  return {
    cluster,
    namespace,
    workload: formatWorkload(workload),
    address: prefixLength === undefined ? formatIp(address) : `${formatIp(address)}/${prefixLength}`,
    names: names.slice(0, mostNames),
    protocol,
    port,
    verdict,
    flows,
    bytes: edge.bytes ?? null,
    firstSeenMs: edge.firstSeenMs ?? null,
    lastSeenMs: edge.lastSeenMs ?? null,
  };
}

/** More digits would only tell which machine worked them out. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

export function exposureView({ v4, v6, unresolvedRules }: Exposure): ExposureView {
  return {
    v4: v4 === undefined ? null : rounded(v4),
    v6: v6 === undefined ? null : rounded(v6),
    unresolvedRules,
  };
}

const severities: Readonly<Record<Severity, FindingView["severity"]>> = {
  error: "error",
  warning: "warning",
  note: "info",
};

export function severityView(severity: Severity): FindingView["severity"] {
  return severities[severity];
}

export function findingView({ code, severity, message, fix, at }: Finding): FindingView {
  return {
    code,
    severity: severities[severity],
    message,
    fix,
    ...(at.line === undefined ? {} : { line: at.line }),
    ...(at.column === undefined ? {} : { column: at.column }),
    ...(at.path === "" ? {} : { path: at.path }),
  };
}

/** Ranges that one line names. */
const readable = 12;

/** As people write it: `203.0.113.0/24`, `203.0.113.7`, `*.example.com`. */
export function destinationText(to: Destination): string {
  return shortened(formatDestination(to).replaceAll(/\/(?:32|128)(?=,|$)/g, ""));
}

export function shortened(text: string): string {
  const parts = text.split(", ");
  if (parts.length <= readable + 1) return text;
  return `${parts.slice(0, readable).join(", ")} and ${parts.length - readable} more ranges`;
}
