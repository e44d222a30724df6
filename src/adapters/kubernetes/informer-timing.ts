/** How patiently and how much a resource is watched. */
export interface InformerTiming {
  /** Objects of a page. */
  readonly pageSize: number;
  /** How long a watch lasts; the server ends it, and it is opened again where it stood. */
  readonly watchSeconds: number;
  /** A watch without even a bookmark for this long is dead; servers send one each minute. */
  readonly idleMs: number;
  /** How often to ask again for what the cluster does not have, or does not let us see. */
  readonly recheckMs: number;
  readonly firstPauseMs: number;
  /** Objects beyond this are not taken in, which is said. */
  readonly maxObjects: number;
}

export const usualTiming: InformerTiming = {
  pageSize: 500,
  watchSeconds: 300,
  idleMs: 150_000,
  recheckMs: 600_000,
  firstPauseMs: 500,
  // Twice the pods of the largest clusters.
  maxObjects: 300_000,
};
