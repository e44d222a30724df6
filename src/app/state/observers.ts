/** An observer, as its batches tell. */
export interface KnownObserver {
  readonly cluster: string;
  readonly observer: string;
  readonly incarnation: string;
  /** The highest sequence number that was stored in this incarnation. */
  readonly lastSequence: number;
  /** As the observer's `User-Agent` says; empty when it does not. */
  readonly version: string;
  /** Where its last batch came from; empty for an observer in the collector's own process. */
  readonly address: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** When batches last showed that two observers ship under this name; undefined: never. */
  readonly sharedAtMs: number | undefined;
}

export interface KnownCluster {
  readonly cluster: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/** One arrival of an observer's batches. */
export type ObserverArrival = Omit<KnownObserver, "firstSeenMs" | "lastSeenMs"> & { readonly atMs: number };

export interface ObserverRegistry {
  /** Notes arrivals, and their clusters. Later arrivals win; times and sequences never move backwards. */
  seen(arrivals: readonly ObserverArrival[]): Promise<void>;
  /** Sorted by cluster and observer. */
  observers(): Promise<readonly KnownObserver[]>;
  /** Sorted. */
  clusters(): Promise<readonly KnownCluster[]>;
  /** Forgets observers and clusters that were not seen since: nodes come and go, each with a name of its own. */
  forget(seenBeforeMs: number): Promise<void>;
}
