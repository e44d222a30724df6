import type { Counterexample, OpenGuardrail, VerifiedScope, VerifyReport } from "../../../../app/verify-policies.ts";
import { formatCidr, toCidrs } from "../../../../core/net/ip-set.ts";
import { formatL4Set } from "../../../../core/net/l4.ts";
import { decidedByOutput, exposureOutput, policyOutput, timeOutput } from "../../schema/common-output.ts";
import { beyondWords } from "../../words/beyond.ts";
import { edgeAddress, edgePort } from "../../words/edge.ts";
import { unknownReason } from "../../words/reason.ts";
import type { VerifyOutput } from "./schema.ts";

type NamespaceOutput = VerifyOutput["namespaces"][number];

/** Of one scope; what is left out is smaller. */
const mostBeyond = 1_000;

export function verifyOutputOf({ passed, namespaces, ungoverned, window }: VerifyReport): VerifyOutput {
  return {
    schema: "postern/verify/v1",
    passed,
    namespaces: namespaces.map((own) => ({
      namespace: own.namespace,
      passed: own.passed,
      policies: own.policies.map(policyOutput),
      checks: own.checks.map(({ name, passed: holds, detail }) => ({ name, passed: holds, detail })),
      counterexamples: own.counterexamples.map(counterexampleOutput),
      open: own.open.map(openOutput),
      scopes: own.scopes.map(scopeOutput),
    })),
    ungoverned: [...ungoverned],
    window: { first: timeOutput(window?.firstMs), last: timeOutput(window?.lastMs) },
  };
}

function counterexampleOutput({
  edge,
  verdict,
  forbidden,
}: Counterexample): NamespaceOutput["counterexamples"][number] {
  const { policy, rule, text } = verdict.decidedBy;
  const at = rule === "otherwise" ? policy?.at : policy?.ruleLocations[rule];
  return {
    workload: edge.workload,
    address: edgeAddress(edge),
    names: [...edge.names],
    port: edgePort(edge),
    flows: edge.flows,
    verdict: verdict.kind,
    by: decidedByOutput({ policy, rule, text, at }),
    reason: unknownReason(verdict) ?? null,
    forbidden: forbidden ?? null,
  };
}

function openOutput({ reason, addresses, by }: OpenGuardrail): NamespaceOutput["open"][number] {
  return {
    addresses: toCidrs(addresses).map(formatCidr),
    because: reason,
    by: by.text,
    policy: by.policy === undefined ? null : policyOutput(by.policy),
  };
}

function scopeOutput({
  workloads,
  before,
  after,
  beyond,
  unresolved,
}: VerifiedScope): NamespaceOutput["scopes"][number] {
  return {
    workloads: workloads.map(({ kind, name }) => ({ kind, name })),
    exposure: { before: exposureOutput(before), after: exposureOutput(after) },
    beyond: beyond.slice(0, mostBeyond).map((own) => ({
      text: beyondWords(own),
      addresses: toCidrs(own.addresses).map(formatCidr),
      ports: formatL4Set(own.l4),
      addressCount: own.addressCount.toString(),
      seenCount: own.seenCount.toString(),
      unusedPairs: Number(own.unusedPairs.toFixed(2)),
      by: own.by.text,
      policy: own.by.policy === undefined ? null : policyOutput(own.by.policy),
      rule: own.by.rule === "otherwise" ? null : own.by.rule,
    })),
    unresolved: unresolved.map(({ policy, text }) => ({ policy: policyOutput(policy), text })),
  };
}
