import { expect, test } from "vitest";
import { analysePolicy } from "./analyse-policy.ts";
import { readPolicy } from "./read-policy.ts";

function findings(object: unknown): readonly string[] {
  const locate = (path: readonly (string | number)[]): { file: string; line: number; path: string } => ({
    file: "p.yaml",
    line: typeof path[2] === "number" ? 10 + path[2] : 1,
    path: path.join("."),
  });
  const { policy } = readPolicy({ value: object, locate })!;
  return analysePolicy(policy!).map(({ code, at, message }) => `${at.line} ${code}: ${message}`);
}

const firewall = (...egress: readonly unknown[]): unknown => ({
  apiVersion: "k8s.ovn.org/v1",
  kind: "EgressFirewall",
  metadata: { namespace: "shop", name: "default" },
  spec: { egress },
});
const allow = (cidrSelector: string): unknown => ({ type: "Allow", to: { cidrSelector } });
const deny = (cidrSelector: string): unknown => ({ type: "Deny", to: { cidrSelector } });

test("a rule behind the deny of everything names what hides it", () => {
  expect(findings(firewall(deny("0.0.0.0/0"), allow("192.0.2.0/24")))).toEqual([
    "11 rule_contradicted: `Allow 192.0.2.0/24` never decides: rule 0 `Deny 0.0.0.0/0` (line 10) comes first",
  ]);
});

test("an allow without a deny after it changes nothing", () => {
  expect(findings(firewall(allow("192.0.2.0/24")))).toEqual([
    "10 rule_redundant: `Allow 192.0.2.0/24` changes nothing: what no rule matches is allowed anyway",
  ]);
});

test("a network policy's rule inside another adds nothing", () => {
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { namespace: "shop", name: "web" },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        { to: [{ ipBlock: { cidr: "192.0.2.0/24" } }] },
        { to: [{ ipBlock: { cidr: "192.0.2.7/32" } }], ports: [{ port: 443 }] },
      ],
    },
  };
  expect(findings(policy)).toEqual([
    "11 np_rule_redundant: `Allow 192.0.2.7/32 tcp/443` adds nothing: other rules of the policy allow it already",
  ]);
});

test("a last deny of Calico is no less than what its tier does: it keeps later policies from allowing", () => {
  const policy = {
    apiVersion: "projectcalico.org/v3",
    kind: "NetworkPolicy",
    metadata: { namespace: "shop", name: "web" },
    spec: {
      types: ["Egress"],
      egress: [
        { action: "Allow", destination: { nets: ["192.0.2.0/24"] } },
        { action: "Deny", destination: { nets: ["192.0.2.9/32"] } },
        { action: "Deny" },
      ],
    },
  };
  expect(findings(policy)).toEqual([
    "11 rule_contradicted: `Deny 192.0.2.9/32` never decides: rule 0 `Allow 192.0.2.0/24` (line 10) comes first",
  ]);
});
