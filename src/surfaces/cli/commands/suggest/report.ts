import type { Suggestion, SuggestResult } from "../../../../app/suggest-policies.ts";
import { formatCidr } from "../../../../core/net/ip-set.ts";
import { printable } from "../../../../core/quoted.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import type { Harvest } from "../../../../pipeline/flows/harvest.ts";
import { count, listed, stretch } from "../../words/count.ts";
import { edgeDestination, edgePort } from "../../words/edge.ts";
import { exposureChange } from "../../words/exposure.ts";
import { percent } from "../../words/percent.ts";
import { choiceRows } from "./choices.ts";
import { placeOfToday } from "./edit-lines.ts";
import { impactOf } from "./impact.ts";
import { readinessText } from "./readiness.ts";
import { ruleLines } from "./rule-lines.ts";

/** What stands beside the proposed policies for whoever reviews them: Markdown, the same for the same flows. */
export function reportMarkdown(result: SuggestResult, harvest: Harvest): string {
  const { suggestions, refused, withoutTraffic } = result;
  const lines = [
    "# Proposed egress policies",
    "",
    `${count(suggestions.length, "namespace")} with a proposal, ${refused.length} refused by its own proof, ` +
      `${withoutTraffic.length} without traffic. Rules are counted from 0, as OVN counts them in its logs.`,
    "",
    ...recording(harvest),
    ...suggestions.flatMap(section),
    ...refused.flatMap(({ namespace, failures }) => [
      `## ${plain(namespace)}: refused`,
      "",
      "The policy failed its own proof, so there is none:",
      "",
      ...failures.map((failure) => `- ${plain(failure)}`),
      "",
    ]),
  ];
  if (withoutTraffic.length > 0) lines.push("## Without traffic", "", `${listed(withoutTraffic.map(plain))}.`, "");
  return `${lines.join("\n").trimEnd()}\n`;
}

function recording(harvest: Harvest): readonly string[] {
  const { inputs, window, leftOut, clusterNetworks, warnings, isComplete } = harvest;
  const flows = inputs.reduce((sum, input) => sum + input.flows, 0);
  const when = window === undefined ? "" : `, ${stretch(window.firstMs, window.lastMs)}`;
  const missed = isComplete ? "Nothing says that traffic was missed." : "Traffic may have been missed, see below.";
  const pods = clusterNetworks.pods.map(formatCidr);
  return [
    "## The recording",
    "",
    `${count(flows, "record")} in ${count(inputs.length, "file")}${when}. ${missed}`,
    pods.length === 0
      ? "The pod networks are not known."
      : `Traffic to ${listed(pods)} (${clusterNetworks.origin}) is inside the cluster.`,
    "",
    ...warnings.map(({ message }) => `- please note: ${plain(message)}`),
    ...(warnings.length === 0 ? [] : [""]),
    ...table(
      ["left out because", "flows", "for example"],
      leftOut.map(({ reason, flows: own, example }) => [reason, own.toLocaleString("en-US"), plain(example)]),
    ),
  ];
}

const listedRisks = 5;

function section(suggestion: Suggestion): readonly string[] {
  const { namespace, kind, policy, learned, verification, replaces, notLearned, notExpressible } = suggestion;
  const { stopped, opened, unknown } = impactOf(suggestion);
  return [
    `## ${plain(namespace)}`,
    "",
    `${kind} \`${policy.name}\`, ${count(suggestion.reasons.length, "rule")}, learned from ` +
      `${count(learned.flows, "flow")} of ${count(learned.workloads, "workload")} to ` +
      `${count(learned.destinations, "address", "addresses")}.`,
    replaces === undefined ? "There is no such policy today." : `${capital(plain(placeOfToday(suggestion)))}.`,
    "",
    `- open: ${exposureChange(suggestion.exposureBefore, verification.exposure)}`,
    ...verification.checks.map(
      ({ name, passed, detail }) => `- ${passed ? "passed" : "FAILED"}: ${name} (${plain(detail)})`,
    ),
    `- recorded connections: ${stopped.length} stopped, ${opened.length} opened, ${unknown.length} unknown`,
    `- ready: ${readinessText(suggestion.readiness)}`,
    ...suggestion.readiness.risks
      .slice(0, listedRisks)
      .map(({ week, text }) => `  - ${percent(week)} within a week: ${plain(text)}`),
    ...suggestion.readiness.missing.map(({ text }) => `  - lacks: ${plain(text)}`),
    ...suggestion.cautions.map((caution) => `- please check: ${plain(caution)}`),
    "",
    ...table(
      ["rule", "", "why", "flows", "last seen (UTC)"],
      ruleLines(suggestion).map(({ rule, text, reason: { text: why, evidence } }) => [
        String(rule),
        plain(text),
        plain(evidence === undefined ? why : evidence.workloads.map(formatWorkload).join(", ")) +
          (evidence?.attention === undefined ? "" : ` — please check: ${plain(evidence.attention)}`),
        evidence?.flows.toLocaleString("en-US") ?? "",
        evidence?.lastSeenMs === undefined
          ? ""
          : new Date(evidence.lastSeenMs).toISOString().slice(0, 16).replace("T", " "),
      ]),
    ),
    ...table(
      ["service", "allowed by", "because", "breaks in a week", "not"],
      choiceRows(suggestion.choices).map((row) => row.map(plain)),
    ),
    ...connections("Seen, and not allowed on purpose", notLearned),
    ...connections(`Needed, and no ${kind} can say it: denied`, notExpressible),
  ];
}

function connections(
  title: string,
  list: readonly { readonly edge: Edge; readonly because: string }[],
): readonly string[] {
  if (list.length === 0) return [];
  const rows = list.map(({ edge, because }) => [
    plain(formatWorkload(edge.workload)),
    `${plain(edgeDestination(edge))} ${edgePort(edge)}`,
    edge.flows.toLocaleString("en-US"),
    plain(because),
  ]);
  return [`${title}:`, "", ...table(["workload", "destination", "flows", "because"], rows)];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line), ""];
}

/** Text of somebody else that Markdown must not act on. */
function plain(text: string): string {
  return printable(text).replaceAll(/[\\`*_<>[\]|#&]/g, (character) => `\\${character}`);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
