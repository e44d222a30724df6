import type { ClusterView, ClusterViewStatus } from "../../app/live/cluster-view.ts";
import { OneAtATime } from "../../app/one-at-a-time.ts";
import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { KeptDocuments } from "../../pipeline/flows/kept-documents.ts";
import { LiveCluster } from "../../pipeline/flows/live-cluster.ts";
import type { PodTimeline } from "../../pipeline/flows/pod-timeline.ts";
import { ApiClient } from "./api-client.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { type InformerTiming, usualTiming } from "./informer-timing.ts";
import { Informer, type InformerHands } from "./informer.ts";
import type { ApiPlace } from "./refusal.ts";
import { apiVersionOf, type WatchedKind, watchedKinds } from "./resources.ts";

export interface ClusterWatcherOptions {
  /** Name of the cluster, as edges have it. */
  readonly cluster: string;
  /** Flows may be late by this much and still find their workload. */
  readonly keepMs?: number;
  readonly timing?: Partial<InformerTiming>;
  readonly nowMs?: () => number;
}

const sweepMs = 30_000;

/** The port `ClusterView`, by listing and watching the cluster's API. */
export class ClusterWatcher implements ClusterView {
  readonly ready: Promise<void>;
  private readonly cluster: LiveCluster;
  private readonly kept = new KeptDocuments();
  private readonly findAccess: () => Promise<ClusterAccess>;
  private readonly timing: InformerTiming;
  private readonly nowMs: () => number;
  private readonly informers: Informer[] = [];
  private readonly turns = new OneAtATime();
  private readonly setReady: () => void;
  private isReady = false;
  private failure: string | undefined;

  /** `findAccess` is called once, by `run`. */
  constructor(findAccess: () => Promise<ClusterAccess>, options: ClusterWatcherOptions) {
    const { cluster, keepMs, timing, nowMs = Date.now } = options;
    this.findAccess = findAccess;
    this.cluster = new LiveCluster({ cluster, ...(keepMs === undefined ? {} : { keepMs }) });
    this.timing = { ...usualTiming, ...timing };
    this.nowMs = nowMs;
    ({ promise: this.ready, resolve: this.setReady } = Promise.withResolvers<void>());
  }

  get timeline(): PodTimeline {
    return this.cluster.timeline;
  }

  get revision(): number {
    return this.cluster.revision;
  }

  get documentsRevision(): number {
    return this.kept.revision;
  }

  facts(): ClusterFacts {
    return this.cluster.facts();
  }

  documents(): readonly unknown[] {
    return this.kept.list();
  }

  async run(signal: AbortSignal): Promise<void> {
    let access: ClusterAccess;
    try {
      access = await this.findAccess();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
    const client = new ApiClient(access);
    const sweeping = setInterval(() => this.timeline.sweep(this.nowMs()), sweepMs);
    try {
      await this.watchAll(client, { host: access.server.host, proxy: access.proxy?.host }, signal);
    } finally {
      clearInterval(sweeping);
      client.close();
    }
  }

  /** First lists one after the other: in a large cluster they are what takes memory. */
  private async watchAll(client: ApiClient, place: ApiPlace, signal: AbortSignal): Promise<void> {
    const hands: InformerHands = {
      put: (kind, object) => this.put(kind, object),
      removed: (kind, namespace, name, uid) => this.removed(kind, namespace, name, uid),
      // Documents are few, and some come from servers behind the API server that may keep all others waiting.
      inTurn: async (kind, list) => (kind.use === "facts" ? this.turns.take(list) : list()),
      nowMs: this.nowMs,
    };
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    const running: Promise<void>[] = [];
    for (const kind of watchedKinds) this.informers.push(new Informer(kind, client, place, hands, this.timing));
    void this.becomeReady(this.informers.filter(({ kind }) => kind.use === "facts"));
    for (const informer of this.informers) {
      if (signal.aborted) break;
      running.push(informer.run(signal));
      await Promise.race([informer.tried, aborted]);
    }
    await Promise.all(running);
  }

  private async becomeReady(facts: readonly Informer[]): Promise<void> {
    await Promise.all(facts.map(({ settled }) => settled));
    this.isReady = true;
    this.setReady();
  }

  private put(kind: WatchedKind, object: unknown): void {
    if (kind.use === "facts") this.cluster.put(kind.kind, apiVersionOf(kind), object, this.nowMs());
    else this.kept.put(kind.kind, apiVersionOf(kind), object);
  }

  private removed(kind: WatchedKind, namespace: string, name: string, uid: string): void {
    const object = { kind: kind.kind, apiVersion: apiVersionOf(kind), namespace, name, uid };
    if (kind.use === "facts") this.cluster.remove(object, this.nowMs());
    else this.kept.remove(object.kind, object.apiVersion, namespace, name);
  }

  status(): ClusterViewStatus {
    const resources = this.informers.map((informer) => informer.status());
    const troubles = resources.filter(
      ({ state }, i) =>
        state === "retrying" || state === "forbidden" || (state === "absent" && !this.informers[i]!.kind.isOptional),
    );
    const isRetrying = this.informers.some(({ kind }, i) => kind.use === "facts" && resources[i]!.state === "retrying");
    const sum = (of: (informer: Informer) => number): number => this.informers.reduce((all, one) => all + of(one), 0);
    const more = troubles.length > 1 ? ` (and ${troubles.length - 1} more)` : "";
    const { size, dropped } = this.timeline;
    return {
      state: this.failure !== undefined ? "failed" : isRetrying ? "retrying" : this.isReady ? "running" : "starting",
      message: this.failure ?? (troubles.length === 0 ? "" : `${troubles[0]!.message}${more}`),
      counts: {
        objects: sum(({ taken }) => taken),
        lists: sum(({ lists }) => lists),
        reconnects: sum(({ reconnects }) => reconnects),
        malformed: sum(({ malformed }) => malformed),
        intervals: size,
        intervalsDropped: dropped,
        documents: this.kept.count,
        documentsDropped: this.kept.dropped,
      },
      resources,
    };
  }
}
