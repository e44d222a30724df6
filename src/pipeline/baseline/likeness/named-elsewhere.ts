import { formatIp } from "../../../core/net/ip.ts";
import type { Edge } from "../../flows/edge.ts";
import type { Service, ServiceUse } from "../services/service-use.ts";

/**
 * Uses without a name as the service that other namespaces name at the same address and port: whether a name was recorded is
 * chance, and the same database would be two services otherwise. Only where nobody names another service there, and no fewer
 * namespaces name it than do not: one namespace must not rename what all others use.
 */
export function namedElsewhere(uses: readonly ServiceUse[]): readonly ServiceUse[] {
  const targets = new Map<string, Target>();
  for (const { service, names, namespace, edges } of uses) {
    for (const key of new Set(edges.map(targetOf))) {
      let target = targets.get(key);
      if (target === undefined) targets.set(key, (target = { services: new Map(), naming: new Set(), not: new Set() }));
      if (names.length === 0) target.not.add(namespace);
      else {
        target.services.set(service.id, service);
        target.naming.add(namespace);
      }
    }
  }
  return uses.flatMap((use): readonly ServiceUse[] => {
    if (use.names.length > 0) return [use];
    const byService = Map.groupBy(use.edges, (edge) => serviceAt(targets.get(targetOf(edge))));
    if (byService.size === 1 && byService.has(undefined)) return [use];
    return [...byService].map(([service = use.service, edges]) => ({ ...use, service, edges }));
  });
}

interface Target {
  readonly services: Map<string, Service>;
  /** Namespaces that have a name for it, and those that have none. */
  readonly naming: Set<string>;
  readonly not: Set<string>;
}

function serviceAt(target: Target | undefined): Service | undefined {
  if (target === undefined || target.services.size !== 1 || target.naming.size < target.not.size) return undefined;
  return target.services.values().next().value;
}

function targetOf({ address, prefixLength, protocol, port }: Edge): string {
  return `${formatIp(address)}/${prefixLength ?? ""} ${protocol}/${port}`;
}
