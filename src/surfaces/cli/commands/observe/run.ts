import type { Failure } from "../../../../app/failure.ts";
import type { ObserverSettings } from "../../../../app/live/observer-settings.ts";
import { fail as failed, type Result } from "../../../../core/result.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { refuse, runObserver } from "./run-observer.ts";

/** As commander parses them. */
export interface ObserveOptions {
  readonly config?: string;
  readonly source?: string;
  readonly set: readonly string[];
  readonly clusterName?: string;
  readonly name?: string;
  readonly to?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly every?: string;
  readonly buffer?: string;
  readonly bufferFolder?: string;
  readonly anonymise?: string;
  readonly metrics?: string;
  readonly cluster: readonly string[];
  readonly kubernetes: boolean;
  readonly once: boolean;
}

/** Reads and checks what was asked for, and runs it, here or wherever it is handed over to. */
export async function runObserve(options: ObserveOptions, context: Context): Promise<ExitCode> {
  const settings = await settingsOf(options, context);
  if (!settings.ok) return refuse(context, settings.error);
  const { handOver, open } = await context.ports.observer();
  if (handOver === undefined) return runObserver(settings.value, options.once, open, context);
  const handed = await handOver(settings.value, options.once);
  return handed.ok ? Exit.ok : refuse(context, handed.error);
}

async function settingsOf(
  options: ObserveOptions,
  { ports }: Context,
): Promise<Result<ObserverSettings, readonly Failure[]>> {
  const { config, source, set, clusterName, name, cluster, kubernetes } = options;
  const usage = (message: string): Result<never, readonly Failure[]> => failed([{ code: "observe_usage", message }]);
  if (config !== undefined && source !== undefined)
    return usage("`--config` names the sources already: leave out `--source`");
  const port = await ports.observer();
  if (config !== undefined) {
    // Said and not done would be worst of `--anonymise`.
    const given = Object.entries({
      "--set": set.length > 0,
      "--cluster-name": clusterName !== undefined,
      "--name": name !== undefined,
      "--to": options.to !== undefined,
      "--token-file": options.tokenFile !== undefined,
      "--ca-file": options.caFile !== undefined,
      "--every": options.every !== undefined,
      "--buffer": options.buffer !== undefined,
      "--buffer-folder": options.bufferFolder !== undefined,
      "--anonymise": options.anonymise !== undefined,
      "--metrics": options.metrics !== undefined,
      "--cluster": cluster.length > 0,
      "--no-kubernetes": !kubernetes,
    });
    const [twice] = given.find(([, isGiven]) => isGiven) ?? [];
    if (twice !== undefined)
      return usage(`\`${twice}\` belongs to \`--source\`; write it into the configuration instead`);
    return port.readFile(config);
  }
  if (source === undefined) return usage("name a configuration with `--config`, or one source with `--source`");
  if (clusterName === undefined)
    return usage("name the cluster with `--cluster-name`, as the collector's token knows it");
  return port.fromFlags({
    source,
    set,
    cluster: clusterName,
    name,
    to: options.to,
    tokenFile: options.tokenFile,
    caFile: options.caFile,
    every: options.every,
    bufferFolder: options.bufferFolder,
    buffer: options.buffer,
    metrics: options.metrics,
    anonymiseKeyFile: options.anonymise,
    clusterDump: cluster,
    withoutKubernetes: !kubernetes,
  });
}
