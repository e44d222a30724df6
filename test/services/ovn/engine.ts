/** The accused: what Postern and its oracle say about the same namespaces and connections that OVN is asked about. */
import { ipSetOf, parseCidr } from "../../../src/core/net/ip-set.ts";
import { l4Point } from "../../../src/core/net/l4.ts";
import type { SymbolicDestination } from "../../../src/core/policy/compile.ts";
import { type EffectivePolicy, effectivePolicy, evaluateEffective } from "../../../src/core/policy/effective.ts";
import { selects } from "../../../src/core/policy/label-selector.ts";
import type { EgressPolicy, RuleAction, RuleList } from "../../../src/core/policy/model.ts";
import { readPolicy } from "../../../src/core/policy/read-policy.ts";
import { clusterNetworks, isPodAddress, knownAddresses } from "../../arbitraries/evidence.ts";
import { podLabels } from "../../arbitraries/network-policy.ts";
import { type Connection, oracleEvaluate } from "../../oracle/evaluate.ts";
import type { JudgedNamespace } from "./judge.ts";

export interface Opinion {
  readonly verdict: "allow" | "deny" | "unknown";
  /** The half of network policies by itself. */
  readonly policies: "allow" | "deny" | "unknown";
  /** Index of the deciding rule of the EgressFirewall; undefined where none matches. */
  readonly firewallRule: number | undefined;
}

/** Pod networks as Postern takes them. */
export const podNetworks = ipSetOf(
  ...clusterNetworks.map((text) => {
    const cidr = parseCidr(text);
    if (!cidr.ok) throw new Error(cidr.error.message);
    return cidr.value;
  }),
);

/** The objects of a namespace that apply to its pod, through the readers. */
export function readNamespace({ name, firewall, policies = [] }: JudgedNamespace): readonly EgressPolicy[] {
  const manifests: unknown[] = [...policies];
  if (firewall !== undefined) {
    const metadata = { name: "default", namespace: name };
    manifests.push({ apiVersion: "k8s.ovn.org/v1", kind: "EgressFirewall", metadata, spec: firewall });
  }
  return manifests
    .map((value) => {
      const manifest = { value, locate: () => ({ file: name, path: "" }) };
      const policy = readPolicy(manifest, { namespace: name })?.policy;
      if (policy === undefined) throw new Error(`the reader made nothing of ${JSON.stringify(value)}`);
      return policy;
    })
    .filter(({ podSelector }) => podSelector === undefined || selects(podSelector, podLabels));
}

export function compiledOpinion(policies: readonly EgressPolicy[], clusterNetworkSet = podNetworks): EffectivePolicy {
  const resolve = (to: SymbolicDestination): ReturnType<typeof ipSetOf> | undefined => {
    const addresses = knownAddresses(to);
    return addresses === undefined ? undefined : ipSetOf(...addresses);
  };
  return effectivePolicy(policies, { clusterNetworks: clusterNetworkSet, resolve });
}

export function opinionOf(policy: EffectivePolicy, { address, protocol, port }: Connection): Opinion {
  const { kind, halves } = evaluateEffective(policy, { address, l4: l4Point(protocol, port) });
  const [firewall, network] = halves;
  return {
    verdict: kind,
    policies: network.kind,
    firewallRule: firewall.rule === "otherwise" ? undefined : firewall.rule,
  };
}

/** The same by the obvious road: two linear scans. */
export function oracleOpinion(policies: readonly EgressPolicy[], connection: Connection): Opinion {
  const firewall = policies.find(({ kind }) => kind === "EgressFirewall");
  const isolating = policies.filter(({ kind, isolates }) => kind === "NetworkPolicy" && isolates);
  const additive: RuleList = { rules: isolating.flatMap(({ rules }) => rules), otherwise: "deny" };
  const network =
    isolating.length === 0 ? "allow" : inTheEnd(oracleEvaluate(additive, connection, knownAddresses).kind);
  if (firewall === undefined) return { verdict: network, policies: network, firewallRule: undefined };
  // A block never reaches into the pod network; the addresses of nodes may, those of names were left out before.
  const isInside = isPodAddress(connection.address);
  const rules = firewall.rules.map((rule) => (isInside && rule.to.kind === "addresses" ? { ...rule, l4: [] } : rule));
  const { kind, by } = oracleEvaluate({ rules, otherwise: firewall.otherwise }, connection, knownAddresses);
  return {
    verdict: network === "deny" ? "deny" : inTheEnd(kind),
    policies: network,
    firewallRule: by === "otherwise" ? undefined : firewall.rules[by]?.written,
  };
}

/** What nobody decides is allowed. */
function inTheEnd(kind: RuleAction | "unknown"): Opinion["verdict"] {
  return kind === "pass" ? "allow" : kind;
}
