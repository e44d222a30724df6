import { union } from "../../../core/net/interval-set.ts";
import {
  type Cidr,
  equalIp,
  formatCidr,
  ipSetKey,
  ipSetOfAll,
  isSubsetIp,
  ipSetOf,
  toCidrs,
} from "../../../core/net/ip-set.ts";
import { formatL4Set, type L4Set } from "../../../core/net/l4.ts";
import { destinationKey } from "../../../core/policy/destination-key.ts";
import type { EgressPolicy, Rule } from "../../../core/policy/model.ts";
import type { RuleEdit } from "../../../core/policy/rule-edit.ts";
import { quoted } from "../../../core/quoted.ts";
import type { Improvement } from "./improvement.ts";
import { printRule, type RuleTarget, targetOf } from "./print-rule.ts";

const told = 3;

/**
 * Rules of a firewall that one rule can take the place of: the same destination on several ports, or blocks that together
 * are one block. Whether the order lets them come together is for the proof to say; the place of the first is tried.
 */
export function mergeableRules(policy: EgressPolicy): readonly Improvement[] {
  if (policy.kind !== "EgressFirewall" && policy.kind !== "EgressNetworkPolicy") return [];
  return [...byDestination(policy), ...byPorts(policy)];
}

function byDestination(policy: EgressPolicy): readonly Improvement[] {
  const groups = Map.groupBy(
    policy.rules,
    ({ action, to }) => `${action} ${to.kind === "addresses" ? ipSetKey(to.addresses) : destinationKey(to)}`,
  );
  return [...groups.values()].flatMap((rules): readonly Improvement[] => {
    const first = rules[0]!;
    const to = targetOf(first.to);
    if (rules.length < 2 || to === undefined) return [];
    const l4 = rules.reduce<L4Set>((all, rule) => union(all, rule.l4), []);
    return merged(policy, rules, to, l4, `have the same destination: one rule can list ${formatL4Set(l4)}`);
  });
}

function byPorts(policy: EgressPolicy): readonly Improvement[] {
  const groups = Map.groupBy(
    policy.rules.filter(({ to }) => to.kind === "addresses"),
    ({ action, l4 }) => `${action} ${l4.map(({ first, last }) => `${first}-${last}`).join()}`,
  );
  return [...groups.values()].flatMap((rules): readonly Improvement[] => {
    if (rules.length < 2) return [];
    const sets = rules.map(({ to }) => (to.kind === "addresses" ? to.addresses : ipSetOf()));
    const cidrs = toCidrs(ipSetOfAll(sets.flatMap((set) => toCidrs(set))));
    return cidrs.flatMap((cidr: Cidr): readonly Improvement[] => {
      const block = ipSetOf(cidr);
      const own = rules.filter((_, i) => isSubsetIp(sets[i]!, block));
      // One that holds the others is no part of a whole: it makes them needless.
      const holdsAll = rules.some((_, i) => equalIp(sets[i]!, block));
      if (own.length < 2 || holdsAll) return [];
      return merged(policy, own, { kind: "cidr", cidr }, own[0]!.l4, `are together exactly ${formatCidr(cidr)}`);
    });
  });
}

function merged(
  policy: EgressPolicy,
  rules: readonly Rule[],
  to: RuleTarget,
  l4: L4Set,
  why: string,
): readonly Improvement[] {
  const [first, ...others] = rules;
  const by = printRule(policy, first!.action, to, l4);
  if (by === undefined) return [];
  const edits: readonly RuleEdit[] = [
    { kind: "replace", rule: first!.written, by },
    ...others.map(({ written }): RuleEdit => ({ kind: "remove", rule: written })),
  ];
  const names = rules.slice(0, told).map(({ text, written }) => `rule ${written} ${quoted(text)}`);
  if (rules.length > told) names.push(`${rules.length - told} more`);
  const message = `${names.slice(0, -1).join(", ")} and ${names.at(-1)!} ${why}`;
  const mend = { kind: "edits", edits, promise: { kind: "same" }, text: "write them as one" } as const;
  return [{ code: "rule_mergeable", policy, rule: first!.written, message, mend }];
}
