import { expect, test } from "vitest";
import { containsIp } from "../../../src/core/net/ip-set.ts";
import { l4Point } from "../../../src/core/net/l4.ts";
import type { RuleList } from "../../../src/core/policy/model.ts";
import { ideal } from "../makers/ideal.ts";
import { eachAddress, namesOnly, neighbourhoods, portAnywhere } from "../makers/naive.ts";
import { learn } from "../run.ts";
import { tinySettings } from "../settings.test-support.ts";
import { nodeSet } from "../world/resolution.ts";
import { type TrueFlow, trafficOf } from "../world/traffic.ts";
import { makeWorld, type World } from "../world/world.ts";
import { EnforcedPolicy } from "./enforced.ts";

/** The obvious judge: rule by rule, every name looked up anew for the node and the time. */
function allowsPlainly(world: World, { rules, otherwise }: RuleList, flow: TrueFlow): boolean {
  const point = l4Point(flow.protocol, flow.port);
  const decides = rules.find(({ to, l4 }) => {
    if (!l4.some(({ first, last }) => first <= point && point <= last)) return false;
    if (to.kind === "addresses") return containsIp(to.addresses, world.book.at(flow.address));
    if (to.kind !== "name" || to.pattern.kind !== "exact") return false;
    const { name } = to.pattern;
    const host = world.hosts.get(name);
    if (host === undefined) return world.attackers.get(name)?.has(flow.address) === true;
    return nodeSet(world, host.service, host.key, flow.node, flow.at).has(flow.address);
  });
  return (decides?.action ?? otherwise) === "allow";
}

const world = makeWorld(tinySettings);
const { learned } = learn(world);

test.each([eachAddress, neighbourhoods, namesOnly, portAnywhere, ideal])(
  "$name is judged as the obvious judge would",
  (maker) => {
    const policies = maker.make(learned, world);
    let allowed = 0;
    let denied = 0;
    for (const namespace of world.namespaces) {
      const { list } = policies.get(namespace.name)!;
      const enforced = new EnforcedPolicy(world, learned.facts, list);
      for (const flow of trafficOf(world, namespace, world.learned, world.learned + 3 * 86_400)) {
        const expected = allowsPlainly(world, list, flow);
        if (enforced.allows(flow) !== expected) expect(flow).toBe(expected ? "allowed" : "denied");
        if (expected) allowed += 1;
        else denied += 1;
      }
    }
    expect(Math.min(allowed, denied)).toBeGreaterThan(0);
  },
);
