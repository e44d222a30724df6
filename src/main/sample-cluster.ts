import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { checkOut, filesBelow, makeLocalRemote } from "../adapters/git/local-remote.ts";
import { clusterFolder } from "../adapters/manifests/cluster-folder.ts";
import type { Failure } from "../app/failure.ts";
import type { ClusterReader } from "../app/judge/cluster-reader.ts";
import { ok, type Result } from "../core/result.ts";

export const sampleCluster = "shop";

export interface SampleCluster {
  readonly clusters: ClusterReader;
  /** Bare repository that people and Postern push to. */
  readonly remote: string;
  /** Brings the cluster to what the repository's `main` holds, as an agent of GitOps does. */
  sync(): Promise<Result<string, Failure>>;
}

/**
 * The bundled sample as a cluster that follows a Git repository: what is merged there is in force some seconds later.
 * @param sample folder of the sample
 * @param folder of the server's data
 */
export async function openSampleCluster(
  sample: string,
  folder: string,
  { nowMs, onTrouble }: { readonly nowMs: () => number; readonly onTrouble: (message: string) => void },
): Promise<Result<SampleCluster, Failure>> {
  const own = join(folder, "sample");
  await mkdir(own, { recursive: true });
  const [remote, policies] = [join(own, "remote.git"), join(own, "cluster")];
  const files = await filesBelow(join(sample, "policies"));
  const made = await makeLocalRemote(
    remote,
    files.map(({ path, text }) => ({ path: `clusters/${sampleCluster}/${path}`, text })),
    "Egress policies of the shop, as they are today",
  );
  if (!made.ok) return made;
  const sync = async (): Promise<Result<string, Failure>> => checkOut(remote, "main", policies);
  const first = await sync();
  if (!first.ok) return first;
  const clusters = clusterFolder(
    {
      cluster: sampleCluster,
      dump: [join(sample, "cluster")],
      policies: [policies],
      // Nothing runs here that could write a status: what is there counts as in force.
      status: { status: "EgressFirewall Rules applied", isApplied: true },
    },
    { nowMs, onTrouble },
  );
  return ok({ clusters, remote, sync });
}
