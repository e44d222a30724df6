import { expect, test } from "vitest";
import { ipSetOf, parseCidr } from "../net/ip-set.ts";
import { parseIp } from "../net/ip.ts";
import { anyL4, l4Point } from "../net/l4.ts";
import { effectivePolicy, evaluateEffective } from "./effective.ts";
import type { EgressPolicy, PolicyKind } from "./model.ts";

function policy(kind: PolicyKind, name: string, rules: readonly string[], notApplied?: string): EgressPolicy {
  return {
    kind,
    namespace: "shop",
    name,
    podSelector: undefined,
    isolates: true,
    rules: rules.map((text, written) => {
      const [action, to] = text.split(" ") as ["allow" | "deny", string];
      const cidr = parseCidr(to);
      if (!cidr.ok) throw new TypeError(cidr.error.message);
      return { action, to: { kind: "addresses", addresses: ipSetOf(cidr.value) }, l4: anyL4, text, written };
    }),
    otherwise: kind === "NetworkPolicy" ? "deny" : "allow",
    at: { file: "shop.yaml", path: "" },
    ruleLocations: [],
    notApplied,
  };
}

const firewall = policy("EgressFirewall", "default", ["allow 192.0.2.0/24", "deny 0.0.0.0/0"]);
const legacy = policy("EgressNetworkPolicy", "old", ["allow 192.0.2.0/24", "deny 0.0.0.0/0"]);
const open = policy("NetworkPolicy", "web", ["allow 0.0.0.0/0"]);
const narrow = policy("NetworkPolicy", "db", ["allow 192.0.2.0/25"]);

test.each<[string, readonly EgressPolicy[], string, string]>([
  ["no policy at all", [], "192.0.2.7", "allow: no policy applies"],
  ["a firewall alone", [firewall], "198.51.100.1", "deny by EgressFirewall: deny 0.0.0.0/0"],
  [
    "a network policy cannot open what the firewall denies",
    [firewall, open],
    "198.51.100.1",
    "deny by EgressFirewall: deny 0.0.0.0/0",
  ],
  [
    "a firewall cannot open what network policies deny",
    [firewall, narrow],
    "192.0.2.200",
    "deny by NetworkPolicy: no rule matches",
  ],
  ["network policies add up", [open, narrow], "198.51.100.1", "allow by NetworkPolicy: allow 0.0.0.0/0"],
  [
    "two legacy policies drop everything",
    [legacy, policy("EgressNetworkPolicy", "older", [])],
    "192.0.2.7",
    "deny by EgressNetworkPolicy: two policies in one namespace drop everything",
  ],
  [
    "a forgotten legacy policy beside a firewall has no effect",
    [legacy, policy("EgressFirewall", "default", ["allow 198.51.100.0/24", "deny 0.0.0.0/0"])],
    "198.51.100.1",
    "allow by EgressFirewall: allow 198.51.100.0/24",
  ],
  [
    "an egress firewall of another name is refused, and the one in force decides",
    [policy("EgressFirewall", "old", [], "the API server refuses it: the name is `old`"), firewall],
    "198.51.100.1",
    "deny by EgressFirewall: deny 0.0.0.0/0",
  ],
  [
    "an egress firewall that is written twice is the one written last",
    [policy("EgressFirewall", "default", ["deny 192.0.2.0/24"]), firewall],
    "192.0.2.7",
    "allow by EgressFirewall: allow 192.0.2.0/24",
  ],
  [
    "a legacy policy beside one that no cluster applies is no answer: the other may be in force in an older form",
    [legacy, policy("EgressNetworkPolicy", "older", [], "the API server refuses it: bad block")],
    "192.0.2.7",
    "unknown by EgressNetworkPolicy: the API server refuses it: bad block",
  ],
  [
    "a policy that no cluster applies is no answer",
    [policy("EgressFirewall", "default", ["deny 0.0.0.0/0"], "the controller does not apply it: bad block")],
    "192.0.2.7",
    "unknown by EgressFirewall: the controller does not apply it: bad block",
  ],
])("%s", (_title, policies, host, expected) => {
  const address = parseIp(host);
  if (!address.ok) throw new TypeError(address.error.message);
  const { kind, decidedBy } = evaluateEffective(effectivePolicy(policies), {
    address: address.value,
    l4: l4Point("tcp", 443),
  });
  const by = decidedBy.policy === undefined ? "" : ` by ${decidedBy.policy.kind}`;
  expect(`${kind}${by}: ${decidedBy.text}`).toBe(expected);
});
