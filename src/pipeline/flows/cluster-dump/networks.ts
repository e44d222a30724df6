import type { Cidr } from "../../../core/net/ip-set.ts";
import { at, cidrsOf, listAt, textAt, textsAt } from "./fields.ts";

interface NetworkRanges {
  readonly clusterNetworks: readonly Cidr[];
  readonly serviceNetworks: readonly Cidr[];
}

/** `networks.config` counts before `networks.operator`, which may be ahead of what is in force. */
const groups = ["config.openshift.io/", "operator.openshift.io/"] as const;

/** The pod, service and machine networks, from whichever objects tell of them. */
export class Networks {
  readonly #byGroup = new Map<string, NetworkRanges>();
  machineNetworks: readonly Cidr[] = [];

  /** Other kinds called `Network` are somebody else's. */
  put(network: unknown, apiVersion: string): void {
    const group = groups.find((prefix) => apiVersion.startsWith(prefix));
    if (group === undefined) return;
    const part = (key: string): unknown => {
      const inForce = at(network, "status", key);
      return Array.isArray(inForce) && inForce.length > 0 ? inForce : at(network, "spec", key);
    };
    const parts = { pods: part("clusterNetwork"), services: part("serviceNetwork") };
    this.#byGroup.set(group, {
      clusterNetworks: cidrsOf(listAt(parts, "pods").map((entry) => textAt(entry, "cidr"))),
      serviceNetworks: cidrsOf(textsAt(parts, "services")),
    });
  }

  remove(apiVersion: string): void {
    for (const group of groups) if (apiVersion.startsWith(group)) this.#byGroup.delete(group);
  }

  get ranges(): NetworkRanges {
    const found = groups.map((group) => this.#byGroup.get(group)).find((ranges) => ranges !== undefined);
    return found ?? { clusterNetworks: [], serviceNetworks: [] };
  }

  /** The install-config is YAML inside a ConfigMap; only the lines of its machine networks are looked at. */
  putInstallConfig(configMap: unknown): void {
    const text = textAt(configMap, "data", "install-config");
    const block = /^( *)machineNetwork:\s*\n((?:\1 *- *cidr: *\S+ *\n?)+)/m.exec(text)?.[2] ?? "";
    this.machineNetworks = cidrsOf([...block.matchAll(/cidr: *["']?([^\s"']+)/g)].map((match) => match[1]!));
  }
}
