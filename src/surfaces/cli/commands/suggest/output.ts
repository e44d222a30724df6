import type { Suggestion, SuggestResult } from "../../../../app/suggest-policies.ts";
import { formatCidr } from "../../../../core/net/ip-set.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import type { Harvest } from "../../../../pipeline/flows/harvest.ts";
import type { Choice, Form } from "../../../../pipeline/suggest/choose/choice.ts";
import type { Evidence } from "../../../../pipeline/suggest/evidence.ts";
import { exposureOutput, policyOutput, timeOutput } from "../../schema/common-output.ts";
import { edgeAddress, edgePort } from "../../words/edge.ts";
import { impactOf } from "./impact.ts";
import { readinessOutput } from "./readiness.ts";
import { ruleLines } from "./rule-lines.ts";
import type { SuggestOutput } from "./schema.ts";

type SuggestionOutput = SuggestOutput["suggestions"][number];

export function suggestOutputOf(result: SuggestResult, harvest: Harvest): SuggestOutput {
  return {
    schema: "postern/suggest/v1",
    suggestions: result.suggestions.map(suggestionOutput),
    refused: result.refused.map(({ namespace, failures }) => ({ namespace, failures: [...failures] })),
    withoutTraffic: [...result.withoutTraffic],
    recording: recordingOutput(harvest),
  };
}

function suggestionOutput(suggestion: Suggestion): SuggestionOutput {
  const { policy, manifest, learned, notLearned, notExpressible, cautions, verification } = suggestion;
  const { kept, stopped, opened, unknown } = impactOf(suggestion);
  return {
    policy: policyOutput(policy),
    manifest,
    rules: ruleLines(suggestion).map(({ rule, text, reason }) => ({
      rule,
      text,
      why: reason.why,
      reason: reason.text,
      evidence: reason.evidence === undefined ? null : evidenceOutput(reason.evidence),
      choices: reason.choices.map((choice) => suggestion.choices.indexOf(choice)).filter((index) => index >= 0),
    })),
    posture: suggestion.posture,
    choices: suggestion.choices.map(choiceOutput),
    learned: {
      flows: learned.flows,
      connections: learned.connections,
      destinations: learned.destinations,
      workloads: learned.workloads,
    },
    notLearned: notLearned.map(({ edge, reason, because }) => ({ reason, ...connectionOutput(edge, because) })),
    notExpressible: notExpressible.map(({ edge, because }) => connectionOutput(edge, because)),
    cautions: [...cautions],
    checks: verification.checks.map(({ name, passed, detail }) => ({ name, passed, detail })),
    companions:
      suggestion.companions?.companions.map((own) => ({
        policy: policyOutput(own.policy),
        manifest: own.manifest,
        exposure: exposureOutput(own.exposure),
      })) ?? null,
    readiness: readinessOutput(suggestion.readiness),
    replaces: suggestion.replaces === undefined ? null : policyOutput(suggestion.replaces),
    edit: editOutput(suggestion.edit),
    exposure: {
      before: exposureOutput(suggestion.exposureBefore),
      after: exposureOutput(verification.exposure),
    },
    impact: { kept: kept.length, stopped: stopped.length, opened: opened.length, unknown: unknown.length },
  };
}

function editOutput(edit: Suggestion["edit"]): SuggestionOutput["edit"] {
  if (edit === undefined) return null;
  const { path } = edit;
  if (edit.kind === "rewritten") return { path, rules: null, because: edit.because };
  return { path, rules: edit.rules.map(({ state, text, was }) => ({ state, text, was: was ?? null })), because: null };
}

function evidenceOutput(evidence: Evidence): NonNullable<SuggestionOutput["rules"][number]["evidence"]> {
  const {
    workloads,
    flows,
    bytes,
    firstSeenMs,
    lastSeenMs,
    addressCount,
    addresses,
    activeHours,
    decidedBy,
    attention,
  } = evidence;
  return {
    workloads: workloads.map(({ kind, name }) => ({ kind, name })),
    flows,
    bytes: bytes ?? null,
    firstSeen: timeOutput(firstSeenMs),
    lastSeen: timeOutput(lastSeenMs),
    addressCount,
    addresses: [...addresses],
    activeHours: activeHours ?? null,
    decidedBy: [...decidedBy],
    attention: attention ?? null,
  };
}

function choiceOutput({ use, form, because, runnerUp }: Choice): SuggestionOutput["choices"][number] {
  return {
    service: { id: use.service.id, title: use.service.title },
    form: formOutput(form),
    because,
    runnerUp: runnerUp === undefined ? null : { ...formOutput(runnerUp.form), because: runnerUp.because },
  };
}

function formOutput(form: Form): SuggestionOutput["choices"][number]["form"] {
  const { kind, title, exposure, blockedShare, breaksWithinDay, breaksWithinWeek } = form;
  return {
    kind,
    title,
    exposure: rounded(exposure),
    blockedShare: rounded(blockedShare),
    breaksWithinDay: rounded(breaksWithinDay),
    breaksWithinWeek: rounded(breaksWithinWeek),
  };
}

/** More digits would only tell which machine worked them out. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function connectionOutput(edge: Edge, because: string): SuggestionOutput["notExpressible"][number] {
  const { workload, names, flows } = edge;
  return { workload, address: edgeAddress(edge), names: [...names], port: edgePort(edge), flows, because };
}

function recordingOutput(harvest: Harvest): SuggestOutput["recording"] {
  const { inputs, window, isComplete, leftOut, malformed, clusterNetworks, warnings } = harvest;
  return {
    inputs: inputs.map((input) => ({
      path: input.path,
      format: input.format ?? null,
      bytes: input.bytes,
      flows: input.flows,
      malformed: input.malformed,
    })),
    first: timeOutput(window?.firstMs),
    last: timeOutput(window?.lastMs),
    complete: isComplete,
    leftOut: leftOut.map(({ reason, flows, example }) => ({ reason, flows, example })),
    malformed: malformed.samples.map(({ file, line, text, reason }) => ({ file, line: line ?? null, text, reason })),
    clusterNetworks: {
      pods: clusterNetworks.pods.map(formatCidr),
      services: clusterNetworks.services.map(formatCidr),
      origin: clusterNetworks.origin,
    },
    warnings: warnings.map(({ message }) => message),
  };
}
