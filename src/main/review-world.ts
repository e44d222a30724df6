import type { Failure } from "../app/failure.ts";
import { type Repositories, repositoriesOf } from "../app/gitops/repositories.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { noClusters, type OpenClusters, openClusters } from "./open-clusters.ts";
import { openRepositories } from "./open-repositories.ts";
import { openSampleCluster, sampleCluster, type SampleCluster } from "./sample-cluster.ts";
import { openSampleRepository } from "./sample-repository.ts";
import type { ReviewSurroundings } from "./serve-review.ts";

/** What the application reviews and where decisions go: real clusters, or the sample's. */
export interface ReviewWorld {
  readonly clusters: OpenClusters;
  /** Undefined: the real world. */
  readonly sample: SampleCluster | undefined;
  /** Where proposals become pull requests. */
  readonly repositories: Repositories;
}

export async function openWorld({
  options,
  folder,
  log,
  nowMs,
}: Pick<ReviewSurroundings, "options" | "folder" | "log" | "nowMs">): Promise<Result<ReviewWorld, readonly Failure[]>> {
  if (options.sample !== undefined) {
    const onTrouble = (message: string): void => log.warn({ reason: message }, "files of the sample cluster");
    const sample = await openSampleCluster(options.sample, folder, { nowMs, onTrouble });
    if (!sample.ok) return fail([sample.error]);
    const repository = openSampleRepository(sample.value.remote, folder, nowMs);
    if (!repository.ok) return fail([repository.error]);
    const clusters = { reader: sample.value.clusters, names: [sampleCluster], close: () => Promise.resolve() };
    return ok({ clusters, sample: sample.value, repositories: repositoriesOf([repository.value]) });
  }
  const repositories =
    options.repositoriesFile === undefined
      ? ok(repositoriesOf([]))
      : await openRepositories(options.repositoriesFile, folder, nowMs);
  if (!repositories.ok) return repositories;
  const clusters =
    options.clustersFile === undefined ? ok(noClusters) : await openClusters(options.clustersFile, log, nowMs);
  if (!clusters.ok) return clusters;
  return ok({ clusters: clusters.value, sample: undefined, repositories: repositories.value });
}
