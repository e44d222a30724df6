import type { Onboarding } from "../../../../app/onboard-namespace.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { ExpectedService, Neighbour } from "../../../../pipeline/baseline/likeness/expected-services.ts";
import type { Context } from "../../context.ts";
import type { Printer } from "../../terminal/printer.ts";
import { type Column, tableLines } from "../../terminal/table.ts";
import { bold, dim, green, text, type TextLike, yellow } from "../../terminal/text.ts";
import { count, listed } from "../../words/count.ts";
import { portsOfExpected } from "./output.ts";

/** On a terminal what is expected, of whom and why, and the policy; in a pipe one line per service. */
export function printOnboarding(result: Onboarding, { out, err }: Context): void {
  const { allowed, left, neighbours, namespace, suggestion, known } = result;
  if (!out.view.isTerminal) {
    out.asTheyAre(
      tableLines(
        pipeColumns,
        [...allowed, ...left].map((own) => pipeRow(own, allowed)),
        out.view,
      ),
    );
    return;
  }
  out.line(text`${bold(namespace)}  ${dim(`compared with ${count(known, "workload")} of other namespaces`)}`);
  for (const { of, nearest } of neighbours) {
    out.line(text`  ${formatWorkload(of.workload)} ${nearestText(nearest)}`, 4);
  }
  printServices("expected, and allowed", allowed, out);
  printServices("less likely, and not allowed", left.slice(0, mostLeft), out);
  if (left.length > mostLeft)
    out.line(text`  ${dim(`and ${left.length - mostLeft} more, less likely still: \`-o json\` has all`)}`);
  if (suggestion === undefined) return;
  out.line();
  out.document(suggestion.manifest);
  for (const caution of suggestion.cautions) err.line(text`${yellow("please check")} ${caution}`, 2);
  err.line(
    green(
      `a first policy with ${count(suggestion.reasons.length, "rule")} for ${count(allowed.length, "service")}; ` +
        "nothing of this namespace was recorded yet, so record it before enforcing",
    ),
  );
}

const mostLeft = 10;

function nearestText(nearest: readonly Neighbour[]): TextLike {
  if (nearest.length === 0) return yellow("is like none of them");
  const first = nearest
    .slice(0, 3)
    .map(({ traits, likeness }) => `${traits.namespace}/${traits.workload.name} ${percent(likeness)}`);
  const shared = nearest[0]!.shared.slice(0, 3);
  return text`is like ${listed(first)}${dim(`, by ${listed(shared)}`)}`;
}

const columns: readonly Column[] = [
  { title: "  sure", align: "right" },
  { title: "service", shrinks: true },
  { title: "ports" },
  { title: "of", shrinks: true },
  { title: "used by", shrinks: true },
];

function printServices(title: string, services: readonly ExpectedService[], out: Printer): void {
  if (services.length === 0) return;
  out.line();
  out.line(text`  ${bold(title)}`);
  const rows = services.map((own) => [
    percent(own.confidence),
    own.service.title,
    portsText(own),
    formatWorkload(own.of.workload),
    usersText(own),
  ]);
  out.asTheyAre(tableLines(columns, rows, out.view));
}

function usersText({ users, usedBy, asked }: ExpectedService): string {
  const [first] = users;
  const nearest = first === undefined ? "" : `, ${first.traits.namespace}/${first.traits.workload.name} first`;
  return `${usedBy} of the ${asked} nearest${nearest}`;
}

function portsText(expected: ExpectedService): string {
  return portsOfExpected(expected).join(", ");
}

const pipeTitles = ["service", "confidence", "allowed", "ports", "workload", "used by", "asked"];
const pipeColumns = pipeTitles.map((title) => ({ title }));

function pipeRow(own: ExpectedService, allowed: readonly ExpectedService[]): readonly TextLike[] {
  return [
    own.service.title,
    own.confidence.toFixed(3),
    allowed.includes(own) ? "yes" : "no",
    portsText(own),
    formatWorkload(own.of.workload),
    own.usedBy,
    own.asked,
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
