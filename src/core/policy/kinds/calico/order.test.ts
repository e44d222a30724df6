import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calicoVerdict, type OraclePolicy, type OracleTier } from "../../../../../test/oracle/calico.ts";
import { formatIpSet, type IpSet, noAddresses } from "../../../net/ip-set.ts";
import { parseIp } from "../../../net/ip.ts";
import { l4Point } from "../../../net/l4.ts";
import { compareSets } from "../../compare-sets.ts";
import type { SymbolicDestination } from "../../compile.ts";
import { effectivePolicy, evaluateEffective, type EffectiveVerdict } from "../../effective.ts";
import { selects } from "../../label-selector.ts";
import type { EgressPolicy } from "../../model.ts";
import { readPolicy } from "../../read-policy.ts";
import { selectsPod } from "../../subject.ts";
import { manifestForTest } from "../manifest-for-test.ts";
import { readCalicoContext } from "./context.ts";

const apiVersion = "projectcalico.org/v3";

function tierOf({ name, order, defaultAction }: OracleTier): object {
  return {
    apiVersion,
    kind: "Tier",
    metadata: { name },
    spec: { ...(order === undefined ? {} : { order }), defaultAction },
  };
}

function manifestOf({ name, tier, order, app, hasEgress, rules }: OraclePolicy): object {
  const selector = app.is === "any" ? "all()" : `app ${app.is === "equal" ? "==" : "!="} '${app.value}'`;
  const egress = rules.map(({ action, prefixes, ports }) => ({
    action,
    protocol: "TCP",
    destination: {
      ...(prefixes.length === 0 ? {} : { nets: prefixes.map((prefix) => `${prefix}0/24`) }),
      ...(ports.length === 0 ? {} : { ports }),
    },
  }));
  const spec = {
    tier,
    ...(order === undefined ? {} : { order }),
    selector,
    types: [hasEgress ? "Egress" : "Ingress"],
    egress,
  };
  return { apiVersion, kind: "NetworkPolicy", metadata: { name, namespace: "shop" }, spec };
}

function policiesOf(objects: readonly object[]): readonly EgressPolicy[] {
  const manifests = objects.map(manifestForTest);
  const { context } = readCalicoContext(manifests);
  return manifests.flatMap((manifest) => readPolicy(manifest, { calico: context })?.policy ?? []);
}

/** Recorded egress never goes to pods. */
const noPods = ({ kind }: SymbolicDestination): IpSet | undefined => (kind === "pods" ? noAddresses : undefined);

/** What the policies say about one connection of a pod in `shop`. */
function judged(
  objects: readonly object[],
  labels: Record<string, string>,
  address: string,
  port: number,
): EffectiveVerdict {
  const policies = policiesOf(objects);
  const chosen = policies.filter(({ podSelector }) => podSelector === undefined || selects(podSelector, labels));
  const ip = parseIp(address);
  if (!ip.ok) throw new Error(ip.error.message);
  return evaluateEffective(effectivePolicy(chosen, { resolve: noPods }), {
    address: ip.value,
    l4: l4Point("tcp", port),
  });
}

test("tiers, policies and rules are asked as the manifests say, one by one", () => {
  const order = fc.constantFrom(undefined, 1, 1.5, 20);
  const tiers: fc.Arbitrary<OracleTier[]> = fc
    .tuple(
      ...["a", "b", "z"].map((name) =>
        fc.record({
          name: fc.constant(name),
          order: fc.constantFrom(undefined, 5, 10, 2_000_000),
          defaultAction: fc.constantFrom("Deny", "Pass"),
        }),
      ),
    )
    .map((own) => [...own, { name: "default", order: 1_000_000, defaultAction: "Deny" }]);
  const rule = fc.record({
    action: fc.constantFrom("Allow", "Deny", "Pass", "Log"),
    prefixes: fc.subarray(["192.0.2.", "203.0.113."]),
    ports: fc.subarray([443, 8443]),
  });
  const policies = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("p", "q", "r", "s", "t"),
      tier: fc.constantFrom("a", "b", "z", "default"),
      order,
      app: fc.constantFrom(
        { is: "any" } as const,
        { is: "equal", value: "web" } as const,
        { is: "different", value: "web" } as const,
      ),
      hasEgress: fc.boolean(),
      rules: fc.array(rule, { maxLength: 3 }),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  );
  const connection = fc.record({
    app: fc.constantFrom(undefined, "web", "db"),
    address: fc.constantFrom("192.0.2.9", "203.0.113.9", "198.51.100.9"),
    port: fc.constantFrom(443, 8443, 80),
  });
  fc.assert(
    fc.property(tiers, policies, connection, (ownTiers, ownPolicies, own) => {
      const custom = ownTiers.filter(({ name }) => name !== "default");
      const labels: Record<string, string> = own.app === undefined ? {} : { app: own.app };
      const verdict = judged([...custom.map(tierOf), ...ownPolicies.map(manifestOf)], labels, own.address, own.port);
      expect(verdict.kind).toBe(calicoVerdict(ownTiers, ownPolicies, own));
    }),
    { numRuns: 2000 },
  );
});

describe("beside the NetworkPolicies of Kubernetes, which stand in the default tier", () => {
  const kubernetes = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "partner", namespace: "shop" },
    spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "203.0.113.0/24" } }] }] },
  };
  const calico = (spec: object): object => ({
    apiVersion,
    kind: "NetworkPolicy",
    metadata: { name: "own", namespace: "shop" },
    spec: { types: ["Egress"], ...spec },
  });
  const security = { apiVersion, kind: "Tier", metadata: { name: "security" }, spec: { order: 10 } };
  const denyPartner = [{ action: "Deny", destination: { nets: ["203.0.113.0/24"] } }];
  const allowOther = [{ action: "Allow", destination: { nets: ["192.0.2.0/24"] } }];

  test.each([
    [
      "an earlier deny comes first",
      [calico({ order: 1, egress: denyPartner })],
      "203.0.113.1",
      "deny by CalicoNetworkPolicy own",
    ],
    [
      "a later deny comes too late",
      [calico({ order: 2000, egress: denyPartner })],
      "203.0.113.1",
      "allow by NetworkPolicy partner",
    ],
    [
      "with their order it may come before or after them",
      [calico({ order: 1000, egress: denyPartner })],
      "203.0.113.1",
      "unknown by CalicoNetworkPolicy own",
    ],
    [
      "which is told where both say the same",
      [calico({ order: 1000, egress: [{ action: "Deny", destination: { nets: ["198.51.100.0/24"] } }] })],
      "198.51.100.1",
      "deny by CalicoNetworkPolicy own",
    ],
    ["without an order it is last", [calico({ egress: denyPartner })], "203.0.113.1", "allow by NetworkPolicy partner"],
    [
      "what both leave out is denied",
      [calico({ egress: allowOther })],
      "198.51.100.1",
      "deny by NetworkPolicy partner",
    ],
    ["they add up in one tier", [calico({ egress: allowOther })], "192.0.2.1", "allow by CalicoNetworkPolicy own"],
    [
      "a tier before it denies what it does not name",
      [security, calico({ tier: "security", egress: allowOther })],
      "203.0.113.1",
      "deny by CalicoNetworkPolicy own",
    ],
    [
      "what a tier before it passes is asked on",
      [security, calico({ tier: "security", egress: [{ action: "Pass" }] })],
      "203.0.113.1",
      "allow by NetworkPolicy partner",
    ],
    [
      "a policy for ingress alone does not take part",
      [security, calico({ tier: "security", types: ["Ingress"] })],
      "203.0.113.1",
      "allow by NetworkPolicy partner",
    ],
  ])("%s", (_, objects, address, expected) => {
    const { kind, decidedBy } = judged([kubernetes, ...objects], {}, address, 443);
    expect(`${kind} by ${decidedBy.policy?.kind} ${decidedBy.policy?.name}`).toBe(expected);
  });
});

test("whether a policy by service account is for a pod is not known, unless its labels say no", () => {
  const manifest = {
    apiVersion,
    kind: "NetworkPolicy",
    metadata: { name: "own", namespace: "shop" },
    spec: { selector: "has(app)", serviceAccountSelector: "role == 'pay' || has(admin)" },
  };
  const policy = readPolicy(manifestForTest(manifest))!.policy!;
  const pod = { namespace: "shop", namespaceLabels: undefined };
  expect(selectsPod(policy, { ...pod, labels: { app: "web" } })).toBeUndefined();
  expect(selectsPod(policy, { ...pod, labels: {} })).toBe(false);
});

test.each<[string, string, boolean]>([
  ["its own namespace by name", "projectcalico.org/namespace == 'shop'", true],
  ["another namespace", "projectcalico.org/namespace == 'pay'", false],
  ["its own namespace or a label", "projectcalico.org/namespace == 'shop' || app == 'db'", true],
  ["another namespace or a label", "projectcalico.org/namespace == 'pay' || app == 'db'", false],
])("a policy of a namespace that selects %s", (_, selector, expected) => {
  for (const kind of ["NetworkPolicy", "GlobalNetworkPolicy"]) {
    const metadata = kind === "NetworkPolicy" ? { name: "own", namespace: "shop" } : { name: "own" };
    const policy = readPolicy(
      manifestForTest({ apiVersion, kind, metadata, spec: { selector, egress: [{}] } }),
    )!.policy!;
    const pod = { namespace: "shop", namespaceLabels: {}, labels: { app: "web" } };
    expect(selectsPod(policy, pod), kind).toBe(expected);
  }
});

test("of a policy whose `types` the API server refuses nothing is known", () => {
  const spec = { types: ["egress"], egress: [{ action: "Deny" }] };
  const metadata = { name: "own", namespace: "shop" };
  const manifest = { apiVersion, kind: "NetworkPolicy", metadata, spec };
  expect(judged([manifest], {}, "192.0.2.1", 443).kind).toBe("unknown");
});

describe("network sets that nobody gave", () => {
  const feed = {
    apiVersion,
    kind: "GlobalNetworkSet",
    metadata: { name: "feed", labels: { role: "other" } },
    spec: {},
  };
  const global = (egress: readonly object[]): object => ({
    apiVersion,
    kind: "GlobalNetworkPolicy",
    metadata: { name: "guard" },
    spec: { types: ["Egress"], egress },
  });
  const bad = { selector: "role == 'bad'" };
  test.each<[string, readonly object[], readonly object[], string]>([
    ["may be denied", [{ action: "Deny", destination: bad }, { action: "Allow" }], [], "unknown"],
    ["may be passed", [{ action: "Pass", destination: bad }, { action: "Deny" }], [], "unknown"],
    ["are not allowed on a guess", [{ action: "Allow", destination: bad }], [], "deny"],
    ["may be left out", [{ action: "Allow", destination: { notSelector: "role == 'bad'" } }], [], "unknown"],
    [
      "are none where it is about namespaces",
      [{ action: "Deny", destination: { ...bad, namespaceSelector: "all()" } }, { action: "Allow" }],
      [],
      "allow",
    ],
    ["are none where others are given", [{ action: "Deny", destination: bad }, { action: "Allow" }], [feed], "allow"],
  ])("%s", (_, egress, sets, expected) => {
    expect(judged([...sets, global(egress)], {}, "192.0.2.1", 443).kind).toBe(expected);
  });
});

test("names for one family are not known to stand for an address of either", () => {
  const rule = { action: "Allow", ipVersion: 4, destination: { domains: ["api.example.com"] } };
  const spec = { types: ["Egress"], egress: [rule] };
  const manifest = { apiVersion, kind: "NetworkPolicy", metadata: { name: "own", namespace: "shop" }, spec };
  const [to] = policiesOf([manifest])[0]!.rules.map((each) => each.to);
  expect(to).toMatchObject({ kind: "unknown", text: "Allow api.example.com (IPv4)" });
});

describe("what changes", () => {
  const set = (nets: readonly string[]): object => ({
    apiVersion,
    kind: "GlobalNetworkSet",
    metadata: { name: "partners", labels: { role: "partner" } },
    spec: { nets },
  });
  const egress = [
    { action: "Allow", destination: { selector: "role == 'partner'", namespaceSelector: "global()" } },
    { action: "Deny" },
  ];
  const namespaced = {
    apiVersion,
    kind: "NetworkPolicy",
    metadata: { name: "own", namespace: "shop" },
    spec: { egress },
  };
  const global = {
    apiVersion,
    kind: "GlobalNetworkPolicy",
    metadata: { name: "own" },
    spec: { namespaceSelector: "projectcalico.org/name == 'shop'", egress },
  };
  const changes = (before: readonly object[], after: readonly object[]): readonly string[] =>
    compareSets(policiesOf(before), policiesOf(after)).flatMap(({ namespace, scopes }) =>
      scopes.flatMap((scope) =>
        scope.changes.map(
          ({ difference: { change, addresses } }) => `${namespace}: ${change} ${formatIpSet(addresses)}`,
        ),
      ),
    );

  test("a network set that grows opens what the policies that select it allow", () => {
    expect(changes([set(["192.0.2.0/24"]), namespaced], [set(["192.0.2.0/23"]), namespaced])).toEqual([
      "shop: newly allowed 192.0.3.0/24",
    ]);
  });

  test("a global policy in the place of a namespaced one changes nothing", () => {
    const sets = [set(["192.0.2.0/24"])];
    expect(changes([...sets, namespaced], [...sets, global])).toEqual([]);
  });
});
