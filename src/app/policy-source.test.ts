import { expect, test } from "vitest";
import { formatDestination } from "../core/policy/destination-key.ts";
import { codesForTest, manifestForTest } from "../core/policy/kinds/manifest-for-test.ts";
import { readPolicySet } from "./policy-source.ts";

const apiVersion = "projectcalico.org/v3";
const set = {
  apiVersion,
  kind: "GlobalNetworkSet",
  metadata: { name: "partners", labels: { role: "partner" } },
  spec: { nets: ["203.0.113.1/24"] },
};
const tier = { apiVersion, kind: "Tier", metadata: { name: "security" }, spec: { order: 7, defaultAction: "Pass" } };
const policy = {
  apiVersion,
  kind: "NetworkPolicy",
  metadata: { name: "security.partners", namespace: "shop" },
  spec: {
    tier: "security",
    order: 1,
    egress: [{ action: "Allow", destination: { selector: "role == 'partner'", namespaceSelector: "global()" } }],
  },
};

test.each([
  ["before", [set, tier, policy]],
  ["behind", [policy, set, tier]],
])("what policies point to may stand %s them", (_, objects) => {
  const { policies, findings } = readPolicySet(objects.map(manifestForTest), 1, []);
  expect(policies).toHaveLength(1);
  expect(policies[0]!.place).toEqual({ tier: "security", tierOrder: 7, order: 1 });
  expect(policies[0]!.rules.map(({ to }) => formatDestination(to))).toEqual(["203.0.113.0/24"]);
  expect(codesForTest(findings)).toEqual(["calico_net_host_bits at spec.nets[0]"]);
});
