import { expect, test } from "vitest";
import { edge, harvestOf } from "../../test/cli/made-up.ts";
import { ipSetOf, parseCidr } from "../core/net/ip-set.ts";
import { anyL4 } from "../core/net/l4.ts";
import { namePattern } from "../core/net/name-pattern.ts";
import type { EgressPolicy, Rule } from "../core/policy/model.ts";
import { noClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import { nothingRead, type PolicyReading } from "./policy-source.ts";
import { replayFlows } from "./replay-flows.ts";

function firewall(...texts: readonly string[]): PolicyReading {
  const rules = texts.map((text, written): Rule => {
    const [action, to] = text.split(" ") as ["allow" | "deny", string];
    const cidr = parseCidr(to);
    return {
      action,
      to: cidr.ok
        ? { kind: "addresses", addresses: ipSetOf(cidr.value) }
        : { kind: "name", pattern: namePattern(to, "one-label") },
      l4: anyL4,
      text,
      written,
    };
  });
  const policy: EgressPolicy = {
    kind: "EgressFirewall",
    namespace: "shop",
    name: "default",
    podSelector: undefined,
    isolates: true,
    rules,
    otherwise: "allow",
    at: { file: "shop.yaml", path: "" },
    ruleLocations: [],
    notApplied: undefined,
  };
  return { ...nothingRead, policies: [policy] };
}

const open = firewall();
const closed = firewall("deny 0.0.0.0/0");
const byName = firewall("allow nobody.example", "deny 0.0.0.0/0");

test.each<[string, PolicyReading | undefined, "seen" | "denied", PolicyReading, string]>([
  ["seen, still allowed", undefined, "seen", open, "kept"],
  ["seen, now denied", undefined, "seen", closed, "broken"],
  ["seen, now unknown", undefined, "seen", byName, "doubtful"],
  ["denied by the cluster, still denied", undefined, "denied", closed, "kept"],
  ["denied by the cluster, now allowed", undefined, "denied", open, "opened"],
  ["denied by the cluster, now unknown", undefined, "denied", byName, "doubtful"],
  ["allowed by the other policies, now denied", open, "seen", closed, "broken"],
  ["denied by the other policies too", closed, "seen", closed, "kept"],
  ["unknown by the other policies, now denied", byName, "seen", closed, "broken"],
  ["unknown by the other policies, now allowed", byName, "seen", open, "kept"],
])("%s", (_title, against, verdict, policies, outcome) => {
  const harvest = harvestOf([edge("Deployment/web 192.0.2.7 tcp/443", 5, { verdict })]);
  const report = replayFlows({ harvest, facts: noClusterFacts, policies, against, namespaces: [] });
  expect(report.groups.map((group) => group.outcome)).toEqual([outcome]);
  expect(report.counts[outcome as "kept"]).toEqual({ groups: 1, flows: 5 });
});

test("flows of namespaces without a policy are counted apart, and other namespaces can be left out", () => {
  const edges = [
    edge("Deployment/web 192.0.2.7 tcp/443", 5),
    edge("Deployment/web 192.0.2.7 tcp/443", 7, { namespace: "other" }),
  ];
  const base = { harvest: harvestOf(edges), facts: noClusterFacts, policies: closed, against: undefined };
  expect(replayFlows({ ...base, namespaces: [] }).ungoverned).toEqual({ groups: 1, flows: 7 });
  expect(replayFlows({ ...base, namespaces: ["shop"] }).groups).toHaveLength(1);
});
