import { join } from "node:path";
import type { Suggestion } from "../../../../app/suggest-policies.ts";
import type { Harvest } from "../../../../pipeline/flows/harvest.ts";
import type { Context } from "../../context.ts";
import { Printer } from "../../terminal/printer.ts";
import { bold, cyan, dim, green, text } from "../../terminal/text.ts";
import { count, stretch } from "../../words/count.ts";
import { impactOf } from "../suggest/impact.ts";
import { printRefused } from "../suggest/print.ts";
import type { Gathered } from "../suggest/run.ts";
import { printAllowed } from "./allowed.ts";
import { printDoubtful } from "./doubtful.ts";
import { nextCommands } from "./next-commands.ts";
import type { DemoPaths } from "./paths.ts";

/** One page, the most important first: what would be allowed, what to decide about, what it was proven to do. */
export function printDemo({ result, harvest }: Gathered, paths: DemoPaths, context: Context): void {
  const { suggestions } = result;
  const out = pagePrinter(context);
  printRecording(harvest, paths, out);
  heading("What would be allowed, on purpose", out);
  printAllowed(suggestions, out);
  heading("What deserves a look: (?) is for a person to decide", out);
  printDoubtful(suggestions, out);
  heading("What was proven", out);
  printProof(suggestions, out);
  heading("Where it is", out);
  out.line(
    text`  ${join(paths.out, "<namespace>", "egressfirewall.yaml")}  ${dim(`${count(suggestions.length, "policy", "policies")}, each rule with its evidence`)}`,
    4,
  );
  out.line(text`  ${join(paths.out, "report.md")}  ${dim("the same to review, and what was left out and why")}`, 4);
  out.line(text`  ${join(paths.out, "report.json")}  ${dim("the same for programs")}`, 4);
  printRefused(result.refused, context);
  heading("What to try next", out);
  for (const { what, line } of nextCommands(paths, context.io.programName)) {
    out.line(text`  ${dim(`# ${what}`)}`, 4);
    // In one piece, whatever the width: to be copied.
    out.asTheyAre([text`  ${cyan(line)}`]);
  }
  out.line();
}

/** A page to be read, in a file or a build log too, and not lines for a program. */
function pagePrinter({ io, out }: Context): Printer {
  const columns = Math.min(out.view.columns, widest);
  return new Printer(io.stdout, io.env, { ...out.view, isTerminal: true, columns });
}

/** Longer lines are hard to read. */
const widest = 110;

function heading(title: string, out: Printer): void {
  out.line();
  out.line(bold(title));
  out.line();
}

function printRecording(
  { inputs, window, edges, warnings }: Harvest,
  { flows, out: folder }: DemoPaths,
  out: Printer,
): void {
  const records = inputs.reduce((sum, input) => sum + input.flows, 0);
  const when = window === undefined ? "" : `, ${stretch(window.firstMs, window.lastMs)}`;
  const kept = edges.reduce((sum, edge) => sum + edge.flows, 0);
  out.line();
  out.line(
    text`${bold("A week of a small shop")}: ${count(records, "record")} in ${count(inputs.length, "file")} of ${flows}${when}.`,
  );
  const remarks =
    warnings.length === 0
      ? ""
      : ` ${count(warnings.length, "remark")} on the recording ${warnings.length === 1 ? "is" : "are"} in ${join(folder, "report.md")}.`;
  out.line(dim(`${count(kept, "flow")} left the cluster; the rest are replies, copies and traffic inside.${remarks}`));
}

/** Every suggestion here has passed its proof: one that fails is refused. */
function printProof(suggestions: readonly Suggestion[], out: Printer): void {
  const impacts = suggestions.map(impactOf);
  const sum = (of: "kept" | "stopped" | "opened"): number =>
    impacts.reduce((total, impact) => total + impact[of].length, 0);
  const opened = sum("opened");
  const proven = [
    "a cluster applies each policy as it reads: no rule is refused or misread",
    `all that is needed passes: ${count(sum("kept"), "recorded connection")} go on as today`,
    `all that is forbidden is denied: ${sum("stopped")} recorded connections would stop, those above, and ${opened === 0 ? "none" : opened} would be opened`,
  ];
  for (const line of proven) out.line(text`  ${green("✓")} ${line}`, 4);
}
