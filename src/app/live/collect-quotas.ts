import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { noQuota, otherClusters, type Quota } from "../state/quotas.ts";

type Limit = keyof Quota;

const periodMs = { edgesPerHour: 3_600_000, edgesPerDay: 86_400_000, bytesPerMinute: 60_000 } as const satisfies Record<
  Limit,
  number
>;
const limits = Object.keys(periodMs) as readonly Limit[];

/** Clusters that are remembered at once; a client with the right to all clusters may make names up. */
const maxClusters = 10_000;

/** What a batch takes from the buckets of one cluster. */
interface Load {
  readonly cluster: string;
  readonly amounts: Readonly<Record<Limit, number>>;
}

export interface QuotaRefusal {
  readonly cluster: string;
  readonly limit: Limit;
  readonly allowed: number;
  /** Until the bucket has something again. */
  readonly afterMs: number;
}

/**
 * One token bucket per cluster and limit: it holds what a whole period allows and fills evenly. A batch passes when no
 * bucket is empty, and may overdraw it, so that a batch larger than the limit is slow but not stuck for ever; what
 * follows waits until the debt is paid. Buckets are full when the collector starts.
 */
export class QuotaGate {
  #quotas: ReadonlyMap<string, Quota> = new Map();
  /** Level of each bucket at a time, by cluster and limit; in the order of use. A bucket that is not there is full. */
  readonly #levels = new Map<string, { readonly level: number; readonly atMs: number }>();

  /** From now on; buckets keep their levels, cut to the new size. */
  setQuotas(quotas: readonly (Quota & { readonly cluster: string })[]): void {
    this.#quotas = new Map(quotas.map((quota) => [quota.cluster, quota]));
  }

  /** Takes what the batch needs, or nothing and says which limit stands against it. */
  take(batch: SealedBatch, bytes: number, nowMs: number): QuotaRefusal | undefined {
    if (this.#quotas.size === 0) return undefined;
    const loads = loadsOf(batch, bytes);
    for (const { cluster, amounts } of loads) {
      const quota = this.#quotaOf(cluster);
      for (const limit of limits) {
        const allowed = quota[limit];
        if (allowed === undefined || amounts[limit] === 0) continue;
        const level = this.#level(cluster, limit, allowed, nowMs);
        if (level > 0) continue;
        const afterMs = allowed === 0 ? periodMs[limit] : Math.ceil(((1 - level) / allowed) * periodMs[limit]);
        return { cluster, limit, allowed, afterMs };
      }
    }
    this.#change(loads, -1, nowMs);
    return undefined;
  }

  /** Gives back what a batch took that was not stored after all. */
  giveBack(batch: SealedBatch, bytes: number, nowMs: number): void {
    if (this.#quotas.size > 0) this.#change(loadsOf(batch, bytes), 1, nowMs);
  }

  #change(loads: readonly Load[], sign: 1 | -1, nowMs: number): void {
    for (const { cluster, amounts } of loads) {
      const quota = this.#quotaOf(cluster);
      for (const limit of limits) {
        const allowed = quota[limit];
        if (allowed === undefined) continue;
        const level = Math.min(allowed, this.#level(cluster, limit, allowed, nowMs) + sign * amounts[limit]);
        const key = `${limit} ${cluster}`;
        this.#levels.delete(key);
        this.#levels.set(key, { level, atMs: nowMs });
      }
    }
    // The longest unused are the fullest.
    while (this.#levels.size > maxClusters * limits.length) {
      const [oldest] = this.#levels.keys();
      this.#levels.delete(oldest!);
    }
  }

  #quotaOf(cluster: string): Quota {
    return this.#quotas.get(cluster) ?? this.#quotas.get(otherClusters) ?? noQuota;
  }

  #level(cluster: string, limit: Limit, allowed: number, nowMs: number): number {
    const key = `${limit} ${cluster}`;
    const before = this.#levels.get(key);
    if (before === undefined) return allowed;
    // A clock that was set back: the bucket fills from now on, not only when the old time comes again.
    if (nowMs < before.atMs) this.#levels.set(key, { level: before.level, atMs: nowMs });
    const passedMs = Math.max(0, nowMs - before.atMs);
    return Math.min(allowed, before.level + (allowed * passedMs) / periodMs[limit]);
  }
}

/** Rows count for the cluster they are about, bytes for the observer's own. */
function loadsOf(batch: SealedBatch, bytes: number): readonly Load[] {
  const edges = new Map<string, number>([[batch.cluster, 0]]);
  for (const { owner } of batch.edges) {
    const { cluster } = batch.owners[owner]!;
    edges.set(cluster, (edges.get(cluster) ?? 0) + 1);
  }
  return [...edges].map(([cluster, count]) => ({
    cluster,
    amounts: {
      edgesPerHour: count,
      edgesPerDay: count,
      bytesPerMinute: cluster === batch.cluster ? bytes : 0,
    },
  }));
}
