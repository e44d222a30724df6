import type { EditedRule, Suggestion } from "../../../../app/suggestion.ts";
import type { Printer } from "../../terminal/printer.ts";
import { bold, dim, green, red, text, type Text, yellow } from "../../terminal/text.ts";
import { count, listed } from "../../words/count.ts";

/** What becomes of today's policy, in one sentence without its end. */
export function placeOfToday({ replaces, edit }: Suggestion): string {
  if (replaces === undefined) return "no such policy: egress is as open as other kinds leave it";
  if (edit === undefined) return `takes the place of ${replaces.at.file}`;
  if (edit.kind === "rewritten") return `takes the place of ${edit.path}, written anew: ${edit.because}`;
  return `changes ${edit.path}: ${editCounts(edit.rules)}`;
}

/** `5 rules kept, 2 added and 1 removed`. */
function editCounts(rules: readonly EditedRule[]): string {
  const states = ["kept", "changed", "added", "removed"] as const;
  const counts = states.map((state) => [state, rules.filter((rule) => rule.state === state).length] as const);
  const told = counts.filter(([, n]) => n > 0);
  return listed(told.map(([state, n], i) => (i === 0 ? `${count(n, "rule")} ${state}` : `${n} ${state}`)));
}

const most = 60;

/** The rules of the edited file in their order; those that stay are there to be seen between the others. */
export function printEdit({ edit }: Suggestion, out: Printer): void {
  if (edit?.kind !== "edited" || edit.rules.every(({ state }) => state === "kept")) return;
  out.line();
  out.line(text`  ${bold(`what changes in ${edit.path}`)}`);
  for (const rule of edit.rules.slice(0, most)) out.line(text`    ${ruleLine(rule)}`, 8);
  if (edit.rules.length > most) out.line(dim(`    and ${edit.rules.length - most} more`));
}

function ruleLine({ state, text: own, was }: EditedRule): Text {
  switch (state) {
    case "kept":
      return dim(`  ${own}`);
    case "added":
      return green(`+ ${own}`);
    case "removed":
      return red(`- ${own}`);
    case "changed":
      return text`${yellow(`~ ${own}`)} ${dim(`was ${was ?? ""}`)}`;
    default:
      return state satisfies never;
  }
}
