import { equal } from "../../../core/net/interval-set.ts";
import { type Cidr, toCidrs } from "../../../core/net/ip-set.ts";
import { anyL4, hasPorts, type L4Set, readL4Point } from "../../../core/net/l4.ts";
import type { DraftCidr, DraftName, DraftNodes, DraftPolicy, DraftPort } from "../../../core/policy/draft.ts";
import type { Destination, EgressPolicy, RuleAction } from "../../../core/policy/model.ts";
import { printPolicy } from "../../../core/policy/print-policy.ts";
import { type PrintedRule, printedRulesOf } from "../../../core/policy/rule-edit.ts";

/** More single ports than this are not worth one rule. */
const mostPorts = 64;

export type RuleTarget = DraftCidr | DraftName | DraftNodes;

/** A rule of a firewall kind as it is to be written; undefined where the kind cannot say it. */
export function printRule(
  { kind, namespace, name }: EgressPolicy,
  action: RuleAction,
  to: RuleTarget,
  l4: L4Set,
): PrintedRule | undefined {
  if (action === "pass") return undefined;
  const ports = portsOf(l4);
  if (ports === undefined) return undefined;
  const shared = { namespace, comment: [] };
  let draft: DraftPolicy;
  if (kind === "EgressFirewall") {
    draft = { ...shared, kind, name: "default", rules: [{ action, to, ports, comment: [] }] };
  } else if (kind === "EgressNetworkPolicy" && ports.length === 0 && to.kind !== "nodes") {
    if (to.kind === "cidr" && to.cidr.family === 6) return undefined;
    draft = { ...shared, kind, name, rules: [{ action, to, comment: [] }] };
  } else return undefined;
  return printedRulesOf(printPolicy(draft))[0];
}

/** Empty for every protocol; undefined where single ports cannot say it. */
export function portsOf(l4: L4Set): readonly DraftPort[] | undefined {
  if (equal(l4, anyL4)) return [];
  const ports: DraftPort[] = [];
  for (const { first, last } of l4) {
    if (last - first >= mostPorts) return undefined;
    for (let point = first; point <= last; point += 1) {
      const { protocol, port } = readL4Point(point);
      if (!hasPorts(protocol) || port === 0) return undefined;
      ports.push({ protocol, port });
    }
  }
  return ports.length === 0 || ports.length > mostPorts ? undefined : ports;
}

/** The destination as one rule can name it; undefined for several blocks, and for pods. */
export function targetOf(to: Destination): RuleTarget | undefined {
  switch (to.kind) {
    case "addresses": {
      const cidrs = toCidrs(to.addresses);
      return cidrs.length === 1 ? { kind: "cidr", cidr: cidrs[0]! } : undefined;
    }
    case "name":
      return { kind: "name", pattern: to.pattern };
    case "nodes":
      return { kind: "nodes", selector: to.selector };
    default:
      return undefined;
  }
}

export function cidrTarget(cidr: Cidr): RuleTarget {
  return { kind: "cidr", cidr };
}
