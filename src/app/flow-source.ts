import type { Cidr } from "../core/net/ip-set.ts";
import type { Result } from "../core/result.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import type { FlowFormat } from "../pipeline/sources/flow-format.ts";
import type { Failure } from "./failure.ts";

export interface FlowReadOptions {
  /** Undefined: detected from the content. */
  readonly format: FlowFormat | undefined;
  readonly facts: ClusterFacts;
  /** Said by the caller; they win over the dump's. */
  readonly clusterNetworks: readonly Cidr[];
  readonly serviceNetworks: readonly Cidr[];
  readonly onProgress?: (progress: FlowReadProgress) => void;
  readonly signal?: AbortSignal;
}

/** How far the reading of recorded flows has come. */
export interface FlowReadProgress {
  readonly bytesRead: number;
  /** Undefined where an input does not tell its size, as a pipe. */
  readonly bytesTotal: number | undefined;
}

/** Reads files, globs and `-` (standard input). Malformed records are counted in the harvest, never a failure. */
export type ReadFlows = (
  inputs: readonly string[],
  options: FlowReadOptions,
) => Promise<Result<Harvest, readonly Failure[]>>;

/** What a cluster dump says, and what is doubtful or missing in it, as sentences. */
export interface ClusterReading {
  readonly facts: ClusterFacts;
  readonly warnings: readonly string[];
}

/** Reads `oc get … -o yaml` files and folders of them. */
export type ReadCluster = (paths: readonly string[]) => Promise<Result<ClusterReading, readonly Failure[]>>;
