import { type Cidr, cidrAround } from "../../core/net/ip-set.ts";
import { familyBits, formatIp, type IpAddress } from "../../core/net/ip.ts";
import { selects } from "../../core/policy/label-selector.ts";
import type { LabelSelector } from "../../core/policy/model.ts";
import type { ClusterFacts } from "../flows/cluster-facts.ts";

export const controlPlane: LabelSelector = {
  requirements: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", values: [] }],
};

/**
 * How pods of a default-deny namespace keep reaching the API server. A policy sees the real endpoint and not the service
 * address, because it is judged after translation (policy-semantics §1.4); without it, deployments hang.
 */
export type ApiServerAccess =
  /** Every endpoint is a control plane node: the selector survives the replacement of a node. */
  | { readonly kind: "nodes"; readonly selector: LabelSelector; readonly ports: readonly number[] }
  /** Hosted control planes and the like: the endpoints themselves. */
  | { readonly kind: "addresses"; readonly endpoints: readonly { readonly cidr: Cidr; readonly port: number }[] }
  | { readonly kind: "unknown" };

export function apiServerAccess({ apiServer, nodes }: ClusterFacts): ApiServerAccess {
  if (apiServer.length === 0) return { kind: "unknown" };
  const controlPlaneAddresses = new Set(
    nodes.filter(({ labels }) => selects(controlPlane, labels)).flatMap(({ addresses }) => addresses.map(formatIp)),
  );
  if (apiServer.every(({ address }) => controlPlaneAddresses.has(formatIp(address)))) {
    const ports = [...new Set(apiServer.map(({ port }) => port))].sort((a, b) => a - b);
    return { kind: "nodes", selector: controlPlane, ports };
  }
  const endpoints = apiServer.map(({ address, port }) => ({ cidr: hostBlock(address), port }));
  return { kind: "addresses", endpoints };
}

/** The block of exactly one address. */
export function hostBlock(address: IpAddress): Cidr {
  return cidrAround(address, familyBits[address.family]);
}

export const unknownApiServer =
  "the API server's addresses are not known: pods that need it are cut off unless the recorded flows show it; " +
  "give a cluster dump with `--cluster`";
