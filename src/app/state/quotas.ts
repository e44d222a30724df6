/** What a cluster may send. Undefined: no limit. */
export interface Quota {
  readonly edgesPerHour: number | undefined;
  readonly edgesPerDay: number | undefined;
  /** Of batches, before compression. */
  readonly bytesPerMinute: number | undefined;
}

export const noQuota: Quota = { edgesPerHour: undefined, edgesPerDay: undefined, bytesPerMinute: undefined };

/** Names the quota of clusters that have none of their own. */
export const otherClusters = "*";

export interface QuotaBook {
  /** By cluster, `*` for all others; sorted. */
  all(): Promise<readonly (Quota & { readonly cluster: string })[]>;
  /** A quota without any limit is one too: it lifts the limits of `*` from this cluster. */
  set(cluster: string, quota: Quota): Promise<void>;
  /** @returns whether there was one */
  remove(cluster: string): Promise<boolean>;
}
