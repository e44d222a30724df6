import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { PodTimeline } from "../../pipeline/flows/pod-timeline.ts";
import type { ClusterView, ClusterViewStatus } from "./cluster-view.ts";

/**
 * The view of an observer that may not ask the API: what a dump says (`--cluster`), taken to hold always. With no facts
 * at all it knows nobody, and flows are told apart by what they say themselves.
 */
export class FixedClusterView implements ClusterView {
  readonly timeline: PodTimeline;
  readonly revision = 1;
  readonly ready = Promise.resolve();
  private readonly known: ClusterFacts;

  constructor(cluster: string, facts: ClusterFacts) {
    this.known = facts;
    this.timeline = new PodTimeline({ cluster });
    this.timeline.setNodes(facts.nodes.flatMap(({ addresses }) => addresses));
    for (const pod of facts.pods) {
      if (pod.isHostNetwork) continue;
      this.timeline.saw({ ...pod, uid: `${pod.namespace}/${pod.name}`, fromMs: 0, toMs: undefined }, 0);
    }
  }

  facts(): ClusterFacts {
    return this.known;
  }

  /** Policies of a dump are read by whoever needs them. */
  documents(): readonly unknown[] {
    return [];
  }

  status(): ClusterViewStatus {
    const { size, dropped } = this.timeline;
    return {
      state: "running",
      message: "",
      counts: {
        objects: 0,
        lists: 0,
        reconnects: 0,
        malformed: 0,
        intervals: size,
        intervalsDropped: dropped,
        documents: 0,
        documentsDropped: 0,
      },
      resources: [],
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  }
}
