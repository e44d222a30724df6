import { formatL4Set } from "../../core/net/l4.ts";
import { formatLabelSelector } from "../../core/policy/label-selector.ts";
import type { EgressPolicy, Rule, RuleAction } from "../../core/policy/model.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { RuleEvidence } from "../wire/dossier.ts";
import type { JudgedSet, NamespaceEvidence } from "./namespace-evidence.ts";
import { destinationText, shortened } from "./wire-views.ts";

/** Why a rule was written, where that is known. */
export type ReasonOf = (written: number) => Pick<RuleEvidence, "reason" | "service" | "runnerUp"> | undefined;

export const noReasons: ReasonOf = () => undefined;

const mostWorkloads = 20;
/** A policy has at most some thousands of rules, and a page shows them all. */
export const mostRules = 1_000;

/** Every rule as it was written, with the recorded connections that it decides in its half. */
export function ruleEvidence(
  policy: EgressPolicy,
  { verdicts }: JudgedSet,
  evidence: NamespaceEvidence,
  reasonOf: ReasonOf,
): readonly RuleEvidence[] {
  const decided = new Map<number, Edge[]>();
  for (const [i, { halves }] of verdicts.entries()) {
    for (const by of halves.flatMap((half) => [half, ...(half.passed ?? [])])) {
      if (by.policy !== policy || by.rule === "otherwise") continue;
      const own = decided.get(by.rule);
      if (own === undefined) decided.set(by.rule, [evidence.edges[i]!]);
      else own.push(evidence.edges[i]!);
    }
  }
  const byWritten = Map.groupBy(policy.rules, ({ written }) => written);
  return [...byWritten].slice(0, mostRules).map(([written, rules]) => {
    const edges = decided.get(written) ?? [];
    const known = reasonOf(written);
    const service = known?.service ?? "";
    return {
      index: written,
      action: actions[rules[0]!.action],
      ...whereTo(rules),
      reason: known?.reason ?? reasonFromTraffic(rules[0]!, edges, evidence),
      service: service === "" ? mainService(edges, evidence) : service,
      runnerUp: known?.runnerUp ?? "",
      ...trafficOf(edges),
      line: policy.ruleLocations[written]?.line ?? null,
    };
  });
}

const actions: Readonly<Record<RuleAction, RuleEvidence["action"]>> = { allow: "Allow", deny: "Deny", pass: "Pass" };

export function whereTo(rules: readonly Rule[]): Pick<RuleEvidence, "destination" | "ports"> {
  return {
    destination: shortened([...new Set(rules.map(({ to }) => destinationText(to)))].join(", ")),
    ports: [...new Set(rules.map(({ l4 }) => formatL4Set(l4)))].join(" "),
  };
}

function trafficOf(edges: readonly Edge[]): Pick<RuleEvidence, "workloads" | "connections" | "flows" | "lastSeenMs"> {
  const workloads = new Set<string>();
  let flows = 0;
  let last = -Infinity;
  for (const { workload, flows: own, lastSeenMs = -Infinity } of edges) {
    workloads.add(formatWorkload(workload));
    flows += own;
    last = Math.max(last, lastSeenMs);
  }
  return {
    workloads: [...workloads].toSorted().slice(0, mostWorkloads),
    connections: edges.length,
    flows,
    lastSeenMs: last === -Infinity ? null : last,
  };
}

/** Of a rule that somebody wrote by hand nothing is known but who uses it. */
function reasonFromTraffic({ action, to }: Rule, edges: readonly Edge[], { edges: all }: NamespaceEvidence): string {
  if (all.length === 0) return "no traffic of the namespace was recorded";
  if (to.kind === "pods") return `egress to ${formatPods(to)} is not recorded`;
  if (edges.length === 0) {
    return action === "deny" ? "no recorded connection was stopped by it" : "no recorded connection needed it";
  }
  const workloads = new Set(edges.map(({ workload }) => formatWorkload(workload)));
  const who = workloads.size === 1 ? [...workloads][0]! : `${workloads.size} workloads`;
  return action === "deny" ? `stops recorded connections of ${who}` : `${who} used it while traffic was recorded`;
}

function formatPods({ pods }: Extract<Rule["to"], { kind: "pods" }>): string {
  return pods === undefined ? "pods" : `pods with ${formatLabelSelector(pods)}`;
}

function mainService(edges: readonly Edge[], evidence: NamespaceEvidence): string {
  const flows = new Map<string, number>();
  for (const edge of edges) {
    const title = evidence.serviceOf(edge);
    if (title !== undefined) flows.set(title, (flows.get(title) ?? 0) + edge.flows);
  }
  const [first] = [...flows].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (first === undefined) return "";
  return flows.size === 1 ? first[0] : `${first[0]} and ${flows.size - 1} more`;
}
