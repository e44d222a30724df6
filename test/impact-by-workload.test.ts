import { expect, test } from "vitest";
import { policyFilesWith } from "../src/adapters/manifests/policy-files.ts";
import { impactByWorkload } from "../src/app/impact-by-workload.ts";
import { replayFlows } from "../src/app/replay-flows.ts";
import { formatWorkload } from "../src/core/workload/workload.ts";
import { noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import { edgeForTest } from "./arbitraries/edge.ts";
import { request } from "./suggest-request.ts";

const nothing: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {},
};

test("what breaks comes first, with the rules that decide, and what stays is counted", () => {
  const text =
    "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\nspec:\n  egress:\n" +
    "    - {type: Allow, to: {cidrSelector: 192.0.2.0/24}}\n    - {type: Deny, to: {cidrSelector: 0.0.0.0/0}}\n";
  const edges = [
    edgeForTest("shop/Deployment/api tcp 192.0.2.1:443", { flows: 5 }),
    edgeForTest("shop/Deployment/api tcp 192.0.2.2:443 denied", { flows: 2 }),
    edgeForTest("shop/Deployment/web tcp 192.0.2.1:443", { flows: 7 }),
    edgeForTest("shop/Deployment/web tcp 198.51.100.1:443", { flows: 3 }),
    edgeForTest("shop/Deployment/web tcp 198.51.100.2:443", { flows: 4 }),
  ];
  const { groups } = replayFlows({
    harvest: request(edges).harvest,
    facts: noClusterFacts,
    policies: policyFilesWith({ stdin: nothing }).policiesIn("shop.yaml", text, {}),
    against: undefined,
    namespaces: [],
  });
  const told = impactByWorkload(groups).map(({ workload, counts, deciders }) => [
    formatWorkload(workload),
    counts.kept.flows,
    ...deciders.map(
      ({ outcome, text: rule, groups: n, flows }) => `${outcome} by ${rule}: ${n} groups, ${flows} flows`,
    ),
  ]);
  expect(told).toEqual([
    ["Deployment/web", 7, "broken by Deny 0.0.0.0/0: 2 groups, 7 flows"],
    ["Deployment/api", 5, "opened by Allow 192.0.2.0/24: 1 groups, 2 flows"],
  ]);
});
