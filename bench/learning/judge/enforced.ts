import { containsIp, type IpSet, ipSetOfAll } from "../../../src/core/net/ip-set.ts";
import { type L4Point, l4Point } from "../../../src/core/net/l4.ts";
import { matchesName } from "../../../src/core/net/name-pattern.ts";
import { cellAt, noRule } from "../../../src/core/policy/column.ts";
import { type CompiledRules, compile, type SymbolicDestination } from "../../../src/core/policy/compile.ts";
import type { RuleList } from "../../../src/core/policy/model.ts";
import { columnAt } from "../../../src/core/policy/partition.ts";
import type { ClusterFacts } from "../../../src/pipeline/flows/cluster-facts.ts";
import { nodeSet } from "../world/resolution.ts";
import type { TrueFlow } from "../world/traffic.ts";
import type { World } from "../world/world.ts";
import { fixedAddresses } from "./fixed-addresses.ts";

/**
 * A policy as the nodes of the cluster enforce it. Rules by address are compiled once; a rule by name matches what the flow's
 * own node got for the name when it last asked, which may not be what the pod was told.
 */
export class EnforcedPolicy {
  readonly #world: World;
  readonly #list: CompiledRules;
  /** Decider by address and port: the same few destinations come a million times. */
  readonly #deciders = new Map<number, number>();
  /** Rules by name that could hold an address, by address. */
  readonly #candidates = new Map<number, readonly number[]>();

  constructor(world: World, facts: ClusterFacts, list: RuleList) {
    this.#world = world;
    const resolve = (to: SymbolicDestination): IpSet | undefined => fixedAddresses(facts, to);
    this.#list = compile(list, { excluded: ipSetOfAll(facts.clusterNetworks), resolve });
  }

  allows(flow: TrueFlow): boolean {
    const l4 = l4Point(flow.protocol, flow.port);
    let decider = this.#decider(flow.address, l4);
    for (const index of this.#list.symbolic.length === 0 ? [] : this.#named(flow.address)) {
      if (index >= decider) break;
      if (this.#covers(index, l4) && this.#matches(index, flow)) {
        decider = index;
        break;
      }
    }
    const rule = this.#list.rules[decider];
    return (rule === undefined ? this.#list.otherwise : rule.action) === "allow";
  }

  /** Index of the deciding rule by address; beyond the last rule when none decides. */
  #decider(address: number, l4: L4Point): number {
    const key = address * 0x40000 + l4;
    const known = this.#deciders.get(key);
    if (known !== undefined) return known;
    const column = columnAt(this.#list.partition, this.#world.book.at(address));
    const found = column.deciders[cellAt(column, l4)]!;
    const decider = found === noRule ? Number.MAX_SAFE_INTEGER : found;
    this.#deciders.set(key, decider);
    return decider;
  }

  #covers(index: number, l4: L4Point): boolean {
    return this.#list.rules[index]!.l4.some(({ first, last }) => first <= l4 && l4 <= last);
  }

  /** Rules whose name can ever stand for the address: only these need to be asked, in the order of the list. */
  #named(address: number): readonly number[] {
    const known = this.#candidates.get(address);
    if (known !== undefined) return known;
    const at = this.#world.book.at(address);
    const found = this.#list.symbolic.flatMap(({ index, to }) => {
      if (to.kind !== "name") return [];
      if (to.pattern.kind !== "exact") return [index];
      const { hosts, attackers } = this.#world;
      const host = hosts.get(to.pattern.name);
      if (host !== undefined) return containsIp(host.reach, at) ? [index] : [];
      return attackers.get(to.pattern.name)?.has(address) === true ? [index] : [];
    });
    this.#candidates.set(address, found);
    return found;
  }

  #matches(index: number, flow: TrueFlow): boolean {
    const { to } = this.#list.rules[index]!;
    if (to.kind !== "name") return false;
    const { pattern } = to;
    // A wildcard is fed by the pods' own questions, so what the pod was told is there (DNSNameResolver, §1.5).
    if (pattern.kind !== "exact") return flow.host !== undefined && matchesName(pattern, flow.host);
    const host = this.#world.hosts.get(pattern.name);
    if (host === undefined) return this.#world.attackers.get(pattern.name)?.has(flow.address) === true;
    return nodeSet(this.#world, host.service, host.key, flow.node, flow.at).has(flow.address);
  }
}
