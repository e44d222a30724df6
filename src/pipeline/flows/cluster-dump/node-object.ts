import { cidrAround, formatCidr } from "../../../core/net/ip-set.ts";
import { parseIp } from "../../../core/net/ip.ts";
import type { NodeFacts } from "../cluster-facts.ts";
import { addressesOf, at, jsonOf, labelsOf, listAt, textAt, textsAt } from "./fields.ts";

/**
 * Everything a node answers at: its status, the host addresses OVN-Kubernetes found (which node selectors of an
 * EgressFirewall stand for), and the management port, the second address of each of its pod subnets.
 */
export function readNode(node: unknown): NodeFacts {
  const annotation = (name: string): unknown => jsonOf(textAt(node, "metadata", "annotations", name));
  const host = annotation("k8s.ovn.org/host-cidrs") ?? annotation("k8s.ovn.org/host-addresses");
  const subnets = at(annotation("k8s.ovn.org/node-subnets"), "default");
  const addresses = addressesOf([
    ...listAt(node, "status", "addresses").map((entry) => textAt(entry, "address")),
    ...textsAt({ host }, "host"),
    ...(typeof subnets === "string" ? [subnets] : textsAt({ subnets }, "subnets")).flatMap(managementPortOf),
  ]);
  return { name: textAt(node, "metadata", "name"), addresses, labels: labelsOf(node) };
}

function managementPortOf(subnet: string): readonly string[] {
  const [address, length] = subnet.split("/");
  const ip = parseIp(address ?? "");
  const prefixLength = Number(length);
  if (
    !ip.ok ||
    !Number.isInteger(prefixLength) ||
    prefixLength < 0 ||
    prefixLength > (ip.value.family === 4 ? 30 : 126)
  )
    return [];
  const { family, first } = cidrAround(ip.value, prefixLength);
  return [formatCidr({ family, first: first + 2n, prefixLength: family === 4 ? 32 : 128 })];
}
