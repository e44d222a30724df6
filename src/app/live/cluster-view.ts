import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { PodTimeline } from "../../pipeline/flows/pod-timeline.ts";
import type { SourceState } from "../../pipeline/flows/sealed-batch.ts";

/** What an observer knows of its home cluster, kept up to date: by watching its API, or fixed, from a dump. */
export interface ClusterView {
  /** Who had which address when; give it to `attribute` with every observation. Filled while `run` runs. */
  readonly timeline: PodTimeline;
  /** Grows whenever {@link facts} would show something else. */
  readonly revision: number;
  /**
   * The cluster as of now, to tell inside from outside and to see through services. The same object as long as
   * `revision` stays; after a change, making it costs a few milliseconds for each thousand pods. Pods may be listed only
   * when somebody looks at them, as they are then.
   */
  facts(): ClusterFacts;
  /**
   * Egress policies of all kinds and EgressIPs as the API shows them, sorted by kind, namespace and name, without what
   * only the API server needs. Parsed for each call.
   */
  documents(): readonly unknown[];
  /** Grows whenever {@link documents} may give something else; absent: not told. */
  readonly documentsRevision?: number;
  /**
   * Resolves with the first complete picture, and never rejects; it may never come. Flows that arrive before are
   * attributed as well as what is known by then allows.
   */
  readonly ready: Promise<void>;
  /** How it stands now, for health and people. */
  status(): ClusterViewStatus;
  /**
   * Keeps the view up to date until `signal` aborts; reconnects by itself. Rejects only when trying again cannot help
   * (no such context in the kubeconfig); what is known by then stays.
   */
  run(signal: AbortSignal): Promise<void>;
}

export interface ClusterViewStatus {
  readonly state: SourceState;
  /** Empty while all is well; else why not and what to do, without secrets. */
  readonly message: string;
  /** Since the beginning; metrics take them as they are. */
  readonly counts: ClusterViewCounts;
  /** One for each sort of object that is watched. */
  readonly resources: readonly WatchedResource[];
}

export interface ClusterViewCounts {
  /** Objects taken in, from lists and watches. */
  readonly objects: number;
  /** Complete lists that had to be fetched: one per resource at the start, more after 410 Gone or a long outage. */
  readonly lists: number;
  /** Watches that ended in an error and were opened again. */
  readonly reconnects: number;
  /** Events and objects that were not understood. */
  readonly malformed: number;
  /** Address intervals held now, and those that found no room since the beginning. */
  readonly intervals: number;
  readonly intervalsDropped: number;
  /** Policies kept now, and those that found no room. */
  readonly documents: number;
  readonly documentsDropped: number;
}

export interface WatchedResource {
  /** `pods`, `egressfirewalls.k8s.ovn.org`: as `kubectl get` takes it. */
  readonly name: string;
  /** `absent`: the cluster does not have it. `forbidden`: see the message for the rule that is missing. */
  readonly state: "syncing" | "watching" | "retrying" | "absent" | "forbidden";
  readonly message: string;
  readonly objects: number;
  /** When it was last known to be up to date; undefined before the first list. */
  readonly syncedAtMs: number | undefined;
}
