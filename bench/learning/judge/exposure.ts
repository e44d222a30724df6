import { type IpSet, ipSetOfAll, noAddresses, subtractIp, unionIp } from "../../../src/core/net/ip-set.ts";
import { matchesName } from "../../../src/core/net/name-pattern.ts";
import { cellEnd, noRule } from "../../../src/core/policy/column.ts";
import { compile, type SymbolicDestination } from "../../../src/core/policy/compile.ts";
import type { RuleList } from "../../../src/core/policy/model.ts";
import { familyPartition, rangeEnd } from "../../../src/core/policy/partition.ts";
import type { ClusterFacts } from "../../../src/pipeline/flows/cluster-facts.ts";
import type { World } from "../world/world.ts";
import { fixedAddresses } from "./fixed-addresses.ts";

/**
 * log2 of the address × port pairs that a policy leaves open, names by every address they resolved to in the judged days.
 * Of IPv6 a /64 counts as one address: a single subnet would outweigh all of IPv4 otherwise.
 */
export function judgedExposure(world: World, facts: ClusterFacts, list: RuleList): number {
  const excluded = ipSetOfAll(facts.clusterNetworks);
  const resolve = (to: SymbolicDestination): IpSet => {
    if (to.kind !== "name") return fixedAddresses(facts, to) ?? noAddresses;
    const { pattern } = to;
    if (pattern.kind === "exact") return addressesOf(world, pattern.name);
    const names = [...world.hosts.keys()].filter((name) => matchesName(pattern, name));
    return names.reduce<IpSet>((set, name) => unionIp(set, addressesOf(world, name)), noAddresses);
  };
  const { partition, otherwise, rules } = compile(list, { excluded, resolve });
  const open = partition.columns.map((column) => {
    let points = 0;
    for (const [cell, index] of column.deciders.entries()) {
      const action = index === noRule ? otherwise : rules[index]!.action;
      if (action === "allow") points += cellEnd(column, cell) - column.starts[cell]! + 1;
    }
    return points;
  });
  let pairs = 0;
  for (const family of [4, 6] as const) {
    const own = familyPartition(partition, family);
    for (const [range, first] of own.starts.entries()) {
      const points = open[own.columnOf[range]!]!;
      if (points === 0) continue;
      const only = [{ first, last: rangeEnd(own, range) }];
      const outside = subtractIp({ v4: family === 4 ? only : [], v6: family === 6 ? only : [] }, excluded);
      for (const piece of family === 4 ? outside.v4 : outside.v6) {
        const size = piece.last - piece.first + 1n;
        pairs += points * Number(family === 4 ? size : (size + 0xffff_ffff_ffff_ffffn) >> 64n);
      }
    }
  }
  return Math.log2(Math.max(1, pairs));
}

function addressesOf({ hosts, attackers, book, learned, horizon }: World, name: string): IpSet {
  const host = hosts.get(name);
  if (host === undefined) return ipSetOfAll([...(attackers.get(name) ?? [])].map((id) => book.at(id)));
  const pools = [host.service.v4, ...(host.service.v6 === undefined ? [] : [host.service.v6])];
  return ipSetOfAll(pools.flatMap((pool) => [...pool.behind(host.key, learned, horizon)]).map((id) => book.at(id)));
}
