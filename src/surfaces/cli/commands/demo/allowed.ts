import type { Suggestion } from "../../../../app/suggest-policies.ts";
import type { Printer } from "../../terminal/printer.ts";
import { bold, dim, join, text, type Text, yellow } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";
import { openOf } from "../../words/exposure.ts";
import { type RuleLine, ruleLines } from "../suggest/rule-lines.ts";
import { destinationOf } from "./destination.ts";

const namespaceCells = 20;

/** The whole of what each namespace could still reach, in its own words. */
export function printAllowed(suggestions: readonly Suggestion[], out: Printer): void {
  for (const suggestion of suggestions) {
    const destinations = ruleLines(suggestion).filter(({ reason }) => reason.why === "learned");
    const name = text`${bold(suggestion.namespace)}${" ".repeat(Math.max(2, namespaceCells - suggestion.namespace.length))}`;
    out.line(text`  ${name}${join(destinations.map(destinationText), ", ")}`, 2 + namespaceCells);
  }
  out.line();
  const toServer = suggestions.filter(({ reasons }) => reasons.some(({ why }) => why === "api-server")).length;
  if (toServer > 0)
    out.line(
      dim(
        `  The API server stays reachable${toServer === suggestions.length ? "" : ` from ${toServer}`}. Everything else is denied, IPv4 and IPv6.`,
      ),
      2,
    );
  const open = suggestions.filter(({ exposureBefore }) => openOf(exposureBefore, 4) === "everything").length;
  if (open > 0)
    out.line(
      dim(`  Today ${open} of ${count(suggestions.length, "namespace")} may connect to any address on any port.`),
      2,
    );
}

function destinationText({ text: rule, reason }: RuleLine): Text {
  const destination = destinationOf(rule);
  return reason.evidence?.attention === undefined ? text`${destination}` : yellow(text`${destination} (?)`);
}
