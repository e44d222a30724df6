import type { ClusterFacts } from "../cluster-facts.ts";
import { ClusterObjects } from "./cluster-objects.ts";
import { listAt, textAt } from "./fields.ts";

/** Takes the objects of a dump one by one, in any order; lists are taken apart. */
export class ClusterDump {
  readonly #objects = new ClusterObjects();

  add(object: unknown): void {
    const kind = textAt(object, "kind");
    const apiVersion = textAt(object, "apiVersion");
    if (!kind.endsWith("List")) {
      this.#objects.put(kind, apiVersion, object);
      return;
    }
    const itemKind = kind.slice(0, -"List".length);
    for (const item of listAt(object, "items")) {
      this.#objects.put(textAt(item, "kind") || itemKind, textAt(item, "apiVersion") || apiVersion, item);
    }
  }

  facts(): ClusterFacts {
    return this.#objects.facts();
  }

  /** What is missing or doubtful, as sentences; made after {@link facts}. */
  warnings(facts: ClusterFacts): readonly string[] {
    const warnings: string[] = [];
    const missing = (isMissing: boolean, what: string, consequence: string): void => {
      if (isMissing) warnings.push(`the cluster dump has no ${what}: ${consequence}`);
    };
    if (facts.clusterNetworks.length + facts.nodes.length + facts.pods.length + facts.services.length === 0) {
      return [
        "the cluster dump has nothing that is needed: save `oc get networks.config,nodes,pods,services,endpointslices,cronjobs -A -o yaml`",
      ];
    }
    missing(facts.clusterNetworks.length === 0, "`networks.config`", "inside and outside are told apart by guessing");
    missing(facts.nodes.length === 0, "nodes", "node selectors stand for nothing known");
    missing(facts.pods.length === 0, "pods", "traffic is attributed only where the flow source names the pod");
    missing(!this.#objects.services.hasBackends, "endpointslices", "services cannot be seen through");
    for (const [kind, count] of [...this.#objects.owners.guessed].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const resource = `${kind.toLowerCase()}s`;
      warnings.push(`the cluster dump has not all ${resource}: the owners of ${count} pods are told from names`);
    }
    return warnings;
  }
}
