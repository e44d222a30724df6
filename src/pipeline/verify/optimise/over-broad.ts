import { equal } from "../../../core/net/interval-set.ts";
import { countIp, formatCidr, type IpSet, ipSetOf, isSubsetIp } from "../../../core/net/ip-set.ts";
import { anyL4, countL4, formatL4Set, type L4Set } from "../../../core/net/l4.ts";
import { log2 } from "../../../core/policy/exposure.ts";
import type { EgressPolicy, Rule } from "../../../core/policy/model.ts";
import type { RuleEdit } from "../../../core/policy/rule-edit.ts";
import { quoted } from "../../../core/quoted.ts";
import type { ClusterFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import { awaitedJob } from "./awaited-use.ts";
import { areRestless, coverUse, pointsOf, type UsedBlock } from "./cover-use.ts";
import type { Improvement } from "./improvement.ts";
import { daysText, leastDays, type Observation } from "./observation.ts";
import { portsOf, printRule, targetOf } from "./print-rule.ts";
import type { RuleUse } from "./rule-use.ts";

/** Bits that must be won: an eighth of the space. Less is not worth anybody's attention. */
const worthBits = 3;
const mostBlocks = 8;

/**
 * Allow rules of a firewall of which recorded traffic uses an eighth or less, with the rules that fit: blocks around what
 * is used, and the ports of each. The way to the API server keeps its room for new nodes.
 *
 * The forms that `suggest` chooses among are not asked for: a rule that is narrowed may only become smaller, and what is
 * found must be the same when it is narrowed already, while a choice weighs names, published ranges and the rest of the
 * policy, and lies outside the rule as often as in it. Where blocks alone cannot be trusted to last (too many of them, or
 * new ones to be expected) no change is offered, and the finding sends people to `suggest --policies`, which chooses.
 */
export function overBroadRules(
  policy: EgressPolicy,
  use: RuleUse,
  observation: Observation,
  { apiServer, scheduled }: ClusterFacts,
): readonly Improvement[] {
  if (policy.kind !== "EgressFirewall" && policy.kind !== "EgressNetworkPolicy") return [];
  const { window, sampling } = observation;
  const awaited = window && awaitedJob(scheduled, policy.namespace, window, sampling);
  return policy.rules.flatMap((rule): readonly Improvement[] => {
    const edges = use.edgesOf(policy, rule.written);
    if (rule.action !== "allow" || edges.length === 0 || (rule.to.kind !== "name" && rule.to.kind !== "addresses"))
      return [];
    const found =
      rule.to.kind === "name"
        ? tighterPorts(policy, rule, edges)
        : tighterBlocks(policy, rule, rule.to.addresses, edges);
    if (found === undefined) return [];
    const isForApiServer = edges.some(({ address, port }) =>
      apiServer.some((own) => own.port === port && own.address.value === address.value),
    );
    if (isForApiServer) return [];
    return [
      {
        code: "rule_over_broad",
        policy,
        rule: rule.written,
        message: found.message,
        mend: mendOf(rule, found, observation, awaited),
      },
    ];
  });
}

interface Tighter {
  readonly message: string;
  /** As many edits as it takes; undefined where no few rules can say it. */
  readonly edits: readonly RuleEdit[] | undefined;
  readonly text: string;
  /** Networks beyond those that were used are to be expected. */
  readonly isGrowing: boolean;
}

function mendOf(
  { text }: Rule,
  { edits, text: tighter, isGrowing }: Tighter,
  { days }: Observation,
  awaited: string | undefined,
): Improvement["mend"] {
  if (days + 0.01 < leastDays) {
    return {
      kind: "none",
      because: `${daysText(days)} of recording are too few to narrow a rule: record at least ${leastDays}`,
    };
  }
  // What it needs may lie in the part that is to go.
  if (awaited !== undefined) return { kind: "none", because: awaited };
  if (isGrowing) {
    const because =
      "some of the networks were met on one day only, so others are to be expected: let `postern suggest --policies` choose";
    return { kind: "none", because };
  }
  if (edits === undefined) {
    const because = `no few rules can take the place of ${quoted(text)}: let \`postern suggest --policies\` write those that are needed`;
    return { kind: "none", because };
  }
  return { kind: "edits", edits, promise: { kind: "narrower" }, text: tighter };
}

function tighterBlocks(
  policy: EgressPolicy,
  rule: Rule,
  addresses: IpSet,
  edges: readonly Edge[],
): Tighter | undefined {
  const knowsPorts = policy.kind === "EgressFirewall";
  const blocks = coverUse(edges).map((block) => ({
    ...block,
    cidr: isSubsetIp(ipSetOf(block.cidr), addresses) ? block.cidr : undefined,
    l4: knowsPorts && canList(block.l4) ? block.l4 : rule.l4,
  }));
  const before = countIp(addresses) * BigInt(countL4(rule.l4));
  const fitting = blocks.flatMap(({ cidr, ...rest }) => (cidr === undefined ? [] : [{ ...rest, cidr }]));
  const isComplete = fitting.length === blocks.length && blocks.length <= mostBlocks;
  const after = fitting.reduce((sum, { cidr, l4 }) => sum + countIp(ipSetOf(cidr)) * BigInt(countL4(l4)), 0n);
  const used = blocks.reduce((sum, block) => sum + BigInt(block.addresses), 0n);
  const won = (log2(before) ?? 0) - (log2(isComplete ? after : used * BigInt(countL4(rule.l4))) ?? 0);
  if (won < worthBits) return undefined;
  const ports = equal(rule.l4, anyL4) ? `, on ${formatL4Set(pointsOf(edges))}` : "";
  const message =
    `recorded traffic uses ${used.toLocaleString("en-US")} of the ${sizeText(countIp(addresses))} addresses of ` +
    `${quoted(rule.text)}${ports}`;
  const printed = fitting.map(({ cidr, l4 }) => printRule(policy, "allow", { kind: "cidr", cidr }, l4));
  const isSayable = isComplete && printed.every((one) => one !== undefined);
  return {
    message,
    edits: isSayable ? inPlaceOf(rule.written, printed) : undefined,
    text: `allow ${fitting.map(blockText).join(" and ")}`,
    isGrowing: areRestless(blocks.map(({ days }) => days)),
  };
}

function tighterPorts(policy: EgressPolicy, rule: Rule, edges: readonly Edge[]): Tighter | undefined {
  const used = pointsOf(edges);
  const to = targetOf(rule.to);
  if (to === undefined || !canList(used) || policy.kind !== "EgressFirewall") return undefined;
  if (Math.log2(countL4(rule.l4)) - Math.log2(countL4(used)) < worthBits) return undefined;
  const by = printRule(policy, "allow", to, used);
  const message = `recorded traffic uses only ${formatL4Set(used)} of ${quoted(rule.text)}`;
  return {
    message,
    edits: by === undefined ? undefined : inPlaceOf(rule.written, [by]),
    text: `allow ${formatL4Set(used)} alone`,
    isGrowing: false,
  };
}

function inPlaceOf(rule: number, printed: readonly (ReturnType<typeof printRule> & {})[]): readonly RuleEdit[] {
  const [first, ...others] = printed;
  return [
    { kind: "replace", rule, by: first! },
    ...others.map((add): RuleEdit => ({ kind: "insert", before: rule + 1, add })),
  ];
}

function blockText({ cidr, l4 }: { readonly cidr: UsedBlock["cidr"]; readonly l4: L4Set }): string {
  return `${formatCidr(cidr)}${equal(l4, anyL4) ? "" : ` ${formatL4Set(l4)}`}`;
}

/** Only traffic with known ports can be listed; a rule with ports never matches ICMP. */
function canList(l4: L4Set): boolean {
  return portsOf(l4) !== undefined && l4.length > 0;
}

function sizeText(size: bigint): string {
  return size < 1_000_000n ? size.toLocaleString("en-US") : `2^${log2(size)!.toFixed(0)}`;
}
