/** NetworkPolicies as they stand in YAML, egress towards addresses only: what can be judged without other pods. */
import * as fc from "fast-check";
import { cidrAround, formatCidr, lastOf } from "../../src/core/net/ip-set.ts";
import { familyBits } from "../../src/core/net/ip.ts";
import { arbitraryCidr } from "./address.ts";
import type { Edges } from "./connection.ts";
import { edgesOfText, type WireSelector } from "./egress-firewall.ts";
import { arbitraryPort } from "./l4.ts";

export interface WirePolicyPort {
  readonly protocol?: string;
  readonly port?: number;
  readonly endPort?: number;
}

export interface WireIpBlock {
  readonly cidr: string;
  readonly except?: readonly string[];
}

export interface WireNetworkPolicy {
  readonly apiVersion: "networking.k8s.io/v1";
  readonly kind: "NetworkPolicy";
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly podSelector: WireSelector;
    readonly policyTypes?: readonly string[];
    readonly egress?: readonly {
      readonly to?: readonly { readonly ipBlock: WireIpBlock }[];
      readonly ports?: readonly WirePolicyPort[];
    }[];
  };
}

/** The one pod of a judged namespace carries these labels. */
export const podLabels: Readonly<Record<string, string>> = { app: "shop", tier: "web" };

const podSelectors: readonly WireSelector[] = [
  {},
  { matchLabels: { app: "shop" } },
  { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["db"] }] },
  { matchLabels: { app: "other" } },
];

/** `except` blocks lie inside their block, strictly, as the API demands. */
function arbitraryIpBlock(): fc.Arbitrary<WireIpBlock> {
  return arbitraryCidr().chain((cidr) => {
    const bits = familyBits[cidr.family];
    if (cidr.prefixLength === bits) return fc.constant({ cidr: formatCidr(cidr) });
    const inner = fc
      .tuple(fc.integer({ min: cidr.prefixLength + 1, max: bits }), fc.boolean())
      .map(([length, isFirst]) =>
        formatCidr(cidrAround({ family: cidr.family, value: isFirst ? cidr.first : lastOf(cidr) }, length)),
      );
    return fc
      .array(inner, { maxLength: 2 })
      .map((except) => ({ cidr: formatCidr(cidr), ...(except.length === 0 ? {} : { except: [...new Set(except)] }) }));
  });
}

function arbitraryPolicyPort(): fc.Arbitrary<WirePolicyPort> {
  const protocol = fc.constantFrom("TCP", "TCP", "UDP", "SCTP");
  return fc.oneof(
    fc.record({ protocol, port: arbitraryPort() }),
    fc.record({ port: arbitraryPort() }),
    fc.record({ protocol }),
    fc
      .tuple(protocol, arbitraryPort(), arbitraryPort())
      .map(([chosen, a, b]) => ({ protocol: chosen, port: Math.min(a, b), endPort: Math.max(a, b) })),
  );
}

/** Without a namespace: it goes where it is applied. */
export function arbitraryNetworkPolicy(name: string): fc.Arbitrary<WireNetworkPolicy> {
  const to = fc.array(fc.record({ ipBlock: arbitraryIpBlock() }), { maxLength: 3 });
  const ports = fc.array(arbitraryPolicyPort(), { maxLength: 3 });
  const rule = fc.record({ to, ports }, { requiredKeys: [] });
  const policyTypes = fc.constantFrom(["Egress"], ["Ingress", "Egress"], ["Ingress"]);
  return fc
    .record(
      { podSelector: fc.constantFrom(...podSelectors), policyTypes, egress: fc.array(rule, { maxLength: 3 }) },
      { requiredKeys: ["podSelector"] },
    )
    .map((spec) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name },
      spec,
    }));
}

/** Edges of the policies' own blocks, of what they except, and of their ports. */
export function edgesOfPolicies(policies: readonly WireNetworkPolicy[]): Edges {
  const rules = policies.flatMap(({ spec }) => spec.egress ?? []);
  const blocks = rules.flatMap(({ to }) => to ?? []).map(({ ipBlock }) => ipBlock);
  return {
    addresses: blocks.flatMap(({ cidr, except = [] }) => [cidr, ...except]).flatMap(edgesOfText),
    ports: rules.flatMap((rule) => rule.ports ?? []).flatMap(({ port, endPort }) => [port ?? 1, endPort ?? 1]),
  };
}
