import { equal, intersect, type Interval, intervalSet, subtract } from "../../net/interval-set.ts";
import { allAddresses, equalIp, formatIpSet, type IpSet, ipSetOfAll } from "../../net/ip-set.ts";
import { familyMax } from "../../net/ip.ts";
import { anyL4, l4Protocol, type L4Set, type PortProtocol, readL4Point } from "../../net/l4.ts";
import { quoted } from "../../quoted.ts";
import { cellEnd, type Column, noRule } from "../column.ts";
import { type CompiledRules, compile, type SymbolicDestination } from "../compile.ts";
import type {
  NetworkPolicyDraft,
  NetworkPolicyDraftPeer,
  NetworkPolicyDraftPort,
  NetworkPolicyDraftRule,
} from "../draft.ts";
import type { KnownCluster } from "../inspect-set.ts";
import { everyLabel, selects } from "../label-selector.ts";
import type { EgressPolicy } from "../model.ts";
import { familyPartition } from "../partition.ts";
import { actionOfRule } from "./action-of-rule.ts";
import { coverWithExceptions } from "./cover.ts";
import { type ConversionLoss, loss, nameOf, placeOfRule } from "./loss.ts";

export interface NetworkPolicyConversion {
  readonly drafts: readonly NetworkPolicyDraft[];
  readonly losses: readonly ConversionLoss[];
}

/** What a firewall allows, written as allow rules: denied addresses and ports are cut out of it exactly. */
export function networkPolicyOfRules(policy: EgressPolicy, cluster: KnownCluster | undefined): NetworkPolicyConversion {
  const losses: ConversionLoss[] = [];
  const name = nameOf(policy);
  const resolve = nodeResolver(cluster);
  for (const rule of policy.rules) {
    const { to, text, written, l4 } = rule;
    const action = actionOfRule(rule);
    if (to.kind === "addresses" || l4.length === 0) continue;
    const at = placeOfRule(policy, written);
    if (to.kind === "name") {
      losses.push(loss(`${action}_name_dropped`, at, `${quoted(text)} names a host, which a NetworkPolicy cannot`));
    } else if (to.kind === "nodes" && resolve(to) !== undefined) {
      losses.push(loss("nodes_frozen", at, `${quoted(text)} becomes today's addresses of the nodes`));
    } else if (to.kind === "nodes") {
      losses.push(loss(`${action}_nodes_dropped`, at, `${quoted(text)} selects nodes, and no cluster dump says which`));
    }
  }
  const known = compile(policy, { resolve });
  const rules = allowedRegions(known).flatMap((region) => {
    const { ports, hasMore } = portsOf(region.l4);
    if (hasMore) {
      const where = quoted(formatIpSet(region.addresses));
      losses.push(loss("other_protocols_dropped", policy.at, `ICMP or other protocols to ${where} are allowed today`));
    }
    if (ports === undefined) return [];
    return [{ to: peersOf(region.addresses), ports, comment: [] } satisfies NetworkPolicyDraftRule];
  });
  if (policy.rules.some(({ action }) => action === "deny")) {
    losses.push(loss("order_lost", policy.at, `${name} has deny rules, which a NetworkPolicy does not`));
  }
  losses.push(loss("policies_add_up", policy.at, `${name} becomes one NetworkPolicy among others`));
  const draft: NetworkPolicyDraft = {
    kind: "NetworkPolicy",
    namespace: policy.namespace,
    name: "egress-firewall",
    comment: [],
    podSelector: everyLabel,
    rules: [
      {
        to: [{ kind: "pods", namespaces: everyLabel }],
        ports: [],
        comment: ["a firewall does not see connections to pods"],
      },
      ...rules,
    ],
  };
  return { drafts: [draft], losses };
}

function nodeResolver(cluster: KnownCluster | undefined): (to: SymbolicDestination) => IpSet | undefined {
  const nodes = cluster?.nodes ?? [];
  return (to) => {
    if (to.kind !== "nodes" || nodes.length === 0) return undefined;
    return ipSetOfAll(nodes.filter(({ labels }) => selects(to.selector, labels)).flatMap(({ addresses }) => addresses));
  };
}

interface Region {
  readonly addresses: IpSet;
  /** All that is allowed to these addresses. */
  readonly l4: L4Set;
}

/** The allowed part of the traffic space, one region for each distinct set of protocols and ports. */
function allowedRegions(list: CompiledRules): readonly Region[] {
  const columns = list.partition.columns.map((column) => allowedL4(list, column));
  const regions = new Map<string, { l4: L4Set; v4: Interval<bigint>[]; v6: Interval<bigint>[] }>();
  for (const family of [4, 6] as const) {
    const { starts, columnOf } = familyPartition(list.partition, family);
    for (const [i, first] of starts.entries()) {
      const l4 = columns[columnOf[i]!]!;
      if (l4.length === 0) continue;
      const key = l4.map((part) => `${part.first}-${part.last}`).join();
      const region = regions.get(key) ?? { l4, v4: [], v6: [] };
      regions.set(key, region);
      const last = (starts[i + 1] ?? familyMax[family] + 1n) - 1n;
      region[family === 4 ? "v4" : "v6"].push({ first, last });
    }
  }
  return [...regions.values()].map(({ l4, v4, v6 }) => ({
    l4,
    addresses: { v4: intervalSet(v4), v6: intervalSet(v6) },
  }));
}

function allowedL4(list: CompiledRules, column: Column): L4Set {
  const cells: Interval<number>[] = [];
  for (const [cell, decider] of column.deciders.entries()) {
    const action = decider === noRule ? list.otherwise : list.rules[decider]!.action;
    if (action === "allow") cells.push({ first: column.starts[cell]!, last: cellEnd(column, cell) });
  }
  return intervalSet(cells);
}

const portProtocols: readonly PortProtocol[] = ["tcp", "udp", "sctp"];

/** `ports` undefined: nothing that a NetworkPolicy can name. Port 0 does not occur on the wire. */
function portsOf(l4: L4Set): {
  readonly ports: readonly NetworkPolicyDraftPort[] | undefined;
  readonly hasMore: boolean;
} {
  if (equal(l4, anyL4)) return { ports: [], hasMore: false };
  const ports: NetworkPolicyDraftPort[] = [];
  for (const protocol of portProtocols) {
    const whole = l4Protocol(protocol);
    const parts = intersect(l4, [whole]);
    if (equal(parts, [whole])) ports.push({ protocol });
    else {
      for (const part of parts) {
        const first = Math.max(1, readL4Point(part.first).port);
        const last = readL4Point(part.last).port;
        if (first === last) ports.push({ protocol, port: first });
        else if (first < last) ports.push({ protocol, port: first, endPort: last });
      }
    }
  }
  const hasMore = subtract(l4, portProtocols.map(l4Protocol)).length > 0;
  return { ports: ports.length === 0 ? undefined : ports, hasMore };
}

/** Empty for everything. */
function peersOf(addresses: IpSet): readonly NetworkPolicyDraftPeer[] {
  if (equalIp(addresses, allAddresses)) return [];
  const blocks = ([4, 6] as const).flatMap((family) => coverWithExceptions(addresses, family));
  return blocks.map(({ cidr, except }) => ({ kind: "cidr", cidr, except }));
}
