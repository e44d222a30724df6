import type { RefusedSuggestion, Suggestion, SuggestResult } from "../../../../app/suggest-policies.ts";
import { formatLabelSelector } from "../../../../core/policy/label-selector.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { RuleReason } from "../../../../pipeline/suggest/draft-input.ts";
import type { Context } from "../../context.ts";
import type { Printer } from "../../terminal/printer.ts";
import { type Column, tableLines } from "../../terminal/table.ts";
import { bold, dim, green, red, text, type TextLike, yellow } from "../../terminal/text.ts";
import { count, listed, stretch } from "../../words/count.ts";
import { exposureChange } from "../../words/exposure.ts";
import { printChoices } from "./choices.ts";
import { placeOfToday, printEdit } from "./edit-lines.ts";
import { impactOf } from "./impact.ts";
import { groupLeftOut } from "./left-out.ts";
import { printReadiness, readinessText } from "./readiness.ts";
import { type RuleLine, ruleLines } from "./rule-lines.ts";

/** On a terminal a section per namespace; in a pipe one line per rule. */
export function printSuggestions({ suggestions }: SuggestResult, { out }: Context): void {
  if (!out.view.isTerminal) {
    out.asTheyAre(tableLines(pipeColumns, suggestions.flatMap(pipeRows), out.view));
    return;
  }
  for (const suggestion of suggestions) printSuggestion(suggestion, out);
}

const pipeTitles = ["namespace", "kind", "rule", "text", "why", "flows", "workloads", "first seen", "last seen"];
const pipeColumns = pipeTitles.map((title) => ({ title }));

function pipeRows(suggestion: Suggestion): readonly (readonly TextLike[])[] {
  const iso = (ms: number | undefined): string => (ms === undefined ? "" : new Date(ms).toISOString());
  return ruleLines(suggestion).map(({ rule, text: own, reason: { why, evidence } }) => [
    suggestion.namespace,
    suggestion.kind,
    rule,
    own,
    why,
    evidence?.flows ?? "",
    evidence?.workloads.map(formatWorkload).join(",") ?? "",
    iso(evidence?.firstSeenMs),
    iso(evidence?.lastSeenMs),
  ]);
}

const label = (name: string): TextLike => dim(name.padEnd(labelCells));
const labelCells = 12;
const hang = labelCells + 2;

export function printSuggestion(suggestion: Suggestion, out: Printer): void {
  const { namespace, kind, policy, learned, verification, cautions } = suggestion;
  const { flows, workloads, destinations, window } = learned;
  out.line(text`${bold(namespace)}  ${dim(`${kind}/${policy.name}, ${count(suggestion.reasons.length, "rule")}`)}`);
  const when = window === undefined ? "" : `, ${stretch(window.firstMs, window.lastMs)}`;
  out.line(
    text`  ${label("learned")}${count(flows, "flow")} of ${count(workloads, "workload")} to ${count(destinations, "address", "addresses")}${dim(when)}`,
    hang,
  );
  out.line(text`  ${label("open")}${exposureChange(suggestion.exposureBefore, verification.exposure)}`, hang);
  out.line(text`  ${label("today")}${placeOfToday(suggestion)}`, hang);
  for (const [i, { name, passed, detail }] of verification.checks.entries()) {
    out.line(
      text`  ${label(i === 0 ? "proof" : "")}${passed ? green("✓") : red("✗")} ${name} ${dim(`(${detail})`)}`,
      hang + 2,
    );
  }
  printImpact(suggestion, out);
  out.line(text`  ${label("ready")}${readinessText(suggestion.readiness)}`, hang);
  printReadiness(suggestion, out);
  out.line();
  out.asTheyAre(tableLines(ruleColumns, ruleLines(suggestion).map(ruleRow), out.view));
  printChoices(suggestion, out);
  printEdit(suggestion, out);
  printCompanions(suggestion, out);
  printConnections("seen, and not allowed on purpose", suggestion.notLearned, out);
  printConnections(`needed, and no ${kind} can say it: denied`, suggestion.notExpressible, out);
  for (const caution of cautions) out.line(text`  ${yellow("please check")} ${caution}`, 4);
  out.line();
}

const companionColumns: readonly Column[] = [
  { title: "  beside it" },
  { title: "pods", shrinks: true },
  { title: "rules", align: "right" },
  { title: "open" },
];

/** What single workloads can reach once firewall and network policies are both in force. */
function printCompanions({ companions, verification }: Suggestion, out: Printer): void {
  if (companions === undefined) return;
  const rows = companions.companions.map(({ draft, exposure }) => [
    `  ${draft.name}`,
    draft.podSelector.requirements.length === 0 ? "all pods" : formatLabelSelector(draft.podSelector),
    draft.rules.length,
    exposureChange(verification.exposure, exposure),
  ]);
  out.line();
  out.asTheyAre(tableLines(companionColumns, rows, out.view));
  const { judged, unknown } = companions;
  const doubt = unknown === 0 ? "" : `, ${unknown} depend on labels that are not known`;
  const proof = `firewall and network policies together: ${judged - unknown} of ${judged} recorded connections pass${doubt}`;
  out.line(text`  ${unknown === 0 ? green("✓") : yellow("?")} ${proof}`, 4);
}

function printImpact(suggestion: Suggestion, out: Printer): void {
  const { kept, stopped, opened, unknown } = impactOf(suggestion);
  const parts = [
    `${count(kept.length, "recorded connection")} as today`,
    ...(stopped.length === 0 ? [] : [`${stopped.length} stopped`]),
    ...(opened.length === 0 ? [] : [`${opened.length} opened`]),
    ...(unknown.length === 0 ? [] : [`${unknown.length} unknown today`]),
  ];
  out.line(text`  ${label("changes")}${listed(parts)}`, hang);
}

const ruleColumns: readonly Column[] = [
  { title: "  rule", align: "right" },
  { title: "", shrinks: true },
  { title: "why", shrinks: true },
];

function ruleRow({ rule, text: own, reason }: RuleLine): readonly TextLike[] {
  const isDeny = own.startsWith("Deny");
  return [rule, isDeny ? red(own) : own, reasonText(reason)];
}

function reasonText({ why, text: own, evidence }: RuleReason): TextLike {
  if (evidence === undefined) return dim(own);
  const who = evidence.workloads.slice(0, 3).map(formatWorkload);
  const more = evidence.workloads.length > 3 ? ` and ${evidence.workloads.length - 3} more` : "";
  const what = `${who.join(", ")}${more}, ${count(evidence.flows, "flow")}`;
  const attention = evidence.attention === undefined ? "" : yellow(`  ${evidence.attention}`);
  return why === "learned" ? text`${what}${attention}` : text`${dim(own)}, ${what}${attention}`;
}

function printConnections(
  title: string,
  connections: Suggestion["notLearned"] | Suggestion["notExpressible"],
  out: Printer,
): void {
  if (connections.length === 0) return;
  out.line();
  out.line(text`  ${bold(title)}`);
  for (const { workload, destinations, flows, because } of groupLeftOut(connections)) {
    out.line(text`    ${workload} → ${destinations}  ${dim(`${count(flows, "flow")}: ${because}`)}`, 6);
  }
}

export function printRefused(refused: readonly RefusedSuggestion[], { err }: Context): void {
  for (const { namespace, failures } of refused) {
    err.line(text`${bold(red("refused:"))} ${namespace}: the policy failed its own proof, so it is not printed`, 2);
    for (const failure of failures) err.line(text`  ${failure}`, 4);
  }
}
