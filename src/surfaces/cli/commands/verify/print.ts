import type { VerifiedNamespace, VerifiedScope, VerifyReport } from "../../../../app/verify-policies.ts";
import { formatIpSet } from "../../../../core/net/ip-set.ts";
import { placeOfOpener } from "../../../../core/policy/open-regions.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Printer } from "../../terminal/printer.ts";
import { tableLines } from "../../terminal/table.ts";
import { bold, dim, green, red, text, type TextLike, yellow } from "../../terminal/text.ts";
import { beyondWords } from "../../words/beyond.ts";
import { count, listed, stretch } from "../../words/count.ts";
import { exposureChange } from "../../words/exposure.ts";
import { place } from "../../words/place.ts";
import { unknownReason } from "../../words/reason.ts";
import { past } from "../../words/verdict.ts";
import { connection, decider, deciderPlace } from "./entries.ts";

const shown = 10;

/** On a terminal a section per namespace; in a pipe one line per thing that is found or open. */
export function printVerification(report: VerifyReport, out: Printer): void {
  if (out.view.isTerminal) for (const own of report.namespaces) printNamespace(own, out);
  else out.asTheyAre(tableLines(columns, report.namespaces.flatMap(rowsOf), out.view));
}

function printNamespace(own: VerifiedNamespace, out: Printer): void {
  const { namespace, policies, checks, counterexamples, open, scopes } = own;
  out.line(text`${bold(namespace)}  ${dim(listed(policies.map((policy) => `${policy.kind}/${policy.name}`)))}`);
  for (const { name, passed, detail } of checks) {
    out.line(text`  ${passed ? green("✓") : red("✗")} ${name}  ${dim(detail)}`, 6);
  }
  for (const one of counterexamples) {
    const head = one.forbidden === undefined ? red("stopped") : red("open   ");
    out.line(text`    ${head}  ${connection(one)}`, 13);
    const because = unknownReason(one.verdict) ?? one.forbidden;
    out.line(text`             ${past(one.verdict.kind)} by ${decider(one)}  ${dim(place(deciderPlace(one)))}`, 15);
    if (because !== undefined) out.line(text`             ${dim(because)}`, 15);
  }
  for (const { addresses, by, reason } of open) {
    out.line(text`    ${red("open   ")}  ${formatIpSet(addresses)}, although ${reason}`, 13);
    out.line(text`             by ${by.text}  ${dim(place(placeOfOpener(by)))}`, 15);
  }
  for (const scope of scopes) printScope(scope, scopes.length > 1, out);
  out.line();
}

function printScope(scope: VerifiedScope, isOneOfMany: boolean, out: Printer): void {
  const { workloads, before, after, beyond, unresolved } = scope;
  if (isOneOfMany) out.line(text`  ${dim("for")} ${listed(workloads.map(formatWorkload))}`, 6);
  out.line(text`  ${dim("open")}  ${exposureChange(before, after)}`, 8);
  if (beyond.length > 0) out.line(text`  ${dim("allowed besides what was recorded, largest first")}`);
  for (const own of beyond.slice(0, shown)) {
    out.line(text`    ${beyondWords(own)}  ${dim(own.by.text)}`, 6);
  }
  if (beyond.length > shown) out.line(dim(`    and ${beyond.length - shown} smaller ones`));
  for (const { text: rule } of unresolved) {
    out.line(
      text`    ${yellow("not known")}  what ${rule} stands for: no recorded flow or dump shows its addresses`,
      6,
    );
  }
}

const titles = ["namespace", "what", "destination", "decided by", "at", "why"];
const columns = titles.map((title) => ({ title }));

function rowsOf({
  namespace,
  checks,
  counterexamples,
  open,
  scopes,
}: VerifiedNamespace): readonly (readonly TextLike[])[] {
  return [
    ...checks.map(({ name, passed, detail }) => [namespace, passed ? "passed" : "failed", name, "", "", detail]),
    ...counterexamples.map((one) => [
      namespace,
      one.forbidden === undefined ? "stopped" : "open",
      connection(one),
      decider(one),
      place(deciderPlace(one)),
      unknownReason(one.verdict) ?? one.forbidden ?? "",
    ]),
    ...open.map(({ addresses, by, reason }) => [
      namespace,
      "open",
      formatIpSet(addresses),
      by.text,
      place(placeOfOpener(by)),
      reason,
    ]),
    ...scopes.flatMap(({ beyond, unresolved }) => [
      ...beyond.map((own) => [namespace, "beyond", beyondWords(own), own.by.text, place(placeOfOpener(own.by)), ""]),
      ...unresolved.map(({ text: rule, policy }) => [
        namespace,
        "not known",
        rule,
        "",
        place(policy.at),
        "no recorded flow or dump shows its addresses",
      ]),
    ]),
  ];
}

export function summarise({ namespaces, ungoverned, window, passed }: VerifyReport, err: Printer): void {
  const failed = namespaces.filter((own) => !own.passed).length;
  const all = count(namespaces.length, "namespace");
  const when = window === undefined ? "" : `, ${stretch(window.firstMs, window.lastMs)}`;
  if (passed) err.line(text`${green("verified")} ${all} against what was recorded${dim(when)}`);
  else err.line(text`${red(`${failed} of ${all} failed`)}${dim(when)}`);
  const unwatched = namespaces.filter(({ scopes }) => scopes.every(({ workloads }) => workloads.length === 0));
  if (unwatched.length > 0) {
    const names = unwatched.map(({ namespace }) => namespace);
    const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
    err.line(
      text`${yellow("not shown")} for ${listed(names.slice(0, 8))}${more}: nothing of it was recorded, so nothing says what it needs`,
    );
  }
  if (ungoverned.length > 0) {
    err.line(
      dim(
        `no policy speaks of ${listed(ungoverned.slice(0, 8))}${ungoverned.length > 8 ? ` and ${ungoverned.length - 8} more` : ""}: all of it is open`,
      ),
    );
  }
}
