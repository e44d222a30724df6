/** EgressFirewall specs as they stand in YAML, so that one random value can go through our reader and through OVN. */
import * as fc from "fast-check";
import { parseCidr } from "../../src/core/net/ip-set.ts";
import { type Family, familyBits, formatIp, type IpAddress } from "../../src/core/net/ip.ts";
import type { Connection } from "../oracle/evaluate.ts";
import { arbitraryFamily, arbitraryIp, arbitraryIpNear, arbitraryPrefixLength, edgesOfCidr } from "./address.ts";
import { clusterNetworks, knownNames, worldAddresses } from "./evidence.ts";
import { arbitraryPort, arbitraryPortNear } from "./l4.ts";

export interface WireSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface WireEgressRule {
  readonly type: string;
  readonly to: {
    readonly cidrSelector?: string;
    readonly dnsName?: string;
    readonly nodeSelector?: WireSelector;
  };
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
}

export interface WireEgressFirewallSpec {
  readonly egress: readonly WireEgressRule[];
}

const nodeSelectors: readonly WireSelector[] = [
  {},
  { matchLabels: { zone: "a" } },
  { matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] },
  { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["b"] }] },
  { matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] },
  { matchLabels: { zone: "nowhere" } },
];

export interface EgressFirewallShape {
  readonly maxRules: number;
  /** Blocks with host bits set: stored by the API and masked by OVN. */
  readonly hostBits: boolean;
}

function arbitraryCidrText({ hostBits }: EgressFirewallShape): fc.Arbitrary<string> {
  const blockOf = ({ family, value }: IpAddress, prefixLength: number, keepsHostBits: boolean): string => {
    const bits = BigInt(familyBits[family] - prefixLength);
    return `${formatIp({ family, value: keepsHostBits ? value : (value >> bits) << bits })}/${prefixLength}`;
  };
  return arbitraryFamily().chain((family: Family) =>
    fc
      .tuple(arbitraryIp(family), arbitraryPrefixLength(family), fc.constantFrom(false, false, hostBits))
      .map(([ip, prefixLength, keeps]) => blockOf(ip, prefixLength, keeps)),
  );
}

function arbitraryRule(shape: EgressFirewallShape): fc.Arbitrary<WireEgressRule> {
  const cidr = fc.oneof(
    { weight: 6, arbitrary: arbitraryCidrText(shape) },
    { weight: 1, arbitrary: fc.constantFrom("0.0.0.0/0", "::/0", ...clusterNetworks) },
  );
  const to = fc.oneof(
    { weight: 8, arbitrary: cidr.map((cidrSelector) => ({ cidrSelector })) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...Object.keys(knownNames)).map((dnsName) => ({ dnsName })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...nodeSelectors).map((nodeSelector) => ({ nodeSelector })),
    },
  );
  const port = fc.record({
    protocol: fc.constantFrom("TCP", "TCP", "UDP", "SCTP"),
    port: arbitraryPort(),
  });
  // Absent, empty and filled lists: the first two mean the same.
  const ports = fc.option(fc.array(port, { maxLength: 3 }), { nil: undefined });
  return fc
    .record({ type: fc.constantFrom("Allow", "Deny"), to, ports })
    .map(({ ports: written, ...rest }) => (written === undefined ? rest : { ...rest, ports: written }));
}

/** Specs that a cluster accepts. */
export function arbitraryEgressFirewallSpec(
  shape: EgressFirewallShape = { maxRules: 8, hostBits: true },
): fc.Arbitrary<WireEgressFirewallSpec> {
  return fc.record({ egress: fc.array(arbitraryRule(shape), { maxLength: shape.maxRules }) });
}

/** Connections at the edges of the spec's own blocks, names, nodes and ports, and of the pod networks. */
export function arbitraryConnectionNearSpec(spec: WireEgressFirewallSpec): fc.Arbitrary<Connection> {
  const blocks = spec.egress.flatMap(({ to }) => to.cidrSelector ?? []);
  const isSymbolic = spec.egress.some(({ to }) => to.cidrSelector === undefined);
  const edges = [...blocks, ...clusterNetworks].flatMap(edgesOfText);
  const ports = spec.egress.flatMap((rule) => rule.ports?.map(({ port }) => port) ?? []);
  return fc
    .tuple(arbitraryIpNear(isSymbolic ? [...edges, ...worldAddresses] : edges), arbitraryPortNear(ports))
    .map(([address, { protocol, port }]) => ({ address, protocol, port }));
}

export function edgesOfText(cidr: string): readonly IpAddress[] {
  const parsed = parseCidr(cidr);
  if (parsed.ok) return edgesOfCidr(parsed.value);
  return parsed.error.code === "cidr_host_bits" ? edgesOfCidr(parsed.error.cidr) : [];
}

export interface SpecAndConnections {
  readonly spec: WireEgressFirewallSpec;
  readonly connections: readonly Connection[];
}

export function arbitrarySpecAndConnections(
  shape?: EgressFirewallShape,
  connections = 20,
): fc.Arbitrary<SpecAndConnections> {
  return arbitraryEgressFirewallSpec(shape).chain((spec) =>
    fc
      .array(arbitraryConnectionNearSpec(spec), { minLength: connections, maxLength: connections })
      .map((some) => ({ spec, connections: some })),
  );
}
