import { type IpSet, ipSetOfAll, noAddresses } from "../../../src/core/net/ip-set.ts";
import type { SymbolicDestination } from "../../../src/core/policy/compile.ts";
import { selects } from "../../../src/core/policy/label-selector.ts";
import type { ClusterFacts } from "../../../src/pipeline/flows/cluster-facts.ts";

/** What stands behind a rule for the time of judging; undefined for names, which every node looks up for itself. */
export function fixedAddresses({ nodes, apiServer }: ClusterFacts, to: SymbolicDestination): IpSet | undefined {
  switch (to.kind) {
    case "name":
      return undefined;
    case "nodes":
      return ipSetOfAll(
        nodes.filter(({ labels }) => selects(to.selector, labels)).flatMap(({ addresses }) => addresses),
      );
    case "api-server":
      return ipSetOfAll(apiServer.map(({ address }) => address));
    default:
      // Pods are inside, and what cannot be read matches nothing.
      return noAddresses;
  }
}
