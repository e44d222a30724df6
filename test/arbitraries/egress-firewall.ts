/** EgressFirewall specs as they stand in YAML, so that one random value can go through our reader and through OVN. */
import * as fc from "fast-check";
import { type Cidr, lastOf, parseCidr } from "../../src/core/net/ip-set.ts";
import { type Family, familyBits, formatIp, type IpAddress } from "../../src/core/net/ip.ts";
import type { PortProtocol } from "../../src/core/net/l4.ts";
import type { Connection } from "../oracle/evaluate.ts";
import { arbitraryFamily, arbitraryIp, arbitraryPrefixLength, edgesOfCidr } from "./address.ts";
import { arbitraryConnectionAt, type Edges } from "./connection.ts";
import { clusterNetworks, knownNames, knownNodes, mustParseIp, worldAddresses } from "./evidence.ts";
import { arbitraryPort, type PortOfProtocol } from "./l4.ts";

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
    { weight: 2, arbitrary: fc.constantFrom("0.0.0.0/0", "::/0", ...clusterNetworks) },
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
  const ports = fc.option(fc.array(port, { maxLength: 3 }), { nil: undefined, freq: 2 });
  return fc
    .record({ type: fc.constantFrom("Allow", "Deny"), to, ports })
    .map(({ ports: written, ...rest }) => (written === undefined ? rest : { ...rest, ports: written }));
}

/** Specs that a cluster accepts. */
export function arbitraryEgressFirewallSpec(
  shape: EgressFirewallShape = { maxRules: 8, hostBits: true },
): fc.Arbitrary<WireEgressFirewallSpec> {
  return fc.record({ egress: fc.array(arbitraryRule(shape), { maxLength: shape.maxRules, size: "max" }) });
}

/** Edges of the spec's own blocks and ports, of the pod networks, and of what its names and selectors stand for. */
export function edgesOfSpec({ egress }: WireEgressFirewallSpec): Edges {
  return {
    addresses: [...egress.flatMap(({ to }) => addressesOf(to)), ...clusterNetworks.flatMap(edgesOfText)],
    ports: egress.flatMap((rule) => rule.ports?.map(({ port }) => port) ?? []),
    corners: egress.flatMap(cornersOf),
  };
}

function addressesOf({ cidrSelector }: WireEgressRule["to"]): readonly IpAddress[] {
  return cidrSelector === undefined ? worldAddresses : edgesOfText(cidrSelector);
}

function endsOf({ cidrSelector, dnsName }: WireEgressRule["to"]): readonly IpAddress[] {
  if (cidrSelector !== undefined) return endsOfText(cidrSelector);
  if (dnsName !== undefined) return (knownNames[dnsName] ?? []).map(mustParseIp);
  return knownNodes.flatMap(({ addresses }) => addresses.map(mustParseIp));
}

/** First and last address with each port of the same rule; a rule without ports gets one port and one protocol that has none. */
function cornersOf({ to, ports = [] }: WireEgressRule): readonly Connection[] {
  const any: readonly PortOfProtocol[] = [
    { protocol: "tcp", port: 443 },
    { protocol: "icmp", port: 0 },
  ];
  const own = ports.map(({ protocol, port }) => ({ protocol: protocol.toLowerCase() as PortProtocol, port }));
  return endsOf(to).flatMap((address) => (own.length === 0 ? any : own).map((l4) => ({ address, ...l4 })));
}

export function arbitraryConnectionNearSpec(spec: WireEgressFirewallSpec): fc.Arbitrary<Connection> {
  return arbitraryConnectionAt(edgesOfSpec(spec));
}

/** The block as a cluster reads it; undefined for what is none. */
function blockOfText(text: string): Cidr | undefined {
  const parsed = parseCidr(text);
  if (parsed.ok) return parsed.value;
  return parsed.error.code === "cidr_host_bits" ? parsed.error.cidr : undefined;
}

export function edgesOfText(text: string): readonly IpAddress[] {
  const block = blockOfText(text);
  return block === undefined ? [] : edgesOfCidr(block);
}

function endsOfText(text: string): readonly IpAddress[] {
  const block = blockOfText(text);
  if (block === undefined) return [];
  return [block.first, lastOf(block)].map((value) => ({ family: block.family, value }));
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
