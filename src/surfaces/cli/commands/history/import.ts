import { importFlows } from "../../../../app/history/import-flows.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail, warn } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowOptions, gatherFlows } from "../../gather-flows.ts";
import { using } from "../../gather-history.ts";
import { defaultDataFolder } from "../../history-options.ts";
import { Progress } from "../../terminal/progress.ts";
import { green, text } from "../../terminal/text.ts";
import { count, listed, stretch } from "../../words/count.ts";

export interface ParsedImport {
  readonly data?: string;
  readonly clusterName: string;
  readonly source: string;
  readonly cluster: readonly string[];
}

export interface ImportOptions extends ParsedImport, FlowOptions {
  readonly flows: readonly string[];
}

export async function runImport(options: ImportOptions, context: Context): Promise<ExitCode> {
  const { ports, io, err } = context;
  const dump = await gatherCluster(options.cluster, context);
  if (!dump.ok) return fail(context, dump.error);
  const folder = options.data ?? defaultDataFolder(io);
  const store = await ports.openHistory(folder, "write");
  if (!store.ok) return fail(context, [store.error]);
  const progress = new Progress("storing edges", context);
  const report = await using(store.value, async (own) =>
    importFlows(
      { inputs: options.flows, cluster: options.clusterName, source: options.source, nowMs: io.nowMs() },
      {
        hashFlows: ports.hashFlows,
        readFlows: async (inputs) => gatherFlows(inputs, options, dump.value ?? noClusterFacts, context),
        store: own,
        onStored: (edges, of) => progress.show(edges, of),
        signal: io.interrupted,
      },
    ),
  );
  progress.clear();
  if (!report.ok) return fail(context, report.error);
  if (!report.value.ok) return fail(context, report.value.error);
  const { harvest, known } = report.value.value;
  if (known.length > 0) {
    const names = known.slice(0, 3).map((path) => `\`${path}\``);
    const more = known.length > 3 ? [`${known.length - 3} more`] : [];
    warn(context, `imported before, and not counted again: ${listed([...names, ...more])}`);
  }
  if (harvest === undefined) err.line(green("nothing new to import"));
  else {
    const when = harvest.window === undefined ? "" : `, ${stretch(harvest.window.firstMs, harvest.window.lastMs)}`;
    const flows = harvest.edges.reduce((sum, edge) => sum + edge.flows, 0);
    err.line(
      text`${green("imported")} ${count(harvest.edges.length, "edge")} of ${count(flows, "flow")}${when} into ${folder}`,
    );
  }
  return Exit.ok;
}
