/**
 * A small fixed world for symbolic destinations: names with their addresses, nodes with labels and addresses. One name
 * and one selector stand for nothing, one name has an address in the pod network, one address belongs to two names.
 */
import { formatIp, type IpAddress, parseIp } from "../../src/core/net/ip.ts";
import { formatNamePattern } from "../../src/core/net/name-pattern.ts";
import type { Destination, LabelSelector } from "../../src/core/policy/model.ts";
import type { KnownAddresses } from "../oracle/evaluate.ts";

export interface KnownNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
}

/** Pod networks of the world, two of one family: blocks of an EgressFirewall never reach into them. */
export const clusterNetworks: readonly string[] = ["10.128.0.0/14", "10.140.0.0/16", "fd01::/48"];

export const knownNames: Readonly<Record<string, readonly string[]>> = {
  "pay.example.com": ["192.0.2.10", "192.0.2.11", "2001:db8::10"],
  "cdn.example.net": ["192.0.2.11", "203.0.113.128"],
  "v6.example.org": ["2001:db8:0:1::1"],
  "inside.example.com": ["10.128.0.9", "198.51.100.3"],
  "gone.example.com": [],
};

export const knownNodes: readonly KnownNode[] = [
  {
    name: "control-0",
    labels: { "kubernetes.io/hostname": "control-0", "node-role.kubernetes.io/control-plane": "" },
    addresses: ["192.0.2.100", "2001:db8::100"],
  },
  {
    name: "worker-0",
    labels: { "kubernetes.io/hostname": "worker-0", zone: "a" },
    addresses: ["192.0.2.101", "198.51.100.1", "2001:db8::101"],
  },
  {
    name: "worker-1",
    labels: { "kubernetes.io/hostname": "worker-1", zone: "b" },
    addresses: ["192.0.2.102", "10.131.0.2"],
  },
];

export function selectsLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return selector.requirements.every(({ key, operator, values }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}

export function mustParseIp(text: string): IpAddress {
  const ip = parseIp(text);
  if (!ip.ok) throw new Error(ip.error.message);
  return ip.value;
}

/**
 * What the world knows: a name outside it is unknown, nodes are always known, pods never are. Addresses of a name that
 * lie in a pod network are left out, as the cluster does.
 */
export const knownAddresses: KnownAddresses = (to: Destination) => {
  switch (to.kind) {
    case "name": {
      const texts = knownNames[formatNamePattern(to.pattern)];
      return texts?.map(mustParseIp).filter((ip) => !isPodAddress(ip));
    }
    case "nodes":
      return knownNodes
        .filter(({ labels }) => selectsLabels(to.selector, labels))
        .flatMap(({ addresses }) => addresses.map(mustParseIp));
    case "pods":
    case "api-server":
    case "unknown":
    case "addresses":
      return undefined;
    default:
      return to satisfies never;
  }
};

/** Written on the text, not with the sets under test: 10.128.0.0/14 is 10.128–10.131, fd01::/48 is fd01:0:0. */
export function isPodAddress(ip: IpAddress): boolean {
  return ip.family === 4 ? /^10\.(128|129|130|131|140)\./.test(formatIp(ip)) : ip.value >> 80n === 0xfd01_0000_0000n;
}

/** Every address of the world, for packets that aim at it. */
export const worldAddresses: readonly IpAddress[] = [
  ...Object.values(knownNames).flat(),
  ...knownNodes.flatMap(({ addresses }) => addresses),
].map(mustParseIp);
