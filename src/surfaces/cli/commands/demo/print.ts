import { join } from "node:path";
import type { Suggestion } from "../../../../app/suggest-policies.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Harvest } from "../../../../pipeline/flows/harvest.ts";
import type { Context } from "../../context.ts";
import { Printer } from "../../terminal/printer.ts";
import { type Column, tableLines } from "../../terminal/table.ts";
import { bold, cyan, dim, green, text, type TextLike, yellow } from "../../terminal/text.ts";
import { bytes, count, listed, stretch } from "../../words/count.ts";
import { openOf } from "../../words/exposure.ts";
import { impactOf } from "../suggest/impact.ts";
import { groupLeftOut } from "../suggest/left-out.ts";
import { printRefused, printSuggestion } from "../suggest/print.ts";
import { ruleLines } from "../suggest/rule-lines.ts";
import type { Gathered } from "../suggest/run.ts";
import type { DemoPaths } from "./paths.ts";

/** The one proposal that is shown whole: a namespace with a policy of today, so that there is something to compare. */
const shownNamespace = "shop-payments";

export function printDemo({ result, harvest }: Gathered, paths: DemoPaths, context: Context): void {
  const out = pagePrinter(context);
  const { suggestions } = result;
  const shown = suggestions.find(({ namespace }) => namespace === shownNamespace) ?? suggestions[0];
  heading("What was recorded", out);
  printRecording(harvest, paths, out);
  heading("What was learned, and how much would stay open", out);
  out.asTheyAre(tableLines(columns, suggestions.map(rowOf), out.view));
  out.line();
  out.line(
    dim(
      "Open: pairs of address and port that pods can reach, 2^49.6 for all of IPv4. Rules by name or node selector are counted apart, because their addresses change.",
    ),
  );
  if (shown !== undefined) {
    heading(`What is proposed, for ${shown.namespace}`, out);
    printSuggestion(shown, out);
  }
  printDoubtful(suggestions, out);
  heading("What would change", out);
  printChanges(suggestions, out);
  heading("Where the files are", out);
  for (const { namespace, kind } of suggestions)
    out.line(text`  ${join(paths.out, namespace, `${kind.toLowerCase()}.yaml`)}`);
  out.line(text`  ${join(paths.out, "report.md")}  ${dim("every rule with its evidence, and what was left out")}`);
  out.line(text`  ${join(paths.out, "report.json")}  ${dim("the same for programs")}`);
  printRefused(result.refused, context);
  heading("What to try next", out);
  for (const { what, line } of nextCommands(paths, context)) {
    out.line(text`  ${dim(`# ${what}`)}`);
    out.asTheyAre([text`  ${cyan(line)}`]);
  }
  out.line();
}

/** A page to be read, in a file or a build log too, and not lines for a program. */
function pagePrinter({ io, out }: Context): Printer {
  const columns = out.view.isTerminal ? out.view.columns : pageColumns;
  return new Printer(io.stdout, io.env, { ...out.view, isTerminal: true, columns });
}

const pageColumns = 110;

function heading(title: string, out: Printer): void {
  out.line();
  out.line(bold(title));
  out.line();
}

function printRecording({ inputs, window, edges, leftOut }: Harvest, { flows }: DemoPaths, out: Printer): void {
  const records = inputs.reduce((sum, input) => sum + input.flows, 0);
  const size = inputs.reduce((sum, input) => sum + input.bytes, 0);
  const when = window === undefined ? "" : `, ${stretch(window.firstMs, window.lastMs)}`;
  out.line(
    text`  ${count(records, "record")} in ${count(inputs.length, "file")} of ${flows} (${bytes(size)})${when}`,
    4,
  );
  const dropped = leftOut.reduce((sum, reason) => sum + reason.flows, 0);
  const kept = edges.reduce((sum, edge) => sum + edge.flows, 0);
  out.line(
    text`  ${count(kept, "flow")} leave the cluster; ${count(dropped, "record")} left out, each for a reason: replies, copies, traffic inside`,
    4,
  );
}

const columns: readonly Column[] = [
  { title: "  namespace", shrinks: true },
  { title: "workloads", align: "right" },
  { title: "flows", align: "right" },
  { title: "addresses", align: "right" },
  { title: "rules", align: "right" },
  { title: "IPv4 today" },
  { title: "proposed" },
  { title: "IPv6 today" },
  { title: "proposed" },
  { title: "by name", align: "right" },
];

function rowOf({ namespace, learned, reasons, exposureBefore, verification }: Suggestion): readonly TextLike[] {
  const { exposure } = verification;
  return [
    text`  ${bold(namespace)}`,
    learned.workloads,
    learned.flows.toLocaleString("en-US"),
    learned.destinations,
    reasons.length,
    openOf(exposureBefore, 4),
    green(openOf(exposure, 4)),
    openOf(exposureBefore, 6),
    green(openOf(exposure, 6)),
    exposure.unresolvedRules,
  ];
}

/** Traffic a person should decide about: forbidden destinations, and rules that rest on hardly any hours. */
function printDoubtful(suggestions: readonly Suggestion[], out: Printer): void {
  heading("What deserves a look", out);
  for (const { namespace, notLearned } of suggestions) {
    for (const { workload, destinations, flows, because } of groupLeftOut(notLearned)) {
      const who = text`${namespace} ${workload} → ${destinations}`;
      out.line(text`  ${yellow("not allowed")}   ${who} ${dim(`(${count(flows, "flow")}): ${because}`)}`, 16);
    }
  }
  for (const suggestion of suggestions) {
    const rare = ruleLines(suggestion).filter(({ reason }) => reason.evidence?.attention !== undefined);
    const alike = Map.groupBy(rare, ({ reason: { evidence } }) =>
      JSON.stringify([evidence!.workloads, evidence!.attention]),
    );
    for (const rules of alike.values()) {
      const { workloads, attention } = rules[0]!.reason.evidence!;
      const told = listed(rules.map(({ text: rule }) => rule.replace("Allow ", "")));
      const who = text`${suggestion.namespace} ${workloads.map(formatWorkload).join(", ")} → ${told}`;
      out.line(text`  ${yellow("allowed, but")}  ${who}: ${dim(attention!)}`, 16);
    }
  }
}

function printChanges(suggestions: readonly Suggestion[], out: Printer): void {
  for (const suggestion of suggestions) {
    const { kept, stopped, opened, unknown } = impactOf(suggestion);
    const parts = [
      green(`${kept.length} as today`),
      ...(stopped.length === 0 ? [] : [yellow(`${stopped.length} stopped`)]),
      ...(opened.length === 0 ? [] : [`${opened.length} opened`]),
      ...(unknown.length === 0 ? [] : [`${unknown.length} not known today`]),
    ];
    out.line(
      text`  ${suggestion.namespace.padEnd(22)}${parts.map((part, i) => text`${i === 0 ? "" : ", "}${part}`).reduce((a, b) => text`${a}${b}`)}`,
    );
  }
}

function nextCommands(paths: DemoPaths, { io }: Context): readonly { readonly what: string; readonly line: string }[] {
  const { programName } = io;
  const { flows, cluster, policies, out } = paths;
  return [
    { what: "what the proposals change, rule by rule", line: `${programName} diff ${policies} ${out}` },
    {
      what: "does anything that was recorded break?",
      line: `${programName} replay --policies ${out} --against ${policies} ${flows} --cluster ${cluster}`,
    },
    {
      what: "why would this be blocked?",
      line: `${programName} explain -n shop-web --workload storefront --to 169.254.169.254:80 --policies ${out}`,
    },
    { what: "what is wrong with today's policies", line: `${programName} lint ${policies}` },
    { what: "your own flows: NetObserv, Hubble, OVN audit log, or plain lines", line: `${programName} suggest --help` },
  ];
}
