import type { Suggestion } from "../../../../app/suggest-policies.ts";
import type { Printer } from "../../terminal/printer.ts";
import { dim, text } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";
import { percent } from "../../words/percent.ts";
import type { SuggestOutput } from "./schema.ts";

type Readiness = Suggestion["readiness"];

/** `97 % that nothing needed is stopped within a day, 88 % within a week`. */
export function readinessText({ day, week }: Readiness): string {
  return `${percent(day)} that nothing needed is stopped within a day, ${percent(week)} within a week`;
}

const shownRisks = 3;
const shownMissing = 8;

/** What readiness is lacking: the largest risks, and what evidence would help. */
export function printReadiness({ readiness }: Suggestion, out: Printer): void {
  const { risks, missing } = readiness;
  const worth = risks.filter(({ week }) => week >= 0.01).slice(0, shownRisks);
  for (const { text: own, week } of worth) out.line(text`    ${dim(percent(week).padStart(5))} ${own}`, 10);
  for (const { text: own } of missing.slice(0, shownMissing)) out.line(text`    ${dim("lacks")} ${own}`, 10);
  if (missing.length > shownMissing) {
    out.line(text`    ${dim("lacks")} ${count(missing.length - shownMissing, "more thing")}: see \`-o json\``, 10);
  }
}

export function readinessOutput({
  day,
  week,
  risks,
  missing,
}: Readiness): SuggestOutput["suggestions"][number]["readiness"] {
  return {
    day: rounded(day),
    week: rounded(week),
    risks: risks.map((risk) => ({ kind: risk.kind, text: risk.text, week: rounded(risk.week) })),
    missing: missing.map((each) => ({ text: each.text, workload: each.workload ?? null })),
  };
}

/** More digits would only tell which machine worked them out. */
function rounded(chance: number): number {
  return Math.round(chance * 10_000) / 10_000;
}
