/**
 * The obvious version of policies that are asked tier by tier (policy-semantics §3.6): every way in which what is unknown
 * may turn out is tried, one by one. Never optimised.
 */
import type { IpAddress } from "../../src/core/net/ip.ts";
import { l4Point } from "../../src/core/net/l4.ts";
import type { EgressPolicy, Rule, RuleAction } from "../../src/core/policy/model.ts";
import type { Connection, KnownAddresses } from "./evaluate.ts";

export interface OracleQuestion {
  /** Network policies, of any kind, that select the pod or may. */
  readonly policies: readonly EgressPolicy[];
  /** Those that may not. */
  readonly uncertain: ReadonlySet<EgressPolicy>;
  readonly connection: Connection;
  readonly known: KnownAddresses;
}

/** `unknown` when two ways lead to different ends. */
export function oracleTiers(question: OracleQuestion): "allow" | "deny" | "unknown" {
  const ends = new Set<RuleAction>();
  for (const chosen of subsets(question.policies, (policy) => !question.uncertain.has(policy))) {
    for (const order of orders(chosen)) {
      const open = order.flatMap((policy) => policy.rules.filter((rule) => fits(rule, question) === "unknown"));
      for (const matching of subsets(open, () => false)) {
        ends.add(walk(order, new Set(matching), question));
        if (ends.size > 1) return "unknown";
      }
    }
  }
  return [...ends][0] === "deny" ? "deny" : "allow";
}

function walk(policies: readonly EgressPolicy[], matching: ReadonlySet<Rule>, question: OracleQuestion): RuleAction {
  const matches = (rule: Rule): boolean => fits(rule, question) === "yes" || matching.has(rule);
  for (const tier of ["admin", "default", "baseline"]) {
    const own = policies.filter(({ place }) => (place?.tier ?? "default") === tier);
    const rules = own.flatMap((policy) => policy.rules);
    if (tier === "default") {
      // They add up: any deny, then any allow, then what isolation does.
      if (rules.some((rule) => rule.action === "deny" && matches(rule))) return "deny";
      if (rules.some((rule) => rule.action === "allow" && matches(rule))) return "allow";
      if (own.some(({ isolates, otherwise }) => isolates && otherwise === "deny")) return "deny";
    } else {
      const first = rules.find(matches);
      if (first !== undefined && first.action !== "pass") return first.action;
    }
  }
  return "allow";
}

/** Every order of policies that have the same priority in a tier; the others as their priorities say. */
function orders(policies: readonly EgressPolicy[]): readonly (readonly EgressPolicy[])[] {
  const order = ({ place }: EgressPolicy): number => place?.order ?? 0;
  return permutations(policies).filter((some) =>
    some.every((policy, i) => i === 0 || order(some[i - 1]!) <= order(policy)),
  );
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((first, i) => permutations(items.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

function subsets<T>(items: readonly T[], isAlwaysIn: (item: T) => boolean): readonly (readonly T[])[] {
  return Array.from({ length: 2 ** items.length }, (_, bits) =>
    items.filter((_item, i) => (bits & (1 << i)) !== 0),
  ).filter((some) => items.every((item) => !isAlwaysIn(item) || some.includes(item)));
}

function fits({ to, l4 }: Rule, { connection, known }: OracleQuestion): "yes" | "no" | "unknown" {
  const { address, protocol, port } = connection;
  const point = l4Point(protocol, port);
  if (!l4.some(({ first, last }) => first <= point && point <= last)) return "no";
  if (to.kind === "addresses") {
    const intervals = address.family === 4 ? to.addresses.v4 : to.addresses.v6;
    return intervals.some(({ first, last }) => first <= address.value && address.value <= last) ? "yes" : "no";
  }
  const addresses = known(to);
  if (addresses === undefined) return "unknown";
  return addresses.some((each: IpAddress) => each.family === address.family && each.value === address.value)
    ? "yes"
    : "no";
}
