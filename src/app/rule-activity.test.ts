import { expect, test } from "vitest";
import { edge, harvestOf } from "../../test/cli/made-up.ts";
import { ipSetOf, parseCidr } from "../core/net/ip-set.ts";
import { anyL4 } from "../core/net/l4.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import { noClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import { nothingRead } from "./policy-source.ts";
import { replayFlows } from "./replay-flows.ts";
import { ruleActivity } from "./rule-activity.ts";

const hour = 500_000;

function firewall(fields: Partial<EgressPolicy>, ...texts: readonly string[]): EgressPolicy {
  return {
    kind: "EgressFirewall",
    namespace: "shop",
    name: "default",
    podSelector: undefined,
    isolates: true,
    rules: texts.map((text, written) => {
      const [action, block] = text.split(" ") as ["allow" | "deny", string];
      const cidr = parseCidr(block);
      if (!cidr.ok) throw new TypeError(cidr.error.message);
      return { action, to: { kind: "addresses", addresses: ipSetOf(cidr.value) }, l4: anyL4, text, written };
    }),
    otherwise: "allow",
    at: { file: "shop.yaml", path: "" },
    ruleLocations: [],
    notApplied: undefined,
    ...fields,
  };
}

function told(...policies: readonly EgressPolicy[]): readonly string[] {
  const seen = (hours: readonly number[]) => ({
    activity: hours.map((own) => ({ hour: hour + own, flows: 1 })),
    firstSeenMs: (hour + hours[0]!) * 3_600_000,
    lastSeenMs: (hour + hours.at(-1)!) * 3_600_000,
  });
  const edges = [
    edge("Deployment/web 192.0.2.7 tcp/443", 5, seen([0, 1, 30])),
    edge("Deployment/web 192.0.2.8 tcp/443", 2, seen([50])),
    edge("Deployment/web 10.0.0.1 tcp/443", 1, seen([3])),
    edge("Deployment/web 2001:db8::1 tcp/443", 4, seen([4])),
  ];
  const { groups } = replayFlows({
    harvest: harvestOf(edges),
    facts: noClusterFacts,
    policies: { ...nothingRead, policies: [...policies] },
    against: undefined,
    namespaces: [],
  });
  return ruleActivity(policies, groups).map(({ rule, text, groups: own, flows, days, firstSeenMs, lastSeenMs }) => {
    const at = (ms: number | undefined): string => (ms === undefined ? "never" : String(ms / 3_600_000 - hour));
    return `${rule} ${text}: ${own} groups, ${flows} flows, ${days} days, ${at(firstSeenMs)} to ${at(lastSeenMs)}`;
  });
}

test("each rule with what it decides, those that decide nothing, and what none matches", () => {
  expect(told(firewall({}, "allow 192.0.2.0/24", "allow 198.51.100.0/24", "deny 0.0.0.0/0"))).toEqual([
    "0 allow 192.0.2.0/24: 2 groups, 7 flows, 3 days, 0 to 50",
    "1 allow 198.51.100.0/24: 0 groups, 0 flows, 0 days, never to never",
    "2 deny 0.0.0.0/0: 1 groups, 1 flows, 1 days, 3 to 3",
    "otherwise no rule matches: allow: 1 groups, 4 flows, 1 days, 4 to 4",
  ]);
});

test("an object that the cluster would not apply decides nothing", () => {
  expect(told(firewall({ notApplied: "it has too many rules" }, "deny 0.0.0.0/0"))).toEqual([]);
});

test("firewall and network policy each have their own part in what passes both", () => {
  const policy = firewall({ kind: "NetworkPolicy", name: "web", otherwise: "deny" }, "allow 192.0.2.7/32");
  expect(told(firewall({}, "allow 192.0.2.0/24"), policy).map((line) => line.split(",")[0])).toEqual([
    "0 allow 192.0.2.0/24: 2 groups",
    "otherwise no rule matches: allow: 2 groups",
    "0 allow 192.0.2.7/32: 1 groups",
    "otherwise no rule matches: deny: 3 groups",
  ]);
});
