import type { Failure } from "../../app/failure.ts";
import { ok, type Result } from "../../core/result.ts";
import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { warn } from "./complain.ts";
import type { Context } from "./context.ts";

/** Facts of a cluster dump; undefined when none was named. */
export async function gatherCluster(
  paths: readonly string[],
  context: Context,
): Promise<Result<ClusterFacts | undefined, readonly Failure[]>> {
  if (paths.length === 0) return ok(undefined);
  const reading = await context.ports.readCluster(paths);
  if (!reading.ok) return reading;
  for (const message of reading.value.warnings) warn(context, message);
  return ok(reading.value.facts);
}
