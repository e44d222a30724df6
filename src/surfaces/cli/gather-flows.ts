import type { Failure } from "../../app/failure.ts";
import type { Cidr } from "../../core/net/ip-set.ts";
import type { Result } from "../../core/result.ts";
import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import type { FlowFormat } from "../../pipeline/sources/flow-format.ts";
import { warn } from "./complain.ts";
import type { Context } from "./context.ts";
import { Progress } from "./terminal/progress.ts";

export interface FlowOptions {
  readonly format: FlowFormat | undefined;
  readonly clusterNetworks: readonly Cidr[];
  readonly serviceNetworks: readonly Cidr[];
}

/** Reads recorded flows under a progress line, and passes on what must be known to trust them, unless quiet. */
export async function gatherFlows(
  inputs: readonly string[],
  { format, clusterNetworks, serviceNetworks }: FlowOptions,
  facts: ClusterFacts,
  context: Context,
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Promise<Result<Harvest, readonly Failure[]>> {
  const progress = new Progress("reading flows", context);
  const harvest = await context.ports.readFlows(inputs, {
    format,
    facts,
    clusterNetworks,
    serviceNetworks,
    onProgress: ({ bytesRead, bytesTotal }) => progress.show(bytesRead, bytesTotal),
    signal: context.io.interrupted,
  });
  progress.clear();
  if (harvest.ok && !isQuiet) for (const { code, message } of harvest.value.warnings) warn(context, message, code);
  return harvest;
}
