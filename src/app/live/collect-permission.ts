import { quoted } from "../../core/quoted.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { Failure } from "../failure.ts";
import { everyCluster, type TokenScope } from "../state/tokens.ts";

/** What a client has proven that it may do. */
export interface Permission {
  /** Who, for logs: `token 0123456789ab`, `certificate node-a`. Never a secret. */
  readonly subject: string;
  readonly scopes: readonly TokenScope[];
  /** Names, or `*` alone. */
  readonly clusters: readonly string[];
  /** The only observer that this client may speak for; undefined: any. */
  readonly observer: string | undefined;
}

/** Of an observer that runs in the collector's own process. */
export const ownProcess: Permission = {
  subject: "own process",
  scopes: ["ship", "read"],
  clusters: [everyCluster],
  observer: undefined,
};

export function mayUse({ clusters }: Permission, cluster: string): boolean {
  return clusters.includes(everyCluster) || clusters.includes(cluster);
}

/** Why a batch must not be taken from this client; undefined when it may. Every cluster that it tells of is judged. */
export function refusalOf(batch: SealedBatch, permission: Permission): Failure | undefined {
  const { observer } = permission;
  if (!permission.scopes.includes("ship")) {
    return {
      code: "collector_scope_missing",
      message: `${permission.subject} may not ship; give it the scope \`ship\``,
    };
  }
  if (observer !== undefined && observer !== batch.observer) {
    const message = `${permission.subject} speaks for the observer ${quoted(observer)}, not for ${quoted(batch.observer)}`;
    return { code: "collector_observer_not_allowed", message };
  }
  const clusters = new Set([batch.cluster, ...batch.owners.map((owner) => owner.cluster)]);
  for (const cluster of clusters) {
    if (mayUse(permission, cluster)) continue;
    const message = `${permission.subject} may not ship flows of the cluster ${quoted(cluster)}`;
    return { code: "collector_cluster_not_allowed", message };
  }
  return undefined;
}
