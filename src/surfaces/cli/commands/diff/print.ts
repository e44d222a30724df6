import type { DiffReport } from "../../../../app/diff-policies.ts";
import { allAddresses, equalIp, formatIpSet } from "../../../../core/net/ip-set.ts";
import type {
  DecidedBy,
  NamespaceDifference,
  ObjectDifference,
  ScopeDifference,
} from "../../../../core/policy/compare-sets.ts";
import type { Difference } from "../../../../core/policy/difference.ts";
import type { Context } from "../../context.ts";
import type { Printer } from "../../terminal/printer.ts";
import { tableLines } from "../../terminal/table.ts";
import { bold, cyan, dim, green, red, text, type Text, type TextLike, yellow } from "../../terminal/text.ts";
import { count, listed } from "../../words/count.ts";
import { differenceWords } from "../../words/difference.ts";
import { exposureChange } from "../../words/exposure.ts";
import { place } from "../../words/place.ts";
import { inColour, past, ruleName } from "../../words/verdict.ts";
import { type Together, together } from "./together.ts";

/** On a terminal a section per namespace; in a pipe one line per difference. The summary is no result. */
export function printDifferences(report: DiffReport, { out, err }: Context): void {
  if (out.view.isTerminal) for (const namespace of report.namespaces) printNamespace(namespace, out);
  else out.asTheyAre(tableLines(columns, report.namespaces.flatMap(rowsOf), out.view));
  for (const told of out.view.isTerminal ? [] : report.namespaces.flatMap(leftOut)) err.line(told);
  err.line(summary(report));
}

const titles = ["namespace", "pods", "change", "destination", "ports", "example", "before", "at", "after", "at"];
const columns = titles.map((title) => ({ title }));

function rowsOf({ namespace, scopes }: NamespaceDifference): readonly (readonly TextLike[])[] {
  return scopes.flatMap(({ pods, changes }) =>
    changes.map(({ difference, before, after }) => {
      const { destination, ports, exampleHost, examplePort } = differenceWords(difference, true);
      const sides = [before, after].flatMap((side) => [sideWords(side), place(side.at)]);
      return [namespace, pods, difference.change, destination, ports, `${exampleHost} ${examplePort}`, ...sides];
    }),
  );
}

function leftOut({ namespace, notCompared }: NamespaceDifference): readonly Text[] {
  const where = namespace === "" ? "the whole cluster" : namespace;
  return notCompared.map((told) => text`${yellow("not compared")} in ${where}: ${told}`);
}

function sideWords({ rule, text: own }: DecidedBy): string {
  return rule === "otherwise" ? own : `${ruleName(rule)}: ${own}`;
}

function printNamespace({ namespace, objects, scopes, notCompared }: NamespaceDifference, out: Printer): void {
  out.line(bold(namespace === "" ? "the whole cluster" : namespace));
  for (const object of objects) if (object.change !== "unchanged") out.line(objectLine(object), 4);
  for (const scope of scopes) printScope(scope, out);
  for (const told of notCompared) out.line(text`  ${yellow("not compared:")} ${told}`, 4);
  const isSame = scopes.every(({ changes, before, after }) => changes.length === 0 && before.caution === after.caution);
  if (isSame && notCompared.length === 0) {
    out.line(text`  ${green("same effect")}: every connection has the verdict it had`);
  }
  out.line();
}

function objectLine({ change, before, after }: ObjectDifference): Text {
  const { kind, name, at } = (after ?? before)!;
  return text`  ${kind}/${name} ${cyan(change)}  ${dim(place(at))}`;
}

function printScope({ half, pods, before, after, changes }: ScopeDifference, out: Printer): void {
  for (const [when, { caution }] of [
    ["before", before],
    ["after", after],
  ] as const) {
    if (caution !== undefined) out.line(text`  ${yellow(`caution, ${when}:`)} ${caution}`, 4);
  }
  if (changes.length === 0) return;
  const who = half === "egress-firewall" ? "egress firewall" : `network policies, ${pods}`;
  out.line();
  out.line(text`  ${who}  ${dim(`open: ${exposureChange(before.exposure, after.exposure)}`)}`, 4);
  for (const change of together(changes)) printChange(change, out);
}

function printChange({ difference, before, after }: Together, out: Printer): void {
  const isAllowed = difference.change === "newly allowed";
  const { destination, ports, exampleHost, examplePort } = differenceWords(difference);
  const sign = isAllowed ? green("+ newly allowed") : red("- newly denied ");
  const where = narrowing(difference);
  out.line(text`  ${sign}  ${bold(destination)}${where} ${ports === "any" ? "on any port" : ports}`, 19);
  out.line(text`      ${dim("for example")}  ${exampleHost} ${examplePort}`);
  out.line(sideLine("before", before, !isAllowed), 19);
  for (const [i, side] of after.entries()) out.line(sideLine(i === 0 ? "after " : "or    ", side, isAllowed), 19);
}

/** ` at 169.254.169.254/32`: a name only where it stands for these addresses, when they are few enough to say. */
function narrowing(difference: Difference): string {
  if (difference.to !== "named") return "";
  const { v4, v6 } = difference.addresses;
  return v4.length > 1 || v6.length > 1 || equalIp(difference.addresses, allAddresses)
    ? ""
    : ` at ${formatIpSet(difference.addresses)}`;
}

function sideLine(when: string, { rule, text: own, at }: DecidedBy, isAllowed: boolean): Text {
  const kind = isAllowed ? "allow" : "deny";
  const verdict = inColour(kind, past(kind));
  const by = rule === "otherwise" ? text`${verdict}, ${own}` : text`${verdict} by ${ruleName(rule)}, ${own}`;
  return text`      ${dim(when)}       ${by}  ${dim(place(at))}`;
}

function summary({ isEqual, isComplete, namespaces, newlyAllowed, newlyDenied, objects }: DiffReport): Text {
  if (namespaces.length === 0)
    return text`${green("equal")}: ${count(objects.after, "policy", "policies")}, none changed`;
  const where = count(namespaces.length, "namespace");
  if (isEqual)
    return text`${green("equal in effect")}: rewritten in ${where}, but no connection is decided differently`;
  const told = [
    newlyAllowed > 0 ? `${newlyAllowed} newly allowed` : "",
    newlyDenied > 0 ? `${newlyDenied} newly denied` : "",
  ].filter((part) => part !== "");
  if (told.length === 0 && !isComplete)
    return text`${yellow("not proven equal")}: no change was found in ${where}, but there is too much to compare`;
  return text`${yellow("different")}: ${told.length === 0 ? "what is applied changes" : listed(told)} in ${where}`;
}
