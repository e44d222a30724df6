import { join } from "node:path";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { sampleFolderFrom } from "../../sample-folder.ts";
import { gatherSuggestions, type SuggestOptions, writeSuggestions } from "../suggest/run.ts";
import type { DemoPaths } from "./paths.ts";
import { printDemo } from "./print.ts";

export interface DemoOptions {
  /** Where to write the proposals. */
  readonly out: string;
}

/** The main job on the bundled sample: learn, propose, prove, write. */
export async function runDemo({ out }: DemoOptions, context: Context): Promise<ExitCode> {
  const paths: DemoPaths = { ...samplePaths(context), out };
  const options: SuggestOptions = {
    flows: [paths.flows],
    history: undefined,
    namespaces: [],
    kind: "egressfirewall",
    posture: "balanced",
    policies: [paths.policies],
    cluster: [paths.cluster],
    never: [],
    // The sample shows what a policy looks like with the evidence for every rule.
    rewrite: true,
    out,
    output: "table",
    format: undefined,
    clusterNetworks: [],
    serviceNetworks: [],
  };
  const gathered = await gatherSuggestions(options, context, { isQuiet: true });
  if (typeof gathered === "number") return gathered;
  const written = await writeSuggestions(out, gathered, context);
  if (typeof written === "number") return written;
  printDemo(gathered, paths, context);
  return gathered.result.refused.length > 0 ? Exit.negative : Exit.ok;
}

function samplePaths(context: Context): Omit<DemoPaths, "out"> {
  const folder = sampleFolderFrom(context);
  return { flows: join(folder, "flows"), cluster: join(folder, "cluster"), policies: join(folder, "policies") };
}
