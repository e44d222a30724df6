import { isSubset } from "../../../core/net/interval-set.ts";
import { type Cidr, countIp, formatCidr, type IpSet, ipSetOf, isSubsetIp } from "../../../core/net/ip-set.ts";
import { formatIp } from "../../../core/net/ip.ts";
import type { EgressPolicy, Rule } from "../../../core/policy/model.ts";
import type { RuleEdit } from "../../../core/policy/rule-edit.ts";
import { quoted } from "../../../core/quoted.ts";
import type { Edge } from "../../flows/edge.ts";
import { blockOf } from "../../suggest/needs.ts";
import { coverUse } from "./cover-use.ts";
import type { Improvement } from "./improvement.ts";
import type { Observation } from "./observation.ts";
import { printRule } from "./print-rule.ts";
import type { RuleUse } from "./rule-use.ts";

const dayHours = 24;
/** A host's own block; more addresses than this in a rule are a network and not a name's answers. */
const mostAddresses = 16n;
/** From so many addresses on, with days this unlike each other, a name does not stand still long enough for nodes. */
const manyAddresses = 8;
const unlike = 0.5;
const mostBlocks = 4;
const leastDays = 3;

/** Addresses that should be a name, and names that need addresses beside them; firewalls with names only. */
export function nameRules(
  policy: EgressPolicy,
  use: RuleUse,
  edges: readonly Edge[],
  observation: Observation,
): readonly Improvement[] {
  if (policy.kind !== "EgressFirewall" || observation.days < leastDays) return [];
  const own = edges.filter(({ namespace }) => namespace === policy.namespace);
  const byName = new Map<string, Edge[]>();
  for (const edge of own) {
    for (const name of edge.names) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [edge]);
      else known.push(edge);
    }
  }
  return policy.rules.flatMap((rule): readonly Improvement[] => {
    if (rule.action !== "allow") return [];
    if (rule.to.kind === "name") return flapping(policy, rule, byName);
    return rule.to.kind === "addresses" ? moving(policy, rule, rule.to.addresses, use, byName) : [];
  });
}

/** All that the rule lets through goes to one name, and that name has left an address behind while it was watched. */
function moving(
  policy: EgressPolicy,
  rule: Rule,
  addresses: IpSet,
  use: RuleUse,
  byName: ReadonlyMap<string, readonly Edge[]>,
): readonly Improvement[] {
  const edges = use.edgesOf(policy, rule.written);
  if (countIp(addresses) > mostAddresses || edges.length === 0) return [];
  const names = edges[0]!.names.filter((name) => edges.every((edge) => edge.names.includes(name)));
  const [name] = names;
  if (name === undefined || names.length > 1) return [];
  const all = byName.get(name) ?? [];
  const hasMoved = movedOn(all);
  if (!hasMoved || changesDaily(all)) return [];
  const by = printRule(policy, "allow", { kind: "name", pattern: { kind: "exact", name } }, rule.l4);
  if (by === undefined) return [];
  const count = new Set(all.map(({ address }) => formatIp(address))).size;
  const message = `${quoted(rule.text)} is used for ${quoted(name)} alone, which had ${count} addresses one after the other`;
  const edits: readonly RuleEdit[] = [{ kind: "replace", rule: rule.written, by }];
  const opened: EgressPolicy["rules"] = [{ ...rule, to: { kind: "name", pattern: { kind: "exact", name } } }];
  const mend = { kind: "edits", edits, promise: { kind: "opens", opened }, text: `allow the name ${name}` } as const;
  return [{ code: "rule_address_moves", policy, rule: rule.written, message, mend }];
}

/** The name's addresses are many and others every day: what a node resolves is not what the pod is given. */
function flapping(
  policy: EgressPolicy,
  rule: Rule,
  byName: ReadonlyMap<string, readonly Edge[]>,
): readonly Improvement[] {
  if (rule.to.kind !== "name" || rule.to.pattern.kind !== "exact") return [];
  const { name } = rule.to.pattern;
  const edges = byName.get(name) ?? [];
  const count = new Set(edges.map(({ address }) => formatIp(address))).size;
  if (count < manyAddresses || !changesDaily(edges)) return [];
  const blocks = coverUse(edges).map(({ cidr }) => cidr);
  const beside = policy.rules.filter(
    ({ action, to, l4 }) => action === "allow" && to.kind === "addresses" && isSubset(rule.l4, l4),
  );
  const isAllowed = (cidr: Cidr): boolean =>
    beside.some(({ to }) => to.kind === "addresses" && isSubsetIp(ipSetOf(cidr), to.addresses));
  // Somebody listed all that was seen: as narrow as that was meant.
  const isBeside = blocks.every(isAllowed) || edges.every((edge) => isAllowed(blockOf(edge)));
  if (isBeside) return [];
  const message = `the addresses of ${quoted(name)} change from day to day: ${count} were seen`;
  const found = { code: "rule_name_flaps", policy, rule: rule.written, message } as const;
  const printed = blocks.map((cidr) => printRule(policy, "allow", { kind: "cidr", cidr }, rule.l4));
  if (blocks.length > mostBlocks || printed.some((one) => one === undefined)) {
    const because =
      "they come from too many networks for a few rules: `postern suggest` with `--ranges` of the provider can choose them";
    return [{ ...found, mend: { kind: "none", because } }];
  }
  const edits = printed.map((add): RuleEdit => ({ kind: "insert", before: rule.written + 1, add: add! }));
  const opened = blocks.map((cidr): Rule => ({ ...rule, to: { kind: "addresses", addresses: ipSetOf(cidr) } }));
  const text = `also allow ${blocks.map(formatCidr).join(" and ")} on its ports`;
  return [{ ...found, mend: { kind: "edits", edits, promise: { kind: "opens", opened }, text } }];
}

function daysOf({ activity }: Edge): ReadonlySet<number> {
  return new Set(activity.map(({ hour }) => Math.floor(hour / dayHours)));
}

/** Some address was last met before another was met first. */
function movedOn(edges: readonly Edge[]): boolean {
  const spans = edges.flatMap((edge) => {
    const days = [...daysOf(edge)];
    return days.length === 0 ? [] : [{ first: Math.min(...days), last: Math.max(...days) }];
  });
  return spans.some((a) => spans.some((b) => a.last < b.first));
}

/** Days after each other share less than half of their addresses, on average. */
function changesDaily(edges: readonly Edge[]): boolean {
  const byDay = new Map<number, Set<string>>();
  for (const edge of edges) {
    for (const day of daysOf(edge)) {
      const known = byDay.get(day) ?? new Set<string>();
      byDay.set(day, known.add(formatIp(edge.address)));
    }
  }
  const days = [...byDay].toSorted(([a], [b]) => a - b).map(([, own]) => own);
  if (days.length < leastDays) return false;
  const shares = days.slice(1).map((own, i) => own.intersection(days[i]!).size / own.union(days[i]!).size);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length < unlike;
}
