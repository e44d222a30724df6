import type {
  ExplainedHalf,
  ExplainedNearMiss,
  ExplainedOutcome,
  ExplainedPods,
  Explanation,
  RuleReference,
} from "../../../../app/explain-connection.ts";
import type { AllowingRule } from "../../../../app/explain-remedy.ts";
import { allAddresses, equalIp, formatIpSet } from "../../../../core/net/ip-set.ts";
import { formatL4Set } from "../../../../core/net/l4.ts";
import { formatPolicyName } from "../../../../core/policy/namespace-policies.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Edge } from "../../../../pipeline/flows/edge.ts";
import type { Context } from "../../context.ts";
import { quoteEntry } from "../../quote-rule.ts";
import { bold, dim, text, type Text, yellow } from "../../terminal/text.ts";
import { count, listed, stretch } from "../../words/count.ts";
import { edgeAddress } from "../../words/edge.ts";
import { place } from "../../words/place.ts";
import { inColour, past } from "../../words/verdict.ts";
import type { ExplainOptions } from "./explain-options.ts";

/** The whole answer is the result, so all of it goes to standard output, on a terminal and in a pipe alike. */
export async function printExplanation(
  options: ExplainOptions,
  explanation: Explanation,
  context: Context,
): Promise<void> {
  const { out } = context;
  const { kind, reason, cases, names, addresses } = explanation;
  const from = options.workload === undefined ? options.namespace : `${options.namespace} ${options.workload}`;
  out.line(text`${bold(inColour(kind, past(kind).toUpperCase()))}  ${from} → ${bold(options.toText)}`);
  if (reason !== undefined) out.line(text`  ${reason}`, 2);
  const isName = options.to.host.kind === "name";
  if (isName && addresses.length > 0) out.line(text`  ${dim("seen at")} ${listed(addresses)}`, 10);
  if (!isName && names.length > 0) out.line(text`  ${dim("known as")} ${listed(names)}`, 11);
  for (const pods of cases) await printPods(pods, cases.length > 1, context);
  for (const { policy, because } of explanation.setAside) {
    out.line();
    out.line(text`  ${yellow("left aside:")} ${formatPolicyName(policy)} ${dim(place(policy.at))}: ${because}`, 4);
  }
  if (explanation.seen !== undefined) printSeen(explanation.seen, context);
}

async function printPods({ pods, kind, halves }: ExplainedPods, isOneOfMany: boolean, context: Context): Promise<void> {
  const { out } = context;
  if (isOneOfMany) {
    out.line();
    out.line(text`${bold(pods)}  ${inColour(kind, past(kind))}`);
  }
  for (const half of halves) await printHalf(half, context);
}

const halfNames = { "egress-firewall": "egress firewall", "network-policy": "network policies" } as const;

async function printHalf(half: ExplainedHalf, context: Context): Promise<void> {
  const { out } = context;
  const { kind, policies, override, passed, outcomes, doubts, nearMisses, remedy } = half;
  out.line();
  const who = policies.length === 0 ? "none applies" : listed(policies.map(formatPolicyName));
  out.line(text`  ${bold(halfNames[half.half])}  ${inColour(kind, past(kind))}  ${dim(who)}`, 4);
  if (override !== undefined) {
    out.line(text`    ${override}`, 4);
    return;
  }
  if (policies.length === 0) return;
  for (const rule of passed) out.line(text`    passed on by ${ruleText(rule)}`, 6);
  for (const doubt of doubts)
    out.line(text`    ${yellow("cannot tell")} whether ${ruleText(doubt)} matches; if not:`, 6);
  for (const outcome of telling(outcomes)) await printOutcome(outcome, outcomes.length > 1, context);
  const close = nearMisses.filter(({ why }) => why !== "unresolved").slice(0, mostNearMisses);
  if (close.length > 0) out.line(text`    ${dim("close, but not decisive:")}`);
  for (const miss of close) out.line(text`      ${nearMissText(miss)}`, 8);
  if (remedy !== undefined) printRemedy(remedy, context);
}

const mostNearMisses = 6;

/** A rule that names the destination comes first, and what decides like it anyway needs no mention. */
function telling(outcomes: readonly ExplainedOutcome[]): readonly ExplainedOutcome[] {
  const named = outcomes.find(({ isByName }) => isByName);
  if (named === undefined) return outcomes;
  return [named, ...outcomes.filter(({ action }) => action !== named.action)];
}

async function printOutcome(
  { action, rule, addresses, isByName }: ExplainedOutcome,
  isOneOfMany: boolean,
  { out, ports }: Context,
): Promise<void> {
  const where = isOneOfMany && !isByName ? ` where it resolves into ${shortSet(addresses)}` : "";
  const verdict = inColour(action, past(action));
  if (rule === undefined) {
    out.line(text`    ${verdict}${where}: no rule matches`, 6);
    return;
  }
  out.line(text`    ${verdict}${where} by ${ruleText(rule)}`, 6);
  const lines = rule.at === undefined ? undefined : await ports.readLines(rule.at.file);
  for (const { number, text: quoted } of lines === undefined ? [] : quoteEntry(lines, rule.at!)) {
    out.line(text`      ${dim(`${String(number).padStart(4)} │`)} ${quoted}`);
  }
}

function shortSet(addresses: ExplainedOutcome["addresses"]): string {
  if (equalIp(addresses, { v4: allAddresses.v4, v6: [] })) return "any IPv4 address";
  if (equalIp(addresses, { v4: [], v6: allAddresses.v6 })) return "any IPv6 address";
  const parts = formatIpSet(addresses).split(", ");
  return parts.length <= 3 ? parts.join(", ") : "any other address";
}

function ruleText({ written, text: own, at }: RuleReference): Text {
  if (written === "otherwise") return text`${bold(own)}  ${dim(place(at))}`;
  return text`rule ${written}, ${bold(own)}  ${dim(place(at))}`;
}

function nearMissText({ why, rule }: ExplainedNearMiss): Text {
  switch (why) {
    case "other-port": {
      const ports = rule.policy.rules
        .filter(({ written }) => written === rule.written)
        .map(({ l4 }) => formatL4Set(l4));
      return text`${ruleText(rule)}: right destination, but only ${listed([...new Set(ports)])}`;
    }
    case "too-late":
      return text`${ruleText(rule)}: matches too, but an earlier rule decides`;
    case "other-name":
      return text`${ruleText(rule)}: a name of the same domain, but it does not match${
        rule.text.includes("*.") ? ": `*` stands for exactly one label" : ""
      }`;
    case "unresolved":
      return text`${ruleText(rule)}: its addresses are not known`;
    default:
      return why satisfies never;
  }
}

function printRemedy({ policy, before, at, yaml, cautions }: AllowingRule, { out }: Context): void {
  const where =
    before === undefined
      ? `anywhere in \`spec.egress\` of ${formatPolicyName(policy)}`
      : at === undefined
        ? `at the end of \`spec.egress\` of ${formatPolicyName(policy)}`
        : `before rule ${before} of ${formatPolicyName(policy)}`;
  out.line(text`    ${dim("to allow it, add")} ${where}  ${dim(place(at ?? policy.at))}`, 6);
  for (const line of yaml) out.line(text`           ${dim("+")} ${line}`);
  for (const caution of cautions) out.line(text`      ${yellow("note:")} ${caution}`, 8);
}

const mostSeen = 8;

function printSeen(seen: readonly Edge[], { out }: Context): void {
  out.line();
  if (seen.length === 0) {
    out.line(text`  ${bold("recorded flows")}  ${dim("none to this destination and port")}`);
    return;
  }
  const flows = seen.reduce((sum, edge) => sum + edge.flows, 0);
  out.line(text`  ${bold("recorded flows")}  ${count(flows, "flow")}`);
  const sorted = seen.toSorted((a, b) => b.flows - a.flows);
  for (const edge of sorted.slice(0, mostSeen)) {
    const when = edge.firstSeenMs === undefined ? "" : `, ${stretch(edge.firstSeenMs, edge.lastSeenMs!)}`;
    const by = edge.decidedBy.length === 0 ? "" : ` by ${edge.decidedBy.join(", ")}`;
    const verdict = edge.verdict === "seen" ? "" : `, ${edge.verdict}${by}`;
    out.line(
      text`    ${formatWorkload(edge.workload)} → ${edgeAddress(edge)}  ${dim(`${count(edge.flows, "flow")}${when}${verdict}`)}`,
      6,
    );
  }
  if (sorted.length > mostSeen) out.line(text`    ${dim(`and ${sorted.length - mostSeen} more`)}`);
}
