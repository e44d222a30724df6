import {
  type ClusterIndex,
  inferIndex,
  isInferring,
  type KnownCluster,
  knownNetworks,
} from "../../pipeline/flows/gather.ts";
import type { ClusterNetworks } from "../../pipeline/flows/harvest.ts";
import { PodBlocks, type PodBlocksSnapshot } from "../../pipeline/flows/pod-blocks.ts";
import type { ClusterView } from "./cluster-view.ts";

/** More blocks than this say nothing new. */
const maxBlocks = 16_384;

/** The cluster as records are judged by it, made again only when the cluster or what was learnt of it has changed. */
export class ObservedCluster {
  readonly view: ClusterView;
  private readonly given: KnownCluster["given"];
  /** Of all flows so far: two seconds of them would not show a cluster's networks. */
  private readonly blocks = new PodBlocks();
  private seenBlocks = 0;
  private madeOf = "";
  private current: ClusterIndex;

  constructor(view: ClusterView, given: KnownCluster["given"]) {
    this.view = view;
    this.given = given;
    this.current = this.make();
  }

  get index(): ClusterIndex {
    return this.current;
  }

  /** Whether networks of the cluster must be learnt from flows. */
  get isInferring(): boolean {
    return isInferring(this.networks);
  }

  private get networks(): ClusterNetworks | undefined {
    return knownNetworks({ facts: this.view.facts(), given: this.given });
  }

  learn(blocks: PodBlocksSnapshot): void {
    if (sizeOf(blocks) === 0 || this.seenBlocks >= maxBlocks) return;
    this.blocks.absorb(blocks);
    this.seenBlocks = sizeOf(this.blocks.snapshot());
  }

  /** Before each sealing: looks whether the cluster has changed. */
  refresh(): void {
    const of = `${this.view.revision} ${this.seenBlocks}`;
    if (of === this.madeOf) return;
    this.madeOf = of;
    this.current = this.make();
  }

  private make(): ClusterIndex {
    const known = { facts: this.view.facts(), given: this.given, isAttributed: true };
    return inferIndex(known, this.blocks.snapshot()).index;
  }
}

function sizeOf({ pods, services, pods6, services6 }: PodBlocksSnapshot): number {
  return pods.length + services.length + pods6.length + services6.length;
}
